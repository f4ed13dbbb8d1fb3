"""The four measures of a service, as the public sees them, and failure demand beside them. Counts only.

Cost per transaction, user satisfaction, completion rate and digital take-up are those of the Service
Manual (gov.uk/service-manual/measuring-success). Only whole months are published. A figure we do not
have is None ("not known"), and so is a share of fewer than FEWEST: it would say more about persons than
about the service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from moothall.casework import queries as casework
from moothall.casework.demand import FAILURE, OPENED
from moothall.casework.types import ChannelCost
from moothall.insight import feedback
from moothall.insight.feedback import Satisfaction
from moothall.insight.periods import Period
from moothall.language import Service
from moothall.measures.queries import totals
from moothall.packs.queries import offered

MONTHS: Final = 13
"""So that a month stands beside the same month a year before."""
FEWEST: Final = 10
"""The fewest on which a share or an average is published."""
SMALL: Final = 5
"""A count below this is published as "fewer than 5"."""
DIGITAL: Final = frozenset({"online", "api"})

Why = Literal["", "not known", "too few"]


@dataclass(frozen=True)
class Figure:
    """One published figure, or why there is none. `low` and `high` where it has a range."""

    value: float | None
    why: Why = ""
    low: float | None = None
    high: float | None = None
    of: int = 0
    """How many transactions, answers or forms it is made from."""

    @property
    def known(self) -> bool:
        """Whether there is a figure."""
        return self.value is not None


UNKNOWN: Final = Figure(None, "not known")


@dataclass
class Counts:
    """What a service's measures are worked out from, for a month or a longer time. They add up."""

    opened: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Transactions sent in, by channel."""
    contacts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """All contacts, by channel."""
    failure: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Contacts that were failure demand, by channel."""
    started: int = 0
    completed: int = 0
    turned_away: int = 0
    """Online forms begun, sent in, and ended at a page that says the service is not for the person."""
    rated: Satisfaction = field(default_factory=Satisfaction.nothing)

    def add(self, other: Counts) -> None:
        """Add another month or service to this one."""
        for mine, more in (
            (self.opened, other.opened),
            (self.contacts, other.contacts),
            (self.failure, other.failure),
        ):
            for key, number in more.items():
                mine[key] += number
        self.rated.add(other.rated)
        self.started += other.started
        self.completed += other.completed
        self.turned_away += other.turned_away

    @property
    def transactions(self) -> int:
        """Transactions sent in, by any channel."""
        return sum(self.opened.values())

    @property
    def digital(self) -> int:
        """Transactions sent in without anybody of the council."""
        return sum(n for channel, n in self.opened.items() if channel in DIGITAL)


@dataclass(frozen=True)
class Measures:
    """The four measures with what they are made from."""

    transactions: int
    cost: Figure
    satisfaction: Figure
    completion: Figure
    take_up: Figure
    contacts: int
    failure: Figure
    """Failure demand: its share of contacts in percent."""
    failure_cost: Figure
    """What failure demand cost, in pounds."""

    @property
    def shown_transactions(self) -> int | None:
        """The count as it is published: None for fewer than SMALL, but 0 is 0."""
        return self.transactions if self.transactions == 0 or self.transactions >= SMALL else None


def _share(part: int, whole: int) -> Figure:
    if whole == 0:
        return UNKNOWN
    if whole < FEWEST:
        return Figure(None, "too few", of=whole)
    return Figure(min(100 * part / whole, 100.0), of=whole)


def _cost(
    contacts: Mapping[str, int], table: Mapping[str, ChannelCost]
) -> tuple[Decimal, ...] | None:
    """What these contacts cost: figure, low, high; None when a channel's cost is not known."""
    total, low, high = Decimal(0), Decimal(0), Decimal(0)
    for channel, number in contacts.items():
        if not number:
            continue
        known = table.get(channel)
        if known is None:
            return None
        total, low, high = (
            total + known.pounds * number, low + known.low * number, high + known.high * number,
        )  # fmt: skip
    return total, low, high


