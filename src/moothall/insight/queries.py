"""The figures of insight, put together from casework and measures. Counts only, never a case or a person.

Each function asks a fixed, small number of aggregating queries, however long the period is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from moothall.casework import queries as casework
from moothall.casework.types import ChannelCost, CostRow
from moothall.insight import feedback
from moothall.insight.feedback import Satisfaction
from moothall.insight.models import Response
from moothall.insight.periods import Period
from moothall.journeys import timing
from moothall.language import Service
from moothall.measures.queries import totals
from moothall.packs.queries import offered
from moothall.people.models import Team

CHANNELS: Mapping[str, str] = {
    "online": "Online",
    "phone": "Phone",
    "desk": "Face to face",
    "email": "Email or letter",
    "field": "In the field",
    "api": "Another system",
}
"""Channels in the order in which charts and tables show them."""
ONLINE = "online"
"""Forms are counted where people fill them in by themselves: an adviser's screen has no pages."""
BY_THEMSELVES = frozenset({"online", "api"})
"""Channels that take nobody's time at the council."""
NO_SERVICE = "No service named"


def service_names() -> dict[str, str]:
    """Return the names of the offered services by id."""
    return {one.id: one.name for one in offered()}


def service_name(service_id: str, names: Mapping[str, str]) -> str:
    """Return what a service is called; one no longer offered by its id in words."""
    if not service_id:
        return NO_SERVICE
    return names.get(service_id) or service_id.replace("_", " ").capitalize()


def used_channels(found: Iterable[str]) -> list[str]:
    """Return the channels that occur, in the usual order, unknown ones last."""
    present = set(found)
    return [one for one in CHANNELS if one in present] + sorted(present - set(CHANNELS))


