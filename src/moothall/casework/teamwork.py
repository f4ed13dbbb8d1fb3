"""What a team has to do and how it does: workload by officer, ageing, broken promises, answers, repeats.

Counts only. They are for who manages the team (`managed_teams`); each figure has an address in the
queue, where every reader sees what they may see. Days and weeks are Europe/London's.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, Value

from moothall.casework import flow
from moothall.casework.errors import NotAllowed
from moothall.casework.facts import local_day
from moothall.casework.filtering import day_before, end_of, start_of
from moothall.casework.models import Case
from moothall.casework.permissions import visible
from moothall.people.actor import Actor
from moothall.people.models import Job, Membership

AGES = (5, 10, 20, 40)
"""Working days at which the bands of age end: 0 to 5, 6 to 10, 11 to 20, 21 to 40, more than 40."""
WEEKS = 13


def managed_teams(actor: Actor) -> frozenset[str]:
    """The teams that this person manages. One query."""
    if not actor.plays(Job.MANAGER) or actor.user_id is None:
        return frozenset()
    found = Membership.objects.filter(user_id=actor.user_id, job=Job.MANAGER)
    return frozenset(found.values_list("team__slug", flat=True))


def _check(actor: Actor, teams: Collection[str]) -> None:
    if not teams or not set(teams) <= managed_teams(actor):
        raise NotAllowed("Only a manager of the team sees its figures.")


@dataclass(frozen=True)
class Load:
    """What one person of a team has to do. `user_id` None is what nobody has yet."""

    user_id: int | None
    name: str
    open: int = 0
    late: int = 0
    urgent: int = 0
    waiting: int = 0
    """The clock stands still: somebody else is to answer."""
    replies: int = 0
    """The resident wrote and waits for us."""
    closed: int = 0
    """Finished since Monday, of those that are theirs."""
    age: float = 0.0
    """Average days since opening of the open ones."""


def people_of(teams: Collection[str]) -> list[tuple[int, str]]:
    """Who does casework in these teams, by name: (user id, name). One query."""
    found = (
        Membership.objects.filter(team__slug__in=teams, user__is_active=True, user__is_staff=True)
        .exclude(job__in=[Job.COUNCILLOR, Job.DESIGNER])
        .order_by("user__name", "user_id")
        .values_list("user_id", "user__name")
        .distinct()
    )
    return list(found)


def workload(actor: Actor, teams: Collection[str], *, now: datetime) -> list[Load]:
    """What each person of the teams has to do, by name, then what nobody has. Four queries.

    Also counts people outside the teams who have one of its cases. Raises NotAllowed.
    """
    _check(actor, teams)
    cases = Case.objects.filter(team__in=list(teams)).order_by()
    length = ExpressionWrapper(Value(now) - F("opened_at"), output_field=DurationField())
    running = Q(paused_since=None)
    have: dict[int | None, dict[str, Any]] = {
        row["assigned_to"]: dict(row)
        for row in cases.filter(ended_at=None)
        .values("assigned_to")
        .annotate(
            open=Count("pk"),
            late=Count("pk", filter=running & Q(finish_by__lt=now)),
            urgent=Count("pk", filter=Q(urgent=True)),
            waiting=Count("pk", filter=~running),
            replies=Count("pk", filter=Q(awaiting_staff_since__isnull=False)),
            age=Avg(length),
        )
    }
    monday = local_day(now) - timedelta(days=local_day(now).weekday())
    closed: dict[int | None, int] = dict(
        cases.filter(ended_at__gte=start_of(monday))
        .values_list("assigned_to")
        .annotate(number=Count("pk"))
    )
    names: dict[int | None, str] = dict(people_of(teams))
    others = {one for one in (*have, *closed) if one is not None} - set(names)
    names |= dict(Membership.objects.filter(user__in=others).values_list("user_id", "user__name"))
    names |= dict.fromkeys(others - set(names), "Someone who left")
    rows = []
    for user_id, name in [*sorted(names.items(), key=lambda pair: pair[1]), (None, "Nobody yet")]:
        mine = have.get(user_id, {})
        rows.append(
            Load(
                user_id,
                name,
                **{
                    key: int(mine.get(key) or 0)
                    for key in ("open", "late", "urgent", "waiting", "replies")
                },
                closed=int(closed.get(user_id, 0)),
                age=mine["age"].total_seconds() / 86400 if mine.get("age") else 0.0,
            )
        )
    return rows


@dataclass(frozen=True)
class Band:
    """One band of age: its words, its cases, and the days of opening between which they lie."""

    label: str
    cases: int
    late: int
    since: date | None
    until: date | None


@dataclass(frozen=True)
class Ages:
    """Open cases of a key (a service, a user id, or "" for all) by band of age in working days."""

    key: str
    bands: tuple[int, ...]
    late: int

    @property
    def total(self) -> int:
        """All open cases."""
        return sum(self.bands)


def edges(now: datetime) -> list[date]:
    """The last day of opening of each band but the first: younger bands first."""
    return [day_before(now, age + 1) for age in AGES]


def band_days(now: datetime) -> list[tuple[str, date | None, date | None]]:
    """The bands of age: words, and first and last day of opening (None: no end)."""
    ends = edges(now)
    words = [f"0 to {AGES[0]}"]
    words += [f"{low + 1} to {high}" for low, high in itertools.pairwise(AGES)]
    words.append(f"Over {AGES[-1]}")
    after = [day + timedelta(days=1) for day in ends]
    return list(zip(words, [*after, None], [None, *ends], strict=True))


def ageing(
    actor: Actor, teams: Collection[str], *, by: str = "service", now: datetime
) -> list[Ages]:
    """Open cases of the teams by age in working days of the council: one row for each service, or
    for each person (`assigned_to`). One query and the check. Raises NotAllowed."""
    _check(actor, teams)
    cuts = [end_of(day) for day in edges(now)]
    found = flow.ageing(now=now, by=(by,), teams=list(teams), cuts=cuts)
    return [Ages(row.keys[0], row.bands, row.late) for row in found]


@dataclass(frozen=True)
class Broken:
    """Promises broken in a period for one reason."""

    why: str
    cases: int


def broken(
    actor: Actor, teams: Collection[str], *, since: date, until: date
) -> tuple[int, list[Broken]]:
    """How many promises were broken in these days, and where those cases stood or stand. One query."""
    _check(actor, teams)
    is_open, replied, paused = (
        Q(ended_at=None),
        ~Q(awaiting_staff_since=None),
        ~Q(paused_since=None),
    )
    stands = {
        "Finished since, after the promise": ~is_open,
        "The resident wrote and waits for our answer": is_open & replied,
        "Waiting for somebody outside": is_open & ~replied & paused,
        "Nobody has it": is_open & ~replied & ~paused & Q(assigned_to=None),
        "Somebody is working on it": is_open & ~replied & ~paused & ~Q(assigned_to=None),
    }
    counted = Case.objects.filter(
        team__in=list(teams), breached_at__gte=start_of(since), breached_at__lt=end_of(until)
    ).aggregate(**{f"n{at}": Count("pk", filter=one) for at, one in enumerate(stands.values())})
    found = [Broken(why, int(counted[f"n{at}"] or 0)) for at, why in enumerate(stands)]
    found = [one for one in found if one.cases]
    return sum(one.cases for one in found), sorted(found, key=lambda one: -one.cases)


@dataclass(frozen=True)
class Week:
    """What came in and went out in the week that begins with `monday`."""

    monday: date
    opened: int
    ended: int
    broken: int
    kept: int
    reopened: int


def weeks(
    actor: Actor, teams: Collection[str], *, services: Sequence[str] = (), now: datetime
) -> list[Week]:
    """The last 13 weeks, this one included, oldest first; weeks without a case too. One query."""
    _check(actor, teams)
    today = local_day(now)
    this = today - timedelta(days=today.weekday())
    mondays = [this - timedelta(weeks=number) for number in reversed(range(WEEKS))]
    rows = flow.flow(
        start_of(mondays[0]), end_of(today), ("week",), services=services, teams=list(teams)
    )
    by_week = {row.keys[0]: row for row in rows}
    found = []
    for monday in mondays:
        row = by_week.get(monday.isoformat())
        found.append(
            Week(monday, row.opened, row.ended, row.broken, row.kept, row.reopened)
            if row
            else Week(monday, 0, 0, 0, 0, 0)
        )
    return found


@dataclass(frozen=True)
class Answers:
    """How a service's cases of a period were answered."""

    service: str
    opened: int
    repeats: int
    answered: int
    """How many had a first answer of ours by now."""
    hours: float | None
    """Average hours from opening to the first step or letter of ours; None where there is none."""


