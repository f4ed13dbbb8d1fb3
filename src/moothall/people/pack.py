"""The pack's section "teams": teams.yaml, with the demonstration's sign-ins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from pydantic import field_validator

from moothall.packs.reading import (
    PackModel,
    line_of,
    load_yaml,
    read_yaml,
    shown,
    write_yaml,
)
from moothall.packs.sections import Change, PackError, PackProblem
from moothall.people import demonstration
from moothall.people.models import GroupJob, Job, Membership, Team, User, normalise_email

FILE = "teams.yaml"
_ID = re.compile(r"[a-z][a-z0-9_]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _email(value: str) -> str:
    if value and not _EMAIL.fullmatch(value):
        raise ValueError(f"{value} is not an email address")
    return normalise_email(value)


class StaffEntry(PackModel):
    """A demonstration sign-in of a team."""

    name: str
    email: str
    job: str
    ward: str = ""

    @field_validator("email")
    @classmethod
    def _right_email(cls, value: str) -> str:
        return _email(value)

    @field_validator("job")
    @classmethod
    def _known_job(cls, value: str) -> str:
        if value not in Job.values:
            raise ValueError(f"{value} is not one of {', '.join(Job.values)}")
        return value


class GroupEntry(PackModel):
    """A group at the council's single sign-on, and the job that it gives in the team."""

    group: str
    job: str
    ward: str = ""

    @field_validator("job")
    @classmethod
    def _known_job(cls, value: str) -> str:
        if value not in Job.values:
            raise ValueError(f"{value} is not one of {', '.join(Job.values)}")
        return value

    @field_validator("group")
    @classmethod
    def _some_group(cls, value: str) -> str:
        if not value.strip() or len(value) > 200:
            raise ValueError("a group has a name of up to 200 letters")
        return value.strip()