@dataclass(frozen=True)
class Grid:
    """Numbers by row and column, both with labels: what a table and a stacked chart are made of."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """The sum of each column."""
        return tuple(sum(values[n] for _, values in self.rows) for n in range(len(self.columns)))

    @property
    def total(self) -> int:
        """The sum of everything."""
        return sum(self.totals)

    def column(self, key: str) -> tuple[int, ...]:
        """The numbers of one column, down the rows; zeros when it does not occur."""
        at = next((n for n, (one, _) in enumerate(self.columns) if one == key), None)
        return tuple(0 if at is None else values[at] for _, values in self.rows)


def _grid(counted: Mapping[tuple[str, str], int], rows: Sequence[tuple[str, str]]) -> Grid:
    channels = used_channels(channel for _, channel in counted)
    return Grid(
        tuple((one, CHANNELS.get(one, one.capitalize())) for one in channels),
        tuple(
            (label, tuple(counted.get((key, one), 0) for one in channels)) for key, label in rows
        ),
    )


@dataclass(frozen=True)
class Contacts:
    """Contacts of a period: by month and channel, by service and channel, by outcome."""

    by_month: Grid
    by_service: Grid
    outcomes: tuple[tuple[str, int], ...]
    minutes: int
    """Of the people who took the contacts, where recorded."""
    total: int
    online_share: float | None
    shares: tuple[tuple[str, str, tuple[float | None, ...]], ...]
    """Each channel's share of a month's contacts, in percent: id, label, a figure a month."""
    cells: tuple[tuple[str, str, str, int, int], ...]
    """For the download: month, channel, service id, contacts, minutes."""


def contacts(period: Period, service_id: str = "") -> Contacts:
    """Return the contacts of a period, of one service or of all. Two queries."""
    from moothall.casework.types import OUTCOMES

    rows = casework.contacts(
        period.since, period.until, ("month", "channel", "service"), service_id=service_id
    )
    names = service_names()
    by_month: dict[tuple[str, str], int] = defaultdict(int)
    by_service: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        month, channel, service = row.keys
        by_month[month, channel] += row.contacts
        by_service[service, channel] += row.contacts
    month_grid = _grid(by_month, list(zip(period.keys, _full_labels(period))))
    services = sorted(
        {service for service, _ in by_service},
        key=lambda one: -sum(n for (key, _), n in by_service.items() if key == one),
    )
    total = month_grid.total
    online = sum(month_grid.column("online"))
    sums = [sum(values) for _, values in month_grid.rows]
    found = casework.contacts(period.since, period.until, ("outcome",), service_id=service_id)
    return Contacts(
        by_month=month_grid,
        by_service=_grid(by_service, [(one, service_name(one, names)) for one in services]),
        outcomes=tuple(
            (OUTCOMES.get(row.keys[0], row.keys[0]), row.contacts)
            for row in sorted(found, key=lambda row: -row.contacts)
        ),
        minutes=sum(row.minutes for row in rows if row.keys[1] not in BY_THEMSELVES),
        total=total,
        online_share=100 * online / total if total else None,
        shares=tuple(
            (
                key,
                label,
                tuple(
                    100 * value / whole if whole else None
                    for value, whole in zip(month_grid.column(key), sums)
                ),
            )
            for key, label in month_grid.columns
        ),
        cells=tuple((*row.keys, row.contacts, row.minutes) for row in rows),  # type: ignore[misc]  # three keys were asked for
    )


def _full_labels(period: Period) -> list[str]:
    return [f"{month:%b %Y}" for month in period.months]


@dataclass(frozen=True)
class Money:
    """A cost with the range in which the true figure may lie, in pounds."""

    label: str
    contacts: int
    pounds: Decimal
    low: Decimal
    high: Decimal

    @property
    def each(self) -> Decimal | None:
        """What one contact cost on average."""
        return self.pounds / self.contacts if self.contacts else None


@dataclass(frozen=True)
class Costs:
    """The cost of the contacts of a period, by month, channel and service."""

    total: Money
    by_month: tuple[Money, ...]
    by_channel: tuple[Money, ...]
    by_service: tuple[Money, ...]
    table: tuple[tuple[ChannelCost, str], ...]
    """What one contact costs, with its range, year and source, and the channels it stands for."""
    cells: tuple[tuple[str, str, str, int, Decimal, Decimal, Decimal], ...]
    shift: Money | None
    """What a hundred contacts cost less when they come online in place of by phone."""


def _sum(label: str, rows: Iterable[tuple[int, Decimal, Decimal, Decimal]]) -> Money:
    number, pounds, low, high = 0, Decimal(0), Decimal(0), Decimal(0)
    for one in rows:
        number, pounds = number + one[0], pounds + one[1]
        low, high = low + one[2], high + one[3]
    return Money(label, number, pounds, low, high)


def costs(period: Period, service_id: str = "") -> Costs:
    """Return the cost of the contacts of a period. Three queries."""
    names = service_names()
    found = casework.costs(
        period.since, period.until, ("month", "channel", "service"), service_id=service_id
    )
    table = casework.cost_table()
    cells = tuple((*row.keys, row.contacts, row.pounds, row.low, row.high) for row in found)

    def grouped(at: int, keys: Sequence[tuple[str, str]]) -> tuple[Money, ...]:
        groups: dict[str, list[tuple[int, Decimal, Decimal, Decimal]]] = defaultdict(list)
        for row in found:
            groups[row.keys[at]].append((row.contacts, row.pounds, row.low, row.high))
        return tuple(_sum(label, groups.get(key, ())) for key, label in keys)

    services = {row.keys[2] for row in found}
    by_service = grouped(2, [(one, service_name(one, names)) for one in sorted(services)])
    return Costs(
        total=_sum("All", ((r.contacts, r.pounds, r.low, r.high) for r in found)),
        by_month=grouped(0, list(zip(period.keys, _full_labels(period)))),
        by_channel=grouped(
            1, [(one, CHANNELS.get(one, one)) for one in used_channels(r.keys[1] for r in found)]
        ),
        by_service=tuple(sorted(by_service, key=lambda one: -one.pounds)),
        table=_by_label(table),
        cells=cells,  # type: ignore[arg-type]  # three keys were asked for
        shift=_shift(table),
    )


def _by_label(table: Sequence[ChannelCost]) -> tuple[tuple[ChannelCost, str], ...]:
    """One line for each figure of the cost table, with all the channels that it stands for."""
    lines: dict[tuple[object, ...], list[ChannelCost]] = {}
    for one in table:
        lines.setdefault((one.label, one.pounds, one.low, one.high, one.source), []).append(one)
    return tuple(
        (line[0], ", ".join(CHANNELS.get(one.channel, one.channel).lower() for one in line))
        for line in lines.values()
    )


def _shift(table: Sequence[ChannelCost]) -> Money | None:
    known = {one.channel: one for one in table}
    phone, online = known.get("phone"), known.get("online")
    if phone is None or online is None:
        return None
    return Money(
        "From phone to online",
        100,
        100 * (phone.pounds - online.pounds),
        100 * max(phone.low - online.high, Decimal(0)),
        100 * (phone.high - online.low),
    )


@dataclass(frozen=True)
class FailureDemand:
    """Contacts that we could have saved people: by month, service and kind, with their cost."""

    chased: Money
    again: Money
    total: Money
    contacts: int
    """All contacts of the period, of which these are a part."""
    by_service: tuple[tuple[Money, float | None], ...]
    """Worst first, with the share of the service's contacts in percent."""
    by_month: Grid
    """By month; columns `phone` for chase-ups and `late` for those who asked again."""
    cells: tuple[tuple[str, str, str, int], ...]

    @property
    def share(self) -> float | None:
        """The percentage of all contacts."""
        return 100 * self.total.contacts / self.contacts if self.contacts else None