def measures(counts: Counts, table: Mapping[str, ChannelCost]) -> Measures:
    """Work the measures out from counts and the cost table (channel to cost). Pure."""
    sent = counts.transactions
    whole = _cost(counts.contacts, table)
    if whole is None or sent == 0:
        cost = UNKNOWN
    elif sent < FEWEST:
        cost = Figure(None, "too few", of=sent)
    else:
        each, low, high = (float(amount / sent) for amount in whole)
        cost = Figure(each, low=low, high=high, of=sent)
    all_contacts = sum(counts.contacts.values())
    failed = sum(counts.failure.values())
    lost = _cost(counts.failure, table)
    return Measures(
        transactions=sent,
        cost=cost,
        satisfaction=_share(counts.rated.satisfied, counts.rated.total),
        completion=_share(counts.completed, counts.started - counts.turned_away),
        take_up=_share(counts.digital, sent),
        contacts=all_contacts,
        failure=_share(failed, all_contacts),
        failure_cost=(
            UNKNOWN
            if lost is None or all_contacts < FEWEST
            else Figure(float(lost[0]), low=float(lost[1]), high=float(lost[2]), of=failed)
        ),
    )


@dataclass(frozen=True)
class Performance:
    """Thirteen months of every public service."""

    period: Period
    services: tuple[Service, ...]
    """Busiest first."""
    table: Mapping[str, ChannelCost]
    cells: Mapping[tuple[str, str], Counts]
    """By month and service id."""

    @property
    def year(self) -> tuple[str, ...]:
        """The twelve latest months, over which a service is summed up."""
        return self.period.keys[-12:]

    def of(self, service_id: str = "", months: Iterable[str] = ()) -> Measures:
        """The measures of a service ("" for all) over some months (all by default)."""
        total = Counts()
        ids = [service_id] if service_id else [one.id for one in self.services]
        for month in months or self.period.keys:
            for one in ids:
                if (month, one) in self.cells:
                    total.add(self.cells[month, one])
        return measures(total, self.table)


def published(today: date) -> Period:
    """The months that are published on a day: the thirteen that are over."""
    this = today.replace(day=1)
    last = date.fromordinal(this.toordinal() - 1).replace(day=1)
    total = last.year * 12 + last.month - 1 - (MONTHS - 1)
    return Period(date(total // 12, total % 12 + 1, 1), last)


def performance(today: date) -> Performance:
    """Count the published months, all services at once. A fixed number of queries, all over sums."""
    period = published(today)
    cells: dict[tuple[str, str], Counts] = defaultdict(Counts)
    for row in casework.contacts(
        period.since, period.until, ("month", "service", "channel", "outcome")
    ):
        month, service_id, channel, outcome = row.keys
        cell = cells[month, service_id]
        cell.contacts[channel] += row.contacts
        if outcome in OPENED:
            cell.opened[channel] += row.contacts
        if outcome in FAILURE:
            cell.failure[channel] += row.contacts
    for name, attribute in (
        ("journey.started", "started"),
        ("journey.completed", "completed"),
        ("journey.stopped", "turned_away"),
    ):
        for (month, service_id), number in totals(
            name, period.first, period.last_day, ("month", "service"), channel="online"
        ).items():
            setattr(cells[month, service_id], attribute, number)
    for key, rated in feedback.satisfaction(period.first, period.last_day).items():
        cells[key].rated = rated
    public = [one for one in offered() if one.audience == "public"]
    busy: dict[str, int] = defaultdict(int)
    for (_month, service_id), cell in cells.items():
        busy[service_id] += cell.transactions
    public.sort(key=lambda one: (-busy[one.id], one.name))
    return Performance(
        period, tuple(public), {row.channel: row for row in casework.cost_table()}, dict(cells)
    )