def answers(actor: Actor, teams: Collection[str], *, since: date, until: date) -> list[Answers]:
    """For each service the cases opened in these days: repeats and time to the first answer. One query."""
    _check(actor, teams)
    wait = ExpressionWrapper(F("first_response_at") - F("opened_at"), output_field=DurationField())
    rows = (
        Case.objects.filter(
            team__in=list(teams), opened_at__gte=start_of(since), opened_at__lt=end_of(until)
        )
        .order_by("service_id")
        .values_list("service_id")
        .annotate(
            opened=Count("pk"),
            repeats=Count("pk", filter=~Q(repeat_of="")),
            answered=Count("first_response_at"),
            wait=Avg(wait, filter=Q(first_response_at__isnull=False)),
        )
    )
    return [
        Answers(service, opened, repeats, answered, wait.total_seconds() / 3600 if wait else None)
        for service, opened, repeats, answered, wait in rows
    ]


@dataclass(frozen=True)
class InWard:
    """Open cases of one service in the wards of a councillor, of those that they may see."""

    service: str
    open: int
    late: int


def in_wards(actor: Actor, *, now: datetime) -> list[InWard]:
    """Open cases of the actor's wards by service, most first; only rows that they may see. Two queries."""
    if not actor.wards:
        return []
    rows = (
        visible(actor)
        .filter(ward__in=sorted(actor.wards), ended_at=None)
        .order_by()
        .values_list("service_id")
        .annotate(
            open=Count("pk"), late=Count("pk", filter=Q(paused_since=None, finish_by__lt=now))
        )
    )
    return sorted((InWard(*row) for row in rows), key=lambda one: (-one.open, one.service))
