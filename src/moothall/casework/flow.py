"""How many cases were opened, ended, kept to their promise and opened again, by day: the rollup.

What a case adds to the counts follows from its row alone (`Case.counted_as`, `contribution`). Whenever
the ledger writes a case, the difference between before and after is appended to `CaseDay` in the same
transaction, so the counts are always right and no two cases wait for one row. `fold` puts the
appended rows together in the background; `rebuild` makes them anew from the cases. What retention
deletes stays counted, in rows of its own that `rebuild` leaves alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils import timezone

from moothall.casework.facts import local_day
from moothall.casework.models import COUNTED_BY, Case, CaseDay
from moothall.casework.types import AGES, AgeRow, FlowRow

NUMBERS = ("opened", "ended", "kept", "broken", "reopened", "days")
KEYS = ("day", "service_id", "team", "channel", "outcome")
FOLDED_AT_ONCE = 5_000
"""Loose rows that one `fold` puts together: some tens of milliseconds."""

Key = tuple[date, str, str, str, str]
Counts = dict[Key, list[int]]
BY: Mapping[str, str] = {
    "day": "day",
    "week": "day",
    "month": "month",
    "service": "service_id",
    "team": "team",
    "channel": "channel",
    "outcome": "outcome",
}


def contribution(counted: Sequence[Any], into: Counts, sign: int = 1) -> None:
    """Add what one case counts for to `into`. `counted`: its `COUNTED_BY`, in that order."""
    service, team, channel, outcome, opened, ended, reopened, promised, breached = counted
    first = local_day(opened)
    into[first, service, team, channel, ""][0] += sign
    if ended is not None:
        last = local_day(ended)
        row = into[last, service, team, channel, outcome]
        row[1] += sign
        if promised:
            row[2 if breached is None else 3] += sign
        row[5] += sign * (last - first).days
    if reopened is not None:
        into[local_day(reopened), service, team, channel, ""][4] += sign


def empty() -> Counts:
    """Counts with nothing in them."""
    return defaultdict(lambda: [0] * len(NUMBERS))


def _rows(counts: Counts, kind: CaseDay.Kind) -> list[CaseDay]:
    return [
        CaseDay(
            **dict(zip(KEYS, key)),
            month=f"{key[0]:%Y-%m}",
            kind=kind,
            **dict(zip(NUMBERS, numbers)),
        )
        for key, numbers in sorted(counts.items())
        if any(numbers)
    ]


# Writing


def restate(case: Case) -> None:
    """Write down what changed in how `case` is counted, in the caller's transaction. At most one query
    where nothing or one thing changed."""
    now = tuple(getattr(case, name) for name in COUNTED_BY)
    before = case.counted_as
    if before == ():
        before = Case.objects.filter(pk=case.pk).values_list(*COUNTED_BY).first()
    if before == now:
        return
    counts = empty()
    if before is not None:
        contribution(before, counts, -1)
    contribution(now, counts)
    CaseDay.objects.bulk_create(_rows(counts, CaseDay.Kind.LOOSE))
    case.counted_as = now


def keep(case: Case) -> None:
    """Keep the counts of a case that is about to be deleted, in the caller's transaction."""
    counts = empty()
    contribution([getattr(case, name) for name in COUNTED_BY], counts, -1)
    CaseDay.objects.bulk_create(_rows(counts, CaseDay.Kind.LOOSE))
    add({key: [-n for n in numbers] for key, numbers in counts.items()}, CaseDay.Kind.KEPT)


