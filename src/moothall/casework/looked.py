"""Who looked at which case, for the data protection officer, a manager, and the person themselves.

Reads the access log (casework.access). What is unusual about a reading is said beside it: it proves
nothing, it is where to look first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from moothall.casework import access, permissions
from moothall.casework.errors import NotAllowed
from moothall.casework.models import AccessLog, Case, Event
from moothall.language.clock import LONDON
from moothall.packs import queries as packs
from moothall.people.actor import Actor
from moothall.people.models import User

ADMIN, MANAGER = "admin", "manager"
WHY: Mapping[str, str] = {
    "case": "Opened the case",
    "search": "Found it in a search",
    "export": "Had it in a file",
    "track": "Followed it by its reference",
    "link": "Followed a link of ours",
    "follow": "Followed it for a resident",
    "account": "Saw it in their account",
    "subject": "Put together what we hold about somebody",
}
MANY = 60
"""Cases opened by one person within an hour that are more than work needs."""
EARLY, LATE = 6, 22
"""Hours (Europe/London) before and after which hardly anybody works."""
PAGE = 100


@dataclass(frozen=True)
class Reading:
    """One reading of one case."""

    pk: int
    at: datetime
    who: str
    user_id: int | None
    kind: str
    roles: str
    via: str
    reference: str
    service: str
    why: str
    flags: tuple[str, ...] = ()
    """What is unusual about it, in words."""


@dataclass(frozen=True)
class Asked:
    """What readings are wanted. Empty means any. Days are Europe/London's, both included."""

    reference: str = ""
    user_id: int | None = None
    since: date | None = None
    until: date | None = None
    unusual: bool = False
    before: int | None = None
    """The key of the last reading of the page before."""


def may_see_all(actor: Actor) -> bool:
    """Whether somebody may look through the whole log: administrators."""
    return actor.is_staff and actor.plays(ADMIN)


def may_see(actor: Actor, case: Case) -> bool:
    """Whether somebody may see who read this case: also a manager of the team that owns it."""
    return may_see_all(actor) or (
        actor.is_staff
        and actor.plays(MANAGER)
        and permissions.sees_row(case, actor)
        and permissions.grant(case, actor).owner
    )


def readings(actor: Actor, asked: Asked) -> tuple[list[Reading], int | None]:
    """A page of readings, newest first, and the key of the next page (None: there is none).

    With `unusual` a page may hold fewer: a day's worth of readings is looked through for each.
    Raises NotAllowed.
    """
    _allowed(actor, asked)
    access.flush()
    rows = list(_wanted(asked)[: PAGE + 1])
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    made = _said(rows[:PAGE])
    return [one for one in made if one.flags or not asked.unusual], more


def all_readings(actor: Actor, asked: Asked) -> Iterator[Reading]:
    """Every reading asked for, newest first, in bounded memory: for a file. Raises NotAllowed."""
    _allowed(actor, asked)
    access.flush()

    def pages() -> Iterator[Reading]:
        before = asked.before
        while True:
            narrowed = _wanted(Asked(**{**asked.__dict__, "before": before}))
            rows = list(narrowed[:500])
            if not rows:
                return
            for one in _said(rows):
                if one.flags or not asked.unusual:
                    yield one
            before = rows[-1].pk

    return pages()


def _allowed(actor: Actor, asked: Asked) -> None:
    if may_see_all(actor):
        return
    case = Case.objects.filter(reference=asked.reference).first() if asked.reference else None
    if case is None or not may_see(actor, case):
        raise NotAllowed("Who looked at a case is for administrators, and managers of its team.")


def _wanted(asked: Asked) -> QuerySet[AccessLog]:
    rows = AccessLog.objects.order_by("-pk")
    if asked.reference:
        rows = rows.filter(reference=asked.reference)
    if asked.user_id is not None:
        rows = rows.filter(user_id=asked.user_id)
    if asked.since:
        rows = rows.filter(at__gte=datetime.combine(asked.since, time.min, LONDON))
    if asked.until:
        after = asked.until + timedelta(days=1)
        rows = rows.filter(at__lt=datetime.combine(after, time.min, LONDON))
    if asked.before is not None:
        rows = rows.filter(pk__lt=asked.before)
    return rows