def failure_demand(period: Period, service_id: str = "") -> FailureDemand:
    """Return the failure demand of a period (moothall.casework.demand) with its cost. Two queries."""
    from moothall.casework.demand import ASKED_AGAIN, CHASED, FAILURE

    names = service_names()
    found = casework.costs(
        period.since, period.until, ("month", "service", "outcome"), service_id=service_id
    )
    whole: dict[str, int] = defaultdict(int)
    for row in found:
        whole[row.keys[1]] += row.contacts
    failed = [row for row in found if row.keys[2] in FAILURE]

    def money(label: str, rows: Iterable[CostRow]) -> Money:
        return _sum(label, ((one.contacts, one.pounds, one.low, one.high) for one in rows))

    by_service = [
        (
            money(service_name(one, names), [row for row in failed if row.keys[1] == one]),
            whole[one],
        )
        for one in sorted({row.keys[1] for row in failed})
    ]
    by_month: dict[tuple[str, str], int] = defaultdict(int)
    for row in failed:
        by_month[row.keys[0], row.keys[2]] += row.contacts
    return FailureDemand(
        chased=money("Asked where it was", [row for row in failed if row.keys[2] == CHASED]),
        again=money("Asked again", [row for row in failed if row.keys[2] == ASKED_AGAIN]),
        total=money("All", failed),
        contacts=sum(whole.values()),
        by_service=tuple(
            (its, 100 * its.contacts / number if number else None)
            for its, number in sorted(by_service, key=lambda one: -one[0].pounds)
        ),
        by_month=Grid(
            (("phone", "Asked where it was"), ("late", "Asked again")),
            tuple(
                (label, tuple(by_month.get((key, kind), 0) for kind in (CHASED, ASKED_AGAIN)))
                for key, label in zip(period.keys, _full_labels(period))
            ),
        ),
        cells=tuple((*row.keys, row.contacts) for row in failed),  # type: ignore[misc]  # three keys were asked for
    )


