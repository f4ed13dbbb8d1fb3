"""Colleagues of a case: who may see it, who is named in a note, and how they are told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from moothall import language
from moothall.casework import permissions
from moothall.casework.errors import Invalid
from moothall.casework.facts import service_of
from moothall.casework.models import Case
from moothall.language import Service
from moothall.notify import actions as notify
from moothall.people.actor import Actor
from moothall.people.models import Job, Membership, Team, User

_NAMED = re.compile(r"(?<![\w.@])@([^\W\d_][\w.’'-]*(?:[ ][^\W\d_][\w’'-]*){0,3})")


@dataclass(frozen=True)
class Colleague:
    """Somebody who works here and may see a case."""

    id: int
    name: str
    email: str


def who_may_see(case: Case) -> list[Colleague]:
    """Staff who may see this case, by name; councillors are not asked to do its work. Two queries."""
    roles = _scoped(service_of(case))
    by_person: dict[int, list[Membership]] = defaultdict(list)
    people: dict[int, User] = {}
    works = Membership.objects.filter(user__is_staff=True, user__is_active=True)
    for one in works.exclude(job=Job.COUNCILLOR).select_related("user", "team"):
        by_person[one.user_id].append(one)
        people[one.user_id] = one.user
    found = []
    for user_id, memberships in by_person.items():
        plays = {role for one in memberships for role in one.team.plays}
        plays |= {str(one.job) for one in memberships}
        if plays.isdisjoint(roles):
            continue
        user = people[user_id]
        actor = Actor(
            "staff",
            user_id,
            user.name,
            roles=frozenset(plays),
            teams=frozenset(one.team.slug for one in memberships),
        )
        if permissions.sees_row(case, actor):
            found.append(Colleague(user_id, user.name, user.email))
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def _scoped(service: Service) -> frozenset[str]:
    if service.access is None:
        return frozenset({service.owner})
    return frozenset(service.access.teams) | {service.owner}


def team_may_see(service: Service, team: Team) -> bool:
    """Whether the people of a team would see a case of this service that is with their team."""
    rows = language.row_scope(service, frozenset(team.plays))
    return not rows.isdisjoint({"own_team", "all"})


def teams_that_may(service: Service) -> list[Team]:
    """The teams that a case of this service can be with, by name."""
    return [one for one in Team.objects.order_by("name") if team_may_see(service, one)]


def named_in(text: str, colleagues: Iterable[Colleague]) -> list[Colleague]:
    """Those of `colleagues` whom a note names: `@Bryn Oakshott`, `@bryn.oakshott`, or `@Bryn` when
    there is one Bryn only. Other words behind an @ are left alone.

    Raises Invalid when a first name fits several, and when it is the name of somebody who may not see
    the case.
    """
    there = list(colleagues)
    found: dict[int, Colleague] = {}
    for match in _NAMED.finditer(text):
        words = match.group(1).rstrip(".").split(" ")
        known = _by_words(words, there)
        if known is not None:
            found[known.id] = known
    return list(found.values())


def _by_words(words: list[str], there: list[Colleague]) -> Colleague | None:
    for length in range(len(words), 1, -1):
        name = " ".join(words[:length]).casefold().replace("’", "'")
        fitting = [one for one in there if one.name.casefold().replace("’", "'") == name]
        if fitting:
            return fitting[0]
    first = words[0].casefold()
    by_address = [one for one in there if one.email.partition("@")[0].casefold() == first]
    if by_address:
        return by_address[0]
    by_first = [one for one in there if one.name.casefold().split(" ")[0] == first]
    if len(by_first) > 1:
        names = ", ".join(f"@{one.name}" for one in by_first)
        raise Invalid("text", f"There are {len(by_first)} people called {words[0]}. Write {names}.")
    if by_first:
        return by_first[0]
    elsewhere = User.objects.filter(is_staff=True, is_active=True, name__istartswith=words[0])
    for name in elsewhere.values_list("name", flat=True)[:50]:
        if name.casefold().split(" ")[0] == first:
            raise Invalid(
                "text",
                f"{name} may not see this case, so they cannot be told. Take the @ away, "
                "or ask their manager.",
            )
    return None


def write_to(
    colleague: Colleague, case: Case, *, what: str, key: str, now: datetime, by: str
) -> None:
    """Email a colleague that they are wanted at a case. Nothing of the case but its reference."""
    link = f"{settings.PUBLIC_URL}/desk/cases/{case.reference}/"
    notify.queue(
        to=colleague.email,
        means="email",
        subject=f"{what}: {case.reference}",
        body=f"{by}: {what[:1].lower()}{what[1:]}.\n\nOpen the case:\n{link}",
        key=key,
        now=now,
    )


def colleagues_of(case_id: int, actor: Actor) -> list[tuple[int, str]]:
    """(user id, name) of the staff who may see a case, for who may see it too; by name."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not actor.is_staff or not permissions.sees_row(case, actor):
        return []
    return [(one.id, one.name) for one in who_may_see(case)]


def teams_of(case_id: int, actor: Actor) -> list[tuple[str, str]]:
    """(slug, name) of the teams that a case can be with, for who may see it; by name."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not actor.is_staff or not permissions.sees_row(case, actor):
        return []
    return [(one.slug, one.name) for one in teams_that_may(service_of(case))]