class TeamEntry(PackModel):
    """A team and the service roles that it plays."""

    team: str
    name: str
    plays: list[str] = []
    email: str = ""
    phone: str = ""
    groups: list[GroupEntry] = []
    staff: list[StaffEntry] = []

    @field_validator("team")
    @classmethod
    def _right_id(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise ValueError(f"{value} is not an id: use small letters, figures and _")
        return value

    @field_validator("plays")
    @classmethod
    def _right_roles(cls, value: list[str]) -> list[str]:
        for role in value:
            if not _ID.fullmatch(role):
                raise ValueError(f"{role} is not a role: use small letters, figures and _")
        return value

    @field_validator("email")
    @classmethod
    def _right_email(cls, value: str) -> str:
        return _email(value)


class ResidentEntry(PackModel):
    """A resident who can sign in to the demonstration."""

    name: str
    email: str
    language: str = "en"

    @field_validator("email")
    @classmethod
    def _right_email(cls, value: str) -> str:
        return _email(value)


class TeamsFile(PackModel):
    """The whole file."""

    teams: list[TeamEntry]
    residents: list[ResidentEntry] = []


@dataclass(frozen=True)
class _Account:
    """A demonstration account as the file wants it."""

    name: str
    language: str
    is_staff: bool
    memberships: frozenset[tuple[str, str, str]]
    """Team, job, ward."""


class TeamsSection:
    """Reads, plans, applies and exports teams.yaml.

    The file's `staff` and `residents` are the demonstration's sign-ins. They are made only while
    the demonstration is on; a council's own staff are added with `moothall add_staff` and are not
    touched by a pack.
    """

    name = "teams"
    order = 30

    def read(self, folder: Path) -> TeamsFile | None:
        """Return the file, checked, or None. Raises PackError with file and line."""
        data = read_yaml(folder, FILE, TeamsFile)
        if data is None:
            return None
        problems = list(_repeats(folder, data))
        if problems:
            raise PackError(problems)
        return data

    def plan(self, data: TeamsFile) -> list[Change]:
        """Return what would change. Raises PackError where a sign-in is a real person's."""
        changes = list(_team_changes(data))
        changes += _group_changes(data)
        if settings.DEMONSTRATION:
            changes += _account_changes(_wanted(data))
        return changes

    def apply(self, data: TeamsFile) -> None:
        """Make teams, and while the demonstration is on its sign-ins, as the file says."""
        names = [one.team for one in data.teams]
        Team.objects.exclude(slug__in=names).delete()
        for one in data.teams:
            Team.objects.update_or_create(
                slug=one.team,
                defaults={
                    "name": one.name,
                    "plays": list(one.plays),
                    "email": one.email,
                    "phone": one.phone,
                },
            )
        ids = dict(Team.objects.values_list("slug", "pk"))
        wanted, there = _groups_wanted(data), _groups_now()
        if wanted != there:
            GroupJob.objects.all().delete()
            GroupJob.objects.bulk_create(
                GroupJob(team_id=ids[team], group=group, job=job, ward=ward)
                for team, group, job, ward in sorted(wanted)
            )
        if settings.DEMONSTRATION:
            _make_accounts(_wanted(data))

    def export(self, folder: Path) -> None:
        """Write the file from what is in force."""
        teams = [_team_out(one) for one in Team.objects.order_by("pk")]
        if not teams:
            return
        residents = [
            {"name": user.name, "email": user.email}
            | ({"language": user.language} if user.language != "en" else {})
            for user in User.objects.filter(
                is_demonstration=True, is_staff=False, is_active=True
            ).order_by("pk")
        ]
        data = {"teams": teams} | ({"residents": residents} if residents else {})
        write_yaml(
            folder,
            FILE,
            data,
            says="Teams, the roles of service files that they play, and the demonstration's sign-ins.",
        )


def _repeats(folder: Path, data: TeamsFile) -> Iterator[PackProblem]:
    loaded = load_yaml(folder, FILE)
    file = shown(folder, folder / FILE)
    teams: set[str] = set()
    for number, one in enumerate(data.teams):
        if one.team in teams:
            line = line_of(loaded, ["teams", number])
            yield PackProblem(file, line, f"The team {one.team} is there twice.", "Keep one.")
        teams.add(one.team)
        for place, group in enumerate(one.groups):
            if (group.job == Job.COUNCILLOR) != bool(group.ward):
                yield PackProblem(
                    file,
                    line_of(loaded, ["teams", number, "groups", place]),
                    f"The group {group.group} has a ward and gives no councillor's job, or the other way.",
                    "Councillors have a ward: with its code; nobody else has one.",
                )
        for place, person in enumerate(one.staff):
            if person.job == Job.COUNCILLOR and not person.ward:
                yield PackProblem(
                    file,
                    line_of(loaded, ["teams", number, "staff", place]),
                    f"The councillor {person.name} has no ward.",
                    "Add ward: with the code of the ward.",
                )
    staff = {person.email: person.name for one in data.teams for person in one.staff}
    for number, resident in enumerate(data.residents):
        if resident.email in staff:
            yield PackProblem(
                file,
                line_of(loaded, ["residents", number]),
                f"{resident.email} is staff as well as a resident.",
                "Give the resident another address.",
            )


def _team_changes(data: TeamsFile) -> Iterator[Change]:
    now = {one.slug: one for one in Team.objects.all()}
    for one in data.teams:
        row = now.pop(one.team, None)
        if row is None:
            yield Change("add", f"the team {one.name}", (f"plays {', '.join(one.plays)}",))
        elif (row.name, row.plays, row.email, row.phone) != (
            one.name, list(one.plays), one.email, one.phone,
        ):  # fmt: skip
            yield Change("change", f"the team {one.name}", (f"plays {', '.join(one.plays)}",))
    for row in now.values():
        yield Change("remove", f"the team {row.name}")


def _groups_wanted(data: TeamsFile) -> set[tuple[str, str, str, str]]:
    return {(one.team, g.group, g.job, g.ward) for one in data.teams for g in one.groups}


def _groups_now() -> set[tuple[str, str, str, str]]:
    return set(GroupJob.objects.values_list("team__slug", "group", "job", "ward"))


def _group_changes(data: TeamsFile) -> Iterator[Change]:
    wanted, there = _groups_wanted(data), _groups_now()
    for team, group, job, _ward in sorted(wanted - there):
        yield Change("add", f"the group {group}: {job} in {team}")
    for team, group, job, _ward in sorted(there - wanted):
        yield Change("remove", f"the group {group}: {job} in {team}")


def _wanted(data: TeamsFile) -> dict[str, _Account]:
    found: dict[str, _Account] = {}
    for team in data.teams:
        for one in team.staff:
            before = found[one.email].memberships if one.email in found else frozenset()
            found[one.email] = _Account(
                one.name, "en", True, before | {(team.team, one.job, one.ward)}
            )
    for resident in data.residents:
        found[resident.email] = _Account(resident.name, resident.language, False, frozenset())
    return found


def _accounts_now() -> dict[str, _Account]:
    jobs: dict[int, set[tuple[str, str, str]]] = {}
    rows = Membership.objects.filter(user__is_demonstration=True)
    for user, team, job, ward in rows.values_list("user", "team__slug", "job", "ward"):
        jobs.setdefault(user, set()).add((team, job, ward))
    return {
        user.email: _Account(
            user.name, user.language, user.is_staff, frozenset(jobs.get(user.pk, ()))
        )
        for user in User.objects.filter(is_demonstration=True, is_active=True)
    }


def _account_changes(wanted: dict[str, _Account]) -> list[Change]:
    taken = User.objects.filter(email__in=list(wanted), is_demonstration=False)
    problems = [
        PackProblem(
            FILE,
            1,
            "A sign-in of the demonstration has the address of a real account.",
            f"Give another address to {wanted[user.email].name}.",
        )
        for user in taken
    ]
    if problems:
        raise PackError(problems)
    now = _accounts_now()
    return [
        *_count("add", "demonstration sign-in", [e for e in wanted if e not in now]),
        *_count(
            "change",
            "demonstration sign-in",
            [e for e in wanted if now.get(e, wanted[e]) != wanted[e]],
        ),
        *_count("remove", "demonstration sign-in", [e for e in now if e not in wanted]),
    ]


def _count(kind: Any, noun: str, keys: list[str]) -> Iterable[Change]:
    if keys:
        yield Change(kind, f"{len(keys)} {noun}{'' if len(keys) == 1 else 's'}")


def _make_accounts(wanted: dict[str, _Account]) -> None:
    # Cases remember who worked on them: an account that is no longer wanted is closed, not deleted.
    gone = User.objects.filter(is_demonstration=True, is_active=True).exclude(
        email__in=list(wanted)
    )
    Membership.objects.filter(user__in=gone).delete()
    gone.update(is_active=False)
    now = {user.email: user for user in User.objects.filter(is_demonstration=True)}
    for email, one in wanted.items():
        user = now.get(email) or User(email=email)
        user.name, user.language, user.is_staff = one.name, one.language, one.is_staff
        user.is_demonstration = user.is_active = True
        if user.pk is None:
            user.set_unusable_password()
        user.save()
        now[email] = user
    demonstration.give_sign_in([now[email] for email, one in wanted.items() if one.is_staff])
    teams = dict(Team.objects.values_list("slug", "pk"))
    Membership.objects.filter(user__is_demonstration=True).delete()
    Membership.objects.bulk_create(
        Membership(user=now[email], team_id=teams[team], job=job, ward=ward)
        for email, one in wanted.items()
        for team, job, ward in sorted(one.memberships)
    )


def _team_out(team: Team) -> dict[str, Any]:
    data: dict[str, Any] = {"team": team.slug, "name": team.name, "plays": list(team.plays)}
    for key in ("email", "phone"):
        if getattr(team, key):
            data[key] = getattr(team, key)
    groups = [
        {"group": one.group, "job": one.job} | ({"ward": one.ward} if one.ward else {})
        for one in GroupJob.objects.filter(team=team).order_by("group", "job", "ward")
    ]
    if groups:
        data["groups"] = groups
    staff = Membership.objects.filter(team=team, user__is_demonstration=True)
    rows = [
        {"name": one.user.name, "email": one.user.email, "job": one.job}
        | ({"ward": one.ward} if one.ward else {})
        for one in staff.select_related("user").order_by("pk")
    ]
    return data | ({"staff": rows} if rows else {})
