"""Contacts, their cost, and promises kept: sums by the database, one row a cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateTimeField, F, Q, Sum
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils import timezone

from moothall.casework import flow, tallying
from moothall.casework.facts import local_day
from moothall.casework.models import LONG_AGO, Case, Contact, ContactCost, ContactDay
from moothall.casework.plainly import Plainly
from moothall.casework.types import OUTCOMES, ChannelCost, CostRow, CountRow, PromiseRow

PENNY = Decimal("0.01")


def contact_outcomes() -> list[tuple[str, str]]:
    """What can come of a contact: (id, words for staff)."""
    return list(OUTCOMES.items())


def cost_table() -> tuple[ChannelCost, ...]:
    """What one contact costs by channel, in pounds, with range, year and source."""
    return tuple(
        ChannelCost(
            channel=row.channel,
            label=row.label,
            pounds=_pounds(row.pence),
            low=_pounds(row.low_pence),
            high=_pounds(row.high_pence),
            year=row.year,
            source=row.source,
            range_source=row.range_source,
            default=row.is_default,
        )
        for row in ContactCost.objects.all()
    )


def _pounds(pence: Decimal) -> Decimal:
    return (pence / 100).quantize(PENNY)


_CONTACT = ("channel", "service", "outcome", "month", "day")
Cell = tuple[str, ...]


def _contacts(
    since: datetime, until: datetime, by: Sequence[str], service_id: str
) -> dict[Cell, tuple[int, int]]:
    """Contacts and minutes by cell: the sums of days that are over, and what came after them."""
    unknown = [one for one in by if one not in _CONTACT]
    if unknown:
        raise ValueError(f"Cannot count by {', '.join(unknown)}.")
    first, last = local_day(since), local_day(until - timedelta(microseconds=1))
    through = tallying.counted_through() or first - timedelta(days=1)
    live = [{"service": "service_id", "month": "day"}.get(one, one) for one in by]
    names = [{"service": "service_id"}.get(one, one) for one in by]
    where: dict[str, Any] = {"service_id": service_id} if service_id else {}
    days: dict[str, Any] = {"day__gte": first, "day__lte": min(last, through)}
    if first.day == 1 and (last + timedelta(days=1)).day == 1:  # whole months have an index
        days = {"month__gte": f"{first:%Y-%m}", "month__lte": f"{last:%Y-%m}"}
    added_up = ContactDay.objects.filter(**days, **where)
    since_then = Contact.objects.filter(
        day__gte=max(first, through + timedelta(days=1)), day__lte=last, **where
    )
    cells: dict[Cell, tuple[int, int]] = {}
    for row in (
        *added_up.order_by().values(*names).annotate(n=Sum("contacts"), total=Sum("minutes")),
        *since_then.order_by().values(*live).annotate(n=Count("pk"), total=Sum("minutes")),
    ):
        if not row["n"]:
            continue
        key = tuple(_key(one, row) for one in by)
        n, minutes = cells.get(key, (0, 0))
        cells[key] = (n + int(row["n"]), minutes + int(row["total"] or 0))
    return dict(sorted(cells.items()))


def _key(name: str, row: Mapping[str, Any]) -> str:
    if name == "month":
        return str(row["month"]) if "month" in row else f"{row['day']:%Y-%m}"
    if name == "day":
        return f"{row['day']:%Y-%m-%d}"
    return str(row["service_id" if name == "service" else name])


def contacts(
    since: datetime, until: datetime, by: Sequence[str] = ("channel",), *, service_id: str = ""
) -> tuple[CountRow, ...]:
    """Contacts by any of: month, day, channel, service, outcome. Whole days: those that [since, until)
    touches, in Europe/London."""
    return tuple(
        CountRow(keys=keys, contacts=n, minutes=minutes)
        for keys, (n, minutes) in _contacts(since, until, by, service_id).items()
    )


def costs(
    since: datetime, until: datetime, by: Sequence[str] = ("channel",), *, service_id: str = ""
) -> tuple[CostRow, ...]:
    """The cost of the contacts in [since, until), with its range; dimensions as in `contacts`.

    A channel that the cost table leaves out costs nothing here.
    """
    table = {row.channel: row for row in ContactCost.objects.all()}
    wide = tuple(by) if "channel" in by else (*by, "channel")
    at = wide.index("channel")
    cells: dict[Cell, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0), Decimal(0)])
    for keys, (n, _) in _contacts(since, until, wide, service_id).items():
        cell = cells[keys[: len(by)]]
        cell[0] += n
        cost = table.get(keys[at])
        if cost is not None:
            cell[1] += cost.pence * n
            cell[2] += cost.low_pence * n
            cell[3] += cost.high_pence * n
    return tuple(
        CostRow(keys=keys, contacts=n, pounds=_pounds(sum_), low=_pounds(low), high=_pounds(high))
        for keys, (n, sum_, low, high) in cells.items()
    )


_PROMISE = {"service": "service_id", "channel": "channel", "team": "team", "month": "opened_month"}


def promises_kept(
    since: datetime,
    until: datetime,
    by: Sequence[str] = ("service",),
    *,
    service_id: str = "",
    now: datetime | None = None,
) -> tuple[PromiseRow, ...]:
    """Cases that ended in [since, until): finished in time or not; by month, service, channel, team.
    Two queries: of the sums by day (casework.flow), and of the open cases.

    Whole days: those that the period touches, in Europe/London. `running` and `late_now` count cases
    that were opened in the period and are still open; by month they stand in the month in which they
    were opened. A case without a promise is not counted.
    """
    now = now or timezone.now()
    unknown = [one for one in by if one not in _PROMISE]
    if unknown:
        raise ValueError(f"Cannot count by {', '.join(unknown)}.")
    cells: dict[Cell, dict[str, int]] = defaultdict(
        lambda: {"kept": 0, "broken": 0, "running": 0, "late_now": 0}
    )
    for ended in flow.flow(since, until, by, services=[service_id] if service_id else []):
        cells[ended.keys] |= {"kept": ended.kept, "broken": ended.broken}
    opened = Plainly(F("opened_at"), output_field=DateTimeField())
    # By the open cases, however many were opened in the period.
    still = Case.objects.filter(
        GreaterThanOrEqual(opened, since), LessThan(opened, until),
        promised=True, ended_at=None, queue_at__gt=LONG_AGO,
    )  # fmt: skip
    if service_id:
        still = still.filter(service_id=service_id)
    late = Q(paused_since=None, finish_by__lt=now)
    names = [_PROMISE[one] for one in by]
    for row in (
        still.order_by().values(*names).annotate(n=Count("pk"), late_now=Count("pk", filter=late))
    ):
        cell = cells[tuple(str(row[name]) for name in names)]
        cell["running"] += row["n"]
        cell["late_now"] += row["late_now"]
    return tuple(
        PromiseRow(keys=keys, **cells[keys]) for keys in sorted(cells) if any(cells[keys].values())
    )