def add(counts: Counts, kind: CaseDay.Kind = CaseDay.Kind.SUMMED) -> None:
    """Add `counts` to the rows of their day and kind, which are made where they are missing."""
    rows: list[tuple[Any, ...]] = [
        (*key, f"{key[0]:%Y-%m}", int(kind), *numbers)
        for key, numbers in sorted(counts.items())
        if any(numbers)
    ]
    if not rows:
        return
    table = connection.ops.quote_name(CaseDay._meta.db_table)
    names = (*KEYS, "month", "kind", *NUMBERS)
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in NUMBERS)
    # Both databases have this form of insert-or-add; the ORM has none that adds.
    statement = (
        f"INSERT INTO {table} ({', '.join(names)}) "  # noqa: S608 names of our own
        f"VALUES ({', '.join(['%s'] * len(names))}) "
        f"ON CONFLICT ({', '.join(KEYS)}, kind) WHERE NOT kind = 0 DO UPDATE SET {more}"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def fold(most: int = FOLDED_AT_ONCE) -> int:
    """Put up to `most` loose rows together with those of their day; return how many. Sums stay as they
    were: whoever counts meanwhile sees either the loose rows or their sum."""
    with transaction.atomic():
        loose = list(
            CaseDay.objects.select_for_update(
                skip_locked=connection.features.has_select_for_update_skip_locked
            )
            .filter(kind=CaseDay.Kind.LOOSE)
            .order_by("pk")
            .values_list("pk", *KEYS, *NUMBERS)[:most]
        )
        counts = empty()
        for row in loose:
            into = counts[row[1:6]]
            for at, number in enumerate(row[6:]):
                into[at] += number
        add(counts)
        for first in range(0, len(loose), 500):
            CaseDay.objects.filter(pk__in=[row[0] for row in loose[first : first + 500]]).delete()
    return len(loose)


# Building anew and checking


def _months() -> Iterator[tuple[date, date]]:
    """First and last day of every month that a case or a count falls into."""
    ends = Case.objects.aggregate(first=Min("opened_at"), last=Max("last_event_at"))
    days = CaseDay.objects.aggregate(first=Min("day"), last=Max("day"))
    found = [local_day(at) for at in ends.values() if at] + [day for day in days.values() if day]
    if not found:
        return
    month, last = min(found).replace(day=1), max(found)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        yield month, following - timedelta(days=1)
        month = following


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _truth(first: date, last: date) -> Counts:
    """What the cases themselves say of these days: read in a stream, nothing kept but the counts."""
    since, until = _start_of(first), _start_of(last + timedelta(days=1))
    inside = [
        {f"{name}__gte": since, f"{name}__lt": until}
        for name in ("opened_at", "ended_at", "reopened_at")
    ]
    counts = empty()
    for number, where in enumerate(inside):
        cases = Case.objects.filter(**where).order_by().values_list(*COUNTED_BY)
        for counted in cases.iterator(2000):
            if not any(at and since <= at < until for at in _moments(counted)[:number]):
                contribution(counted, counts)
    return {key: numbers for key, numbers in counts.items() if first <= key[0] <= last}


def _moments(counted: Sequence[Any]) -> Sequence[datetime | None]:
    return counted[4:7]


def _kept(first: date, last: date, kinds: Iterable[CaseDay.Kind]) -> Counts:
    sums = (
        CaseDay.objects.filter(day__gte=first, day__lte=last, kind__in=list(kinds))
        .order_by()
        .values_list(*KEYS)
        .annotate(**{f"sum_{name}": Sum(name) for name in NUMBERS})
    )
    return {row[:5]: [int(n or 0) for n in row[5:]] for row in sums if any(row[5:])}


LIVING = (CaseDay.Kind.LOOSE, CaseDay.Kind.SUMMED)


def _snapshot() -> None:
    """All statements of this transaction see the database as it is now (SQLite always does so)."""
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def rebuild(progress: Callable[[date], None] | None = None) -> int:
    """Make the counts anew from the cases, a month at a time, each in its own transaction; return how
    many cells had differed. Cases may be written meanwhile: what they count is appended after."""
    changed = 0
    for first, last in _months():
        with transaction.atomic():
            _snapshot()
            truth, was = _truth(first, last), _kept(first, last, LIVING)
            changed += sum(truth.get(key) != was.get(key) for key in truth.keys() | was.keys())
            CaseDay.objects.filter(day__gte=first, day__lte=last, kind__in=LIVING).delete()
            CaseDay.objects.bulk_create(_rows(truth, CaseDay.Kind.SUMMED), batch_size=500)
        if progress:
            progress(last)
    return changed


def differences() -> list[str]:
    """What the counts say otherwise than the cases do, in words; empty when they agree."""
    found: list[str] = []
    for first, last in _months():
        with transaction.atomic():
            _snapshot()
            truth, was = _truth(first, last), _kept(first, last, LIVING)
        for key in sorted(truth.keys() | was.keys()):
            if truth.get(key) != was.get(key):
                said, true = was.get(key, [0] * 6), truth.get(key, [0] * 6)
                cell = " ".join(str(part) for part in key if part)
                what = dict(zip(NUMBERS, zip(said, true)))
                off = ", ".join(f"{n} {a} for {b}" for n, (a, b) in what.items() if a != b)
                found.append(f"{cell}: {off}")
    return found


# Reading


def flow(
    since: datetime,
    until: datetime,
    by: Sequence[str] = ("service",),
    *,
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
) -> tuple[FlowRow, ...]:
    """Cases opened, ended, kept, broken and opened again in [since, until), by any of: day, week
    (its Monday), month, service, team, channel, outcome. One query.

    Whole days: those that the period touches, in Europe/London. `kept` and `broken` count ended cases
    that had a promise; `days` adds up the days from opening to end. Cells without a case are left out.
    Raises ValueError for another dimension.
    """
    unknown = [one for one in by if one not in BY]
    if unknown:
        raise ValueError(f"Cannot count by {', '.join(unknown)}.")
    first, last = local_day(since), local_day(until - timedelta(microseconds=1))
    if (
        first.day == 1
        and (last + timedelta(days=1)).day == 1
        and "day" not in by
        and "week" not in by
    ):
        # Whole months have an index that holds all of this.
        rows = CaseDay.objects.filter(month__gte=f"{first:%Y-%m}", month__lte=f"{last:%Y-%m}")
    else:
        rows = CaseDay.objects.filter(day__gte=first, day__lte=last)
    if services:
        rows = rows.filter(service_id__in=list(services))
    if teams:
        rows = rows.filter(team__in=list(teams))
    names = list(dict.fromkeys(BY[one] for one in by))
    cells: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    sums = {f"sum_{name}": Sum(F(name)) for name in NUMBERS}
    for row in rows.order_by().values(*names).annotate(**sums):
        cell = cells[tuple(_key(one, row[BY[one]]) for one in by)]
        for name in NUMBERS:
            cell[name] += int(row[f"sum_{name}"] or 0)
    return tuple(
        FlowRow(keys=keys, **{name: cells[keys][name] for name in NUMBERS})
        for keys in sorted(cells)
        if any(cells[keys].values())
    )


def _key(name: str, value: Any) -> str:
    if name == "week":
        value = value - timedelta(days=value.weekday())
    return value.isoformat() if isinstance(value, date) else str(value)


def ageing(
    *,
    now: datetime | None = None,
    by: Sequence[str] = ("service",),
    services: Sequence[str] = (),
    teams: Sequence[str] = (),
    cuts: Sequence[datetime] = (),
) -> tuple[AgeRow, ...]:
    """Open cases by how long they have been open (bands of days, `types.AGES`, or between the moments
    `cuts`, latest first), by any of: service, team, channel, assigned_to. One query over the open
    cases, however many have ended.

    `late`: past their promise now. `paused`: their clock stands still. `oldest`: when the oldest was
    opened. Raises ValueError for another dimension.
    """
    now = now or timezone.now()
    unknown = [one for one in by if one not in {"service", "team", "channel", "assigned_to"}]
    if unknown:
        raise ValueError(f"Cannot count by {', '.join(unknown)}.")
    cases = Case.objects.filter(ended_at=None)
    if services:
        cases = cases.filter(service_id__in=list(services))
    if teams:
        cases = cases.filter(team__in=list(teams))
    edges = list(cuts) or [_start_of(local_day(now) - timedelta(days=days)) for days in AGES]
    bands: dict[str, Any] = {}
    for at, (youngest, oldest) in enumerate(zip([None, *edges], [*edges, None])):
        inside = Q()
        if youngest is not None:
            inside &= Q(opened_at__lt=youngest)
        if oldest is not None:
            inside &= Q(opened_at__gte=oldest)
        bands[f"band_{at}"] = Count("pk", filter=inside)
    names = ["assigned_to_id" if one == "assigned_to" else BY[one] for one in by]
    rows = (
        cases.order_by()
        .values(*names)
        .annotate(
            **bands,
            late=Count("pk", filter=Q(paused_since=None, finish_by__lt=now)),
            paused=Count("pk", filter=Q(paused_since__isnull=False)),
            oldest=Min("opened_at"),
        )
    )
    found = [
        AgeRow(
            keys=tuple("" if row[name] is None else str(row[name]) for name in names),
            bands=tuple(int(row[name] or 0) for name in bands),
            late=int(row["late"] or 0),
            paused=int(row["paused"] or 0),
            oldest=row["oldest"],
        )
        for row in rows
        if row["oldest"] is not None
    ]
    return tuple(sorted(found, key=lambda row: row.keys))