def _said(rows: Sequence[AccessLog]) -> list[Reading]:
    """The rows in words, with what is unusual; a handful of queries for all."""
    cases = {
        one.reference: one
        for one in Case.objects.filter(reference__in={row.reference for row in rows}).only(
            "reference", "service_id", "contact_name", "contact_email", "applicant_id", "team",
            "assigned_to_id",
        )
    }  # fmt: skip
    users = {
        one.pk: one
        for one in User.objects.filter(
            pk__in={row.user_id for row in rows if row.user_id is not None}
        ).prefetch_related("memberships__team")
    }
    services = {one.id: one.name for one in packs.offered()}
    worked = _worked(rows, cases)
    busy = _busy(rows)
    made = []
    for row in rows:
        user, case = users.get(row.user_id or 0), cases.get(row.reference)
        made.append(
            Reading(
                pk=row.pk,
                at=row.at,
                who=_who(row, user),
                user_id=row.user_id,
                kind=row.actor_kind,
                roles=row.roles,
                via=row.via,
                reference=row.reference,
                service=services.get(case.service_id, case.service_id) if case else "Deleted",
                why=WHY.get(row.why, row.why),
                flags=tuple(_flags(row, user, case, worked, busy)),
            )
        )
    return made


def _who(row: AccessLog, user: User | None) -> str:
    if row.actor_kind == "staff":
        return (user.name or user.email) if user else "Somebody who no longer works here"
    return "The resident" if row.actor_kind == "applicant" else row.actor_kind


def _worked(rows: Iterable[AccessLog], cases: Mapping[str, Case]) -> set[tuple[int, int]]:
    """Which of these people did something to which of these cases (user, case)."""
    wanted = {row.user_id for row in rows if row.user_id is not None}
    done: set[tuple[int, int]] = set()
    events = Event.objects.filter(
        case_id__in=[one.pk for one in cases.values()], actor_kind="staff"
    ).only("case_id", "payload")
    for event in events.iterator(chunk_size=500):
        who = event.actor.get("id")
        if isinstance(who, int) and who in wanted:
            done.add((who, event.case_id))
    return done


def _busy(rows: Sequence[AccessLog]) -> set[tuple[int, datetime]]:
    """Hours in which one of these people opened more cases than work needs."""
    people = {row.user_id for row in rows if row.user_id is not None}
    if not people:
        return set()
    ats = [row.at for row in rows]
    found = (
        AccessLog.objects.filter(
            user_id__in=people,
            actor_kind="staff",
            why="case",
            at__gte=min(ats) - timedelta(hours=1),
            at__lte=max(ats) + timedelta(hours=1),
        )
        .annotate(hour=TruncHour("at", tzinfo=LONDON))
        .values("user_id", "hour")
        .annotate(number=Count("reference", distinct=True))
        .filter(number__gt=MANY)
    )
    return {(one["user_id"], one["hour"]) for one in found if one["user_id"] is not None}


def _flags(
    row: AccessLog,
    user: User | None,
    case: Case | None,
    worked: set[tuple[int, int]],
    busy: set[tuple[int, datetime]],
) -> Iterator[str]:
    if row.actor_kind != "staff" or user is None:
        return
    at = timezone.localtime(row.at, LONDON)
    if not row.via and not EARLY <= at.hour < LATE:
        yield "at night"
    if (row.user_id, at.replace(minute=0, second=0, microsecond=0)) in busy:
        yield f"more than {MANY} cases within the hour"
    if case is None or row.why in {"search", "subject"}:
        return
    if case.applicant_id == user.pk or _same(case.contact_email, user.email):
        yield "their own case"
    elif _same(_surname(case.contact_name), _surname(user.name)):
        yield "the same surname"
    teams = {one.team.slug for one in user.memberships.all()}
    if (
        case.team not in teams
        and case.assigned_to_id != user.pk
        and (user.pk, case.pk) not in worked
    ):
        yield "no work in it"


def _surname(name: str) -> str:
    return name.split()[-1].casefold() if name.split() else ""


def _same(one: str, other: str) -> bool:
    return bool(one) and one.casefold() == other.casefold()


def by_job(reference: str) -> list[tuple[str, int]]:
    """How many people of the council read a case, by what they do: to tell the person whose it is."""
    access.flush()
    seen: dict[str, set[int]] = {}
    rows = AccessLog.objects.filter(reference=reference, actor_kind="staff")
    for roles, user_id in rows.values_list("roles", "user_id").distinct():
        if user_id is not None:
            jobs = set(roles.split()) & set(JOBS)
            seen.setdefault(next((one for one in JOBS if one in jobs), "officer"), set()).add(
                user_id
            )
    return [(JOBS[job], len(seen[job])) for job in JOBS if job in seen]


JOBS: Mapping[str, str] = {
    "officer": "case officers",
    "adviser": "contact-centre advisers",
    "manager": "team managers",
    "councillor": "councillors",
    "admin": "administrators",
    "designer": "service designers",
}
"""Jobs in the plural, the likeliest reason to read a case first."""
