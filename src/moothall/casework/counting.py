"""Contacts, their cost, and promises kept: sums by the database, one row a cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDay, TruncMonth
from django.utils import timezone

from moothall.casework.models import Case, Contact, ContactCost
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


def _by(names: Sequence[str], known: Mapping[str, Any], at: str) -> dict[str, Any]:
    unknown = [one for one in names if one not in known and one not in {"month", "day"}]
    if unknown:
        raise ValueError(f"Cannot count by {', '.join(unknown)}.")
    zone = timezone.get_default_timezone()
    made: dict[str, Any] = {}
    for one in names:
        if one == "month":
            made["_month"] = TruncMonth(at, tzinfo=zone)
        elif one == "day":
            made["_day"] = TruncDay(at, tzinfo=zone)
        else:
            made[f"_{one}"] = F(known[one])
    return made


def _keys(row: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    found = []
    for name in names:
        value = row[f"_{name}"]
        if name == "month":
            found.append(value.strftime("%Y-%m") if value else "")
        elif name == "day":
            found.append(value.strftime("%Y-%m-%d") if value else "")
        else:
            found.append(str(value or ""))
    return tuple(found)


_CONTACT = {"channel": "channel", "service": "service_id", "outcome": "outcome"}


def _contacts(
    since: datetime, until: datetime, by: Sequence[str], service_id: str
) -> list[dict[str, Any]]:
    rows: QuerySet[Contact] = Contact.objects.filter(at__gte=since, at__lt=until)
    if service_id:
        rows = rows.filter(service_id=service_id)
    cells = _by(by, _CONTACT, "at")
    return list(
        rows.order_by()
        .annotate(**cells)
        .values(*cells)
        .annotate(n=Count("pk"), total_minutes=Sum("minutes"))
        .order_by(*cells)
    )


def contacts(
    since: datetime, until: datetime, by: Sequence[str] = ("channel",), *, service_id: str = ""
) -> tuple[CountRow, ...]:
    """Contacts in [since, until) by any of: month, day, channel, service, outcome."""
    return tuple(
        CountRow(keys=_keys(row, by), contacts=row["n"], minutes=int(row["total_minutes"] or 0))
        for row in _contacts(since, until, by, service_id)
    )


def costs(
    since: datetime, until: datetime, by: Sequence[str] = ("channel",), *, service_id: str = ""
) -> tuple[CostRow, ...]:
    """The cost of the contacts in [since, until), with its range; dimensions as in `contacts`.

    A channel that the cost table leaves out costs nothing here.
    """
    table = {row.channel: row for row in ContactCost.objects.all()}
    wide = tuple(by) if "channel" in by else (*by, "channel")
    cells: dict[tuple[str, ...], list[Any]] = defaultdict(
        lambda: [0, Decimal(0), Decimal(0), Decimal(0)]
    )
    for row in _contacts(since, until, wide, service_id):
        cell = cells[_keys(row, by)]
        cell[0] += row["n"]
        cost = table.get(row["_channel"])
        if cost is not None:
            cell[1] += cost.pence * row["n"]
            cell[2] += cost.low_pence * row["n"]
            cell[3] += cost.high_pence * row["n"]
    return tuple(
        CostRow(keys=keys, contacts=n, pounds=_pounds(sum_), low=_pounds(low), high=_pounds(high))
        for keys, (n, sum_, low, high) in cells.items()
    )


_PROMISE = {"service": "service_id", "channel": "channel", "team": "team"}


def promises_kept(
    since: datetime,
    until: datetime,
    by: Sequence[str] = ("service",),
    *,
    service_id: str = "",
    now: datetime | None = None,
) -> tuple[PromiseRow, ...]:
    """Cases that ended in [since, until): finished in time or not; by month, service, channel, team.

    `running` and `late_now` count cases that were opened in the period and are still open; by month
    they stand in the month in which they were opened. A case without a promise is not counted.
    """
    now = now or timezone.now()
    promised = Case.objects.filter(service_id=service_id) if service_id else Case.objects.all()
    cells: dict[tuple[str, ...], dict[str, int]] = defaultdict(
        lambda: {"kept": 0, "broken": 0, "running": 0, "late_now": 0}
    )
    ended = promised.filter(ended_at__gte=since, ended_at__lt=until, promised=True)
    dims = _by(by, _PROMISE, "ended_at")
    for row in (
        ended.order_by()
        .annotate(**dims)
        .values(*dims)
        .annotate(
            kept=Count("pk", filter=Q(breached_at=None)),
            broken=Count("pk", filter=Q(breached_at__isnull=False)),
        )
    ):
        cell = cells[_keys(row, by)]
        cell["kept"] += row["kept"]
        cell["broken"] += row["broken"]
    still = promised.filter(ended_at=None, opened_at__gte=since, opened_at__lt=until, promised=True)
    dims = _by(by, _PROMISE, "opened_at")
    late = Q(paused_since=None, finish_by__lt=now)
    for row in (
        still.order_by()
        .annotate(**dims)
        .values(*dims)
        .annotate(running=Count("pk"), late_now=Count("pk", filter=late))
    ):
        cell = cells[_keys(row, by)]
        cell["running"] += row["running"]
        cell["late_now"] += row["late_now"]
    return tuple(PromiseRow(keys=keys, **cells[keys]) for keys in sorted(cells))