@dataclass(frozen=True)
class Opinions:
    """What people said: by service, by month, and in their own words."""

    total: Satisfaction
    after: tuple[tuple[str, Satisfaction], ...]
    by_service: tuple[tuple[str, Satisfaction], ...]
    by_month: tuple[tuple[str, float | None, int], ...]


def opinions(period: Period, service_id: str = "") -> Opinions:
    """Return the answers to the satisfaction question in a period. Two queries."""
    names = service_names()
    total = Satisfaction.nothing()
    after = []
    by_service: dict[str, Satisfaction] = defaultdict(Satisfaction.nothing)
    by_month: dict[str, Satisfaction] = defaultdict(Satisfaction.nothing)
    for kind in Response.After:
        of_kind = Satisfaction.nothing()
        for (month, service), rated in feedback.satisfaction(
            period.first, period.last_day, after=kind.value
        ).items():
            if service_id and service != service_id:
                continue
            for sums in (total, of_kind, by_service[service], by_month[month]):
                sums.add(rated)
        after.append((kind.label, of_kind))
    return Opinions(
        total=total,
        after=tuple(after),
        by_service=tuple(
            sorted(
                ((service_name(one, names), rated) for one, rated in by_service.items()),
                key=lambda row: (row[1].share or 0, row[0]),
            )
        ),
        by_month=tuple(
            (label, by_month[key].share, by_month[key].total)
            for key, label in zip(period.keys, _full_labels(period))
        ),
    )


@dataclass(frozen=True)
class Kept:
    """Promises of one row: kept, broken, and cases still running that are late now."""

    label: str
    kept: int
    broken: int
    late_now: int

    @property
    def share(self) -> float | None:
        """The percentage kept of those that are decided; None when none is."""
        decided = self.kept + self.broken
        return 100 * self.kept / decided if decided else None


@dataclass(frozen=True)
class Promises:
    """Promises of a period, by service, team and month."""

    total: Kept
    by_service: tuple[Kept, ...]
    by_team: tuple[Kept, ...]
    by_month: tuple[Kept, ...]
    cells: tuple[tuple[str, str, str, int, int, int], ...]


def promises(period: Period, now: datetime) -> Promises:
    """Return the promises of a period. Two queries."""
    names = service_names()
    teams = dict(Team.objects.values_list("slug", "name"))
    found = casework.promises_kept(
        period.since, period.until, ("month", "service", "team"), now=now
    )

    def grouped(at: int, keys: Sequence[tuple[str, str]]) -> tuple[Kept, ...]:
        groups: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in found:
            group = groups[row.keys[at]]
            group[0] += row.kept
            group[1] += row.broken
            group[2] += row.late_now
        return tuple(Kept(label, *groups[key]) for key, label in keys)

    def seen(at: int) -> list[str]:
        return sorted({row.keys[at] for row in found})

    return Promises(
        total=Kept(
            "All",
            sum(row.kept for row in found),
            sum(row.broken for row in found),
            sum(row.late_now for row in found),
        ),
        by_service=_worst_first(grouped(1, [(s, service_name(s, names)) for s in seen(1)])),
        by_team=_worst_first(grouped(2, [(t, teams.get(t, t or "No team")) for t in seen(2)])),
        by_month=grouped(0, list(zip(period.keys, _full_labels(period)))),
        cells=tuple((*row.keys, row.kept, row.broken, row.late_now) for row in found),  # type: ignore[misc]  # three keys were asked for
    )


def _worst_first(rows: Iterable[Kept]) -> tuple[Kept, ...]:
    return tuple(sorted(rows, key=lambda row: (row.share is None, row.share or 0, row.label)))


FEWEST = 5
"""Times of fewer people than these are not told: they would be somebody's."""


