"""What a queue is narrowed to: from `QueueFilters` to the cases that fit, for one reader.

Every filter is an equality or a range on a column of the case, or an indexed look into a small table
beside it, so that a queue costs the same however many cases there are (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from moothall.casework import permissions
from moothall.casework.facts import local_day
from moothall.casework.models import LONG_AGO, Case, PaidState, Task
from moothall.casework.permissions import visible
from moothall.casework.types import QueueFilters
from moothall.people.actor import Actor
from moothall.places import queries as places

SOON = 3
"""Working days of the council's calendar in which a case is due soon."""
PAID: dict[str, tuple[str, ...]] = {
    "due": (PaidState.DUE,),
    "paid": (PaidState.PAID, PaidState.PART_REFUNDED),
    "refunded": (PaidState.REFUNDED, PaidState.PART_REFUNDED),
    "waived": (PaidState.WAIVED,),
    "free": (PaidState.NONE,),
}
"""What a filter on money means in states of payment."""

ENDED = Q(ended_at__isnull=False)

SideFilter = Callable[[Actor], Q]
_beside: dict[str, SideFilter] = {}


def beside(name: str, cases: SideFilter) -> None:
    """Let queues be filtered by `has=name`: `cases(actor)` is a condition on the case, index-backed."""
    _beside[name] = cases


def beside_names() -> frozenset[str]:
    """The names that `QueueFilters.has` takes."""
    return frozenset(_beside)


def _open_task(kind: str) -> SideFilter:
    return lambda actor: Q(pk__in=Task.objects.filter(ended_at=None, kind=kind).values("case_id"))


beside("reply", lambda actor: Q(awaiting_staff_since__isnull=False))
beside("task", _open_task("task"))
beside("call_back", _open_task("call_back"))
beside("repeat", lambda actor: ~Q(repeat_of=""))
beside("merged", lambda actor: Q(outcome="merged"))
beside("reopened", lambda actor: Q(reopens__gt=0))
beside("handed", lambda actor: ~Q(handed_from=""))


def end_of(day: date) -> datetime:
    """The moment at which a day in Europe/London is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def start_of(day: date) -> datetime:
    """The moment at which a day in Europe/London begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def in_working_days(now: datetime, days: int) -> datetime:
    """The end of the working day that is so many working days of the council ahead of `now`."""
    return end_of(places.calendar("council").add_working_days(local_day(now), days))


def day_before(now: datetime, working_days: int) -> date:
    """The last day that lies `working_days` or more working days of the council before today."""
    calendar, today = places.calendar("council"), local_day(now)
    day = today - timedelta(days=working_days + 2 * (working_days // 5))
    while calendar.working_days(day, today) < working_days:
        day -= timedelta(days=1)
    while calendar.working_days(day + timedelta(days=1), today) >= working_days:
        day += timedelta(days=1)
    return day


def due(what: str, now: datetime, until: datetime | None = None) -> Q:
    """Cases that stand so with their promise; `until` is when soon ends, if it is known already."""
    running = Q(paused_since=None, ended_at=None)
    tonight = end_of(local_day(now))
    if what == "late":
        return running & Q(finish_by__lt=now)
    if what == "today":
        return running & Q(finish_by__gte=now, finish_by__lt=tonight)
    if what == "soon":
        return running & Q(
            finish_by__gte=max(now, tonight), finish_by__lt=until or in_working_days(now, SOON)
        )
    if what == "later":
        return running & (Q(finish_by=None) | Q(finish_by__gte=until or in_working_days(now, SOON)))
    return Q(paused_since__isnull=False, ended_at=None)


def assignee(text: str, actor: Actor) -> Q:
    """Cases with `text`: "me", "nobody" or a user id; anything else narrows nothing."""
    if text == "me":
        return Q(assigned_to=actor.user_id) if actor.user_id is not None else Q(pk__in=())
    if text == "nobody":
        return Q(assigned_to=None)
    return Q(assigned_to=int(text)) if text.isdecimal() else Q()


def work_of(actor: Actor) -> Q:
    """Cases that are this actor's or their teams' to work on, out of those that they may see.

    A crew makes moves in cases that another team owns; an adviser sees everything and owns none.
    """
    mine = Q(team__in=sorted(actor.teams))
    if actor.user_id is not None:
        mine |= Q(assigned_to=actor.user_id)
    if shas := permissions.works_on(actor):
        mine |= permissions.of_definitions(shas)
    return mine


def wanted(
    actor: Actor, filters: QueueFilters, now: datetime, *, narrow: bool = True
) -> QuerySet[Case]:
    """The cases that `actor` may see and that fit. Without `narrow`, `due` and `assignee` are left out."""
    found = condition(actor, filters, now)
    return visible(actor).filter(found & _narrower(actor, filters, now) if narrow else found)


def wanted_of(
    cases: QuerySet[Case], actor: Actor, many: Sequence[QueueFilters], now: datetime
) -> list[QuerySet[Case]]:
    """For each of `many` the cases that fit, out of `cases`, with no query for each."""
    mine = work_of(actor) if any(one.team == "mine" for one in many) else None
    return [
        cases.filter(condition(actor, one, now, mine=mine) & _narrower(actor, one, now))
        for one in many
    ]


def condition(actor: Actor, filters: QueueFilters, now: datetime, *, mine: Q | None = None) -> Q:
    """What `filters` ask of a case, but `due`, `due_within` and `assignee`."""
    found = Q()
    if filters.ended is not None:
        found &= Q(ended_at=None, queue_at__gt=LONG_AGO) if not filters.ended else ENDED
    equal = {
        "service_id__in": filters.services,
        "state__in": filters.states,
        "ward": filters.ward,
        "channel": filters.channel,
        "urgent": filters.urgent,
        "restricted": filters.restricted,
        "team": filters.team if filters.team != "mine" else "",
    }
    found &= Q(**{column: value for column, value in equal.items() if value})
    if filters.team == "mine":
        found &= work_of(actor) if mine is None else mine
    if filters.paid:
        states = PAID.get(filters.paid, ())
        # One state is compared with "=", as the index of fees that are due has it.
        found &= Q(paid_state=states[0]) if len(states) == 1 else Q(paid_state__in=states)
    for name in filters.has:
        found &= _beside[name](actor) if name in _beside else Q(pk__in=())
    if filters.among is not None:
        found &= Q(pk__in=filters.among)
    return found & _in_days(filters, now)


def _narrower(actor: Actor, filters: QueueFilters, now: datetime) -> Q:
    found = assignee(filters.assignee, actor)
    if filters.due:
        found &= due(filters.due, now)
    if filters.due_within is not None:
        found &= Q(
            paused_since=None,
            ended_at=None,
            finish_by__gte=now,
            finish_by__lt=in_working_days(now, filters.due_within),
        )
    return found


def _in_days(filters: QueueFilters, now: datetime) -> Q:
    """Ranges of days: opened, ended, promise broken, and age in working days."""
    found = Q()
    for column, since, until in (
        ("opened_at", filters.opened_since, filters.opened_until),
        ("ended_at", filters.ended_since, filters.ended_until),
        ("breached_at", filters.breached_since, filters.breached_until),
    ):
        if since:
            found &= Q(**{f"{column}__gte": start_of(since)})
        if until:
            found &= Q(**{f"{column}__lt": end_of(until)})
    if filters.older_than is not None:
        found &= Q(opened_at__lt=end_of(day_before(now, filters.older_than + 1)))
    return found