@dataclass(frozen=True)
class StepFigures:
    """What happened at one page of a form. A page may be shown to one person more than once."""

    label: str
    kind: str
    shown: int
    answered: int
    errors: int
    stopped: int
    times: tuple[tuple[int, int], ...] = ()
    """How many answers took less than so many seconds (and at least the span before)."""

    @property
    def timed(self) -> int:
        """Answers whose time is known."""
        return sum(number for _end, number in self.times)

    def quicker_than(self, share: float) -> tuple[int, int] | None:
        """The span in seconds in which this share of answers was in; None for too few to say."""
        if self.timed < FEWEST:
            return None
        seen, since = 0, 0
        for end, number in self.times:
            seen += number
            if seen >= share * self.timed:
                return since, end
            since = end
        return None

    @property
    def usual(self) -> tuple[int, int] | None:
        """The span of the median."""
        return self.quicker_than(0.5)

    @property
    def slow(self) -> tuple[int, int] | None:
        """The span that nine of ten do not exceed."""
        return self.quicker_than(0.9)

    @property
    def left(self) -> int:
        """Times that it was shown and neither answered nor ended the form there."""
        return max(self.shown - self.answered - self.stopped, 0)

    @property
    def left_share(self) -> float | None:
        """The same in percent of the times shown."""
        return 100 * self.left / self.shown if self.shown else None


@dataclass(frozen=True)
class Completion:
    """How one service's form goes: started, ended at a stop page, saved for later, sent in."""

    service_id: str
    name: str
    slug: str
    started: int
    completed: int
    stopped: int
    saved: int

    @property
    def share(self) -> float | None:
        """The percentage sent in of those started."""
        return min(100 * self.completed / self.started, 100.0) if self.started else None


def _asked(name: str, period: Period) -> dict[str, int]:
    found = totals(name, period.first, period.last_day, ("service",), channel=ONLINE)
    return {key[0]: number for key, number in found.items()}


def completion(period: Period) -> list[Completion]:
    """Return how each offered service's form goes online. Four queries."""
    started = _asked("journey.started", period)
    completed = _asked("journey.completed", period)
    stopped = _asked("journey.stopped", period)
    saved = _asked("journey.saved", period)
    return [
        Completion(
            one.id,
            one.name,
            one.slug,
            started.get(one.id, 0),
            completed.get(one.id, 0),
            stopped.get(one.id, 0),
            saved.get(one.id, 0),
        )
        for one in offered()
    ]


def drop_off(service: Service, period: Period, sent_in: int) -> tuple[StepFigures, ...]:
    """Return what happened at each page of a service's form online, in the form's order. Two queries.

    `sent_in` is how many were sent in, which is what answers the last page, check answers.
    """
    found = totals(
        "journey.step",
        period.first,
        period.last_day,
        ("step", "outcome"),
        service=service.id,
        channel=ONLINE,
    )

    taken: dict[str, dict[int, int]] = {}
    for (step, below), number in totals(
        timing.COUNT, period.first, period.last_day, ("step", "below"), service=service.id
    ).items():
        if below.isdecimal():
            taken.setdefault(step, {})[int(below)] = number

    def figures(label: str, kind: str, step: str, passed: int | None = None) -> StepFigures:
        shown = found.get((step, "shown"), 0)
        stopped = found.get((step, "stopped"), 0)
        return StepFigures(
            label=label,
            kind=kind,
            shown=max(shown, stopped) if kind == "stop" else shown,
            answered=found.get((step, "answered"), 0) if passed is None else passed,
            errors=found.get((step, "error"), 0),
            stopped=stopped,
            times=tuple((end, taken.get(step, {}).get(end, 0)) for end in timing.SPANS),
        )

    pages = [
        figures(_step_label(service, page.id), page.kind, page.id)
        for page in service.pages
        if page.kind != "look_up"
    ]
    return (*pages, figures("Check your answers", "ask", "check_answers", sent_in))


def _step_label(service: Service, page_id: str) -> str:
    page = service.page(page_id)
    if page is None:
        return page_id
    if page.title:
        return page.title
    question = service.questions.get(page.questions[0]) if page.questions else None
    return question.label if question else page_id.replace("_", " ").capitalize()
