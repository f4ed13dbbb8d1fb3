"""What the queue's page shows: the cases, the counts, the filters that can be set, the views by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl

from moothall.casework import queries as casework
from moothall.casework.teamwork import managed_teams
from moothall.casework.types import QueueFilters
from moothall.desk import wordlists
from moothall.desk.filters import COLUMNS, DONE, DUE, HAS, ORDERS, PAID, QueueLink
from moothall.desk.models import KeptWords, SavedView, TeamView, Wish
from moothall.desk.queries import Line, colleagues, lines, owning_teams, services_of, teams, wards
from moothall.desk.words import Urgency
from moothall.language import Service
from moothall.people.actor import Actor

GROUPS: dict[Urgency, str] = {
    "late": "Late",
    "today": "Due today",
    "soon": "Due soon",
    "later": "Later",
    "none": "No promised date",
    "paused": "Clock stopped",
    "done": "Finished",
}
COUNTED = 1000
"""Counts stop here: `1,000+`."""


@dataclass(frozen=True)
class Chip:
    """A filter that is set: what it says, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Choice:
    """A filter of the form: its name, label, options (in groups where they are many) and the one chosen."""

    name: str
    label: str
    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    chosen: str

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """All options, without their groups."""
        return tuple(option for _, options in self.groups for option in options)


@dataclass(frozen=True)
class Tile:
    """One of the counts at the top: a number and the address of its cases."""

    key: str
    label: str
    number: int
    url: str
    current: bool

    @property
    def words(self) -> str:
        """The number as it is shown."""
        return "1,000+" if self.number >= COUNTED else f"{self.number:,}"


@dataclass(frozen=True)
class NamedView:
    """A view by its name, with how many cases it holds (None: not counted) and its key."""

    key: str
    name: str
    url: str
    team: str
    """The team's slug, for a view that a manager shared."""
    number: int | None
    current: bool
    opens: bool
    """Whether this person's desk opens with it."""

    @property
    def words(self) -> str:
        """The number as it is shown beside the name."""
        return "99+" if (self.number or 0) > 99 else str(self.number)


@dataclass(frozen=True)
class QueueView:
    """Everything that the queue's page shows."""

    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    tiles: tuple[Tile, ...]
    choices: tuple[Choice, ...]
    chips: tuple[Chip, ...]
    colleagues: tuple[tuple[int, str], ...]
    mine: tuple[NamedView, ...]
    shared: tuple[NamedView, ...]
    next_url: str
    total: int
    """Cases on all pages, counted up to a thousand."""
    heading: str
    words: str
    """What the queue is narrowed to, where it is to words."""


def filters_of(link: QueueLink) -> tuple[QueueFilters, str]:
    """Return the filters of an address without its words, and the words that its token stands for."""
    token = link.values.get("words", "")
    words = ""
    if token:
        words = KeptWords.objects.filter(token=token).values_list("words", flat=True).first() or ""
    return link.filters, words


def narrowed(actor: Actor, link: QueueLink) -> tuple[QueueFilters, str]:
    """Return what casework is asked for, words included, and the words."""
    filters, words = filters_of(link)
    if "words" in link.values:
        filters = replace(filters, among=casework.ids_with(actor, words) if words else ())
    return filters, words


def _grouped(found: Sequence[Line]) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Neighbours of one urgency under one heading; the order of the rows is kept."""
    groups: list[tuple[str, list[Line]]] = []
    for line in found:
        title = GROUPS[line.promise.urgency]
        if not groups or groups[-1][0] != title:
            groups.append((title, []))
        groups[-1][1].append(line)
    return tuple((title, tuple(group)) for title, group in groups)


def _one(
    name: str, label: str, options: Sequence[tuple[str, str]], chosen: str, anything: str = "Any"
) -> Choice:
    first = ((("", anything),)) if anything else ()
    return Choice(name, label, (("", (*first, *options)),), chosen)


def _services(services: Sequence[Service], chosen: str) -> Choice:
    """Services under the team that owns them: nineteen in one list are too many to look through."""
    owners = owning_teams()
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in services:
        groups.setdefault(owners.get(one.owner, "Others"), []).append((one.id, one.name))
    if len(groups) < 2:
        return _one("service", "Service", [(one.id, one.name) for one in services], chosen)
    found = tuple((team, tuple(options)) for team, options in sorted(groups.items()))
    return Choice("service", "Service", (("", (("", "Any"),)), *found), chosen)


def _teams(actor: Actor, names: Mapping[str, str], chosen: str) -> Choice:
    """My teams first, then the others."""
    own = tuple((slug, name) for slug, name in names.items() if slug in actor.teams)
    others = tuple((slug, name) for slug, name in names.items() if slug not in actor.teams)
    first = (("", "Any"), ("mine", "What my teams work on"))
    return Choice("team", "Team", (("", first), ("My teams", own), ("Other teams", others)), chosen)


def _states(services: Sequence[Service], chosen_service: str, chosen: str) -> Choice:
    states: dict[str, str] = {}
    for service in services:
        if chosen_service in {"", service.id}:
            for state in service.states.values():
                states.setdefault(state.id, state.label)
    by_label = sorted(states.items(), key=lambda pair: pair[1].lower())
    return _one("state", "State", by_label, chosen)


def _choices(
    actor: Actor,
    link: QueueLink,
    team_names: Mapping[str, str],
    ward_names: Mapping[str, str],
    people: Sequence[tuple[int, str]],
) -> tuple[Choice, ...]:
    given = link.values
    services = services_of(actor)
    people_first = [("me", "Me"), ("nobody", "Nobody yet")]
    return (
        _one("due", "Promise", [*DUE.items()], given.get("due", "")),
        _services(services, given.get("service", "")),
        _states(services, given.get("service", ""), given.get("state", "")),
        _teams(actor, team_names, given.get("team", "")),
        _one(
            "who",
            "Assigned to",
            [*people_first, *((str(number), name) for number, name in people)],
            given.get("who", ""),
        ),
        _one("ward", "Ward", [*ward_names.items()], given.get("ward", "")),
        _one("channel", "Came by", [*wordlists.CHANNELS.items()], given.get("channel", "")),
        _one("paid", "Money", [*PAID.items()], given.get("paid", "")),
        _one("has", "Has", [*HAS.items()], given.get("has", "")),
        _one("done", "Show", [*DONE.items()], given.get("done", ""), anything=""),
        _one("order", "Order", [*ORDERS.items()], link.order, anything=""),
    )


_RANGES = (
    ("since", "Opened from"),
    ("until", "Opened to"),
    ("ended_since", "Finished from"),
    ("ended_until", "Finished to"),
    ("broken_since", "Promise broken from"),
    ("broken_until", "Promise broken to"),
)


def _chips(link: QueueLink, choices: Sequence[Choice], words: str) -> tuple[Chip, ...]:
    given, chips = link.values, []
    for choice in choices:
        if choice.name == "order" or choice.name not in given:
            continue
        said = dict(choice.options).get(choice.chosen, choice.chosen)
        chips.append(Chip(f"{choice.label}: {said}", link.url(**{choice.name: ""})))
    for name, label in _RANGES:
        if name in given:
            chips.append(Chip(f"{label} {given[name]}", link.url(**{name: ""})))
    if "days" in given:
        chips.append(Chip(f"Due within {given['days']} working days", link.url(days="")))
    if "age" in given:
        chips.append(Chip(f"Older than {given['age']} working days", link.url(age="")))
    if "words" in given:
        chips.append(Chip(f"Words: {words or 'forgotten'}", link.url(words="")))
    if "urgent" in given:
        chips.append(Chip("Urgent only", link.url(urgent="")))
    return tuple(chips)


def _tiles(link: QueueLink, counts: Mapping[str, int]) -> tuple[Tile, ...]:
    given = link.values

    def tile(key: str, label: str, current: bool, **changes: str) -> Tile:
        return Tile(key, label, counts.get(key, 0), link.url(done="", **changes), current)

    return (
        tile(
            "all",
            "All open",
            not {"due", "who", "done", "days"} & set(given),
            due="",
            who="",
            days="",
        ),
        *(
            tile(due, label, given.get("due") == due, due=due, days="")
            for due, label in DUE.items()
            if due != "later"
        ),
        tile("nobody", "With nobody", given.get("who") == "nobody", who="nobody"),
        tile("mine", "My cases", given.get("who") == "me", who="me"),
    )


def views_for(
    actor: Actor, *, now: datetime, current: str = "-", count: bool = True
) -> tuple[tuple[NamedView, ...], tuple[NamedView, ...]]:
    """Return this person's views and those of their teams, with their numbers. Five queries at most."""
    mine = list(SavedView.objects.filter(user_id=actor.user_id or 0))
    shared = list(TeamView.objects.filter(team__in=actor.teams))
    opens = opens_with(actor) if mine or shared else ""
    found: list[SavedView | TeamView] = [*mine, *shared]
    links = [QueueLink.read(dict(parse_qsl(one.query))) for one in found]
    numbers: dict[int, int] = {}
    if count and found:
        plain = [(n, link.filters) for n, link in enumerate(links) if "words" not in link.values]
        counted = casework.counts_of(actor, [filters for _, filters in plain], now=now)
        numbers = {n: number for (n, _), number in zip(plain, counted, strict=True)}
    made = []
    for number, (one, link) in enumerate(zip(found, links, strict=True)):
        is_mine = isinstance(one, SavedView)
        key = f"{'mine' if is_mine else 'team'}-{one.pk}"
        made.append(
            NamedView(
                key,
                one.name,
                f"/desk/?{one.query}" if one.query else "/desk/?all=yes",
                "" if isinstance(one, SavedView) else one.team,
                numbers.get(number),
                link.query() == current,
                key == opens,
            )
        )
    return tuple(made[: len(mine)]), tuple(made[len(mine) :])


def opens_with(actor: Actor) -> str:
    """The key of the view that this person's desk opens with, or nothing. One query."""
    found = Wish.objects.filter(user_id=actor.user_id or 0).values_list("opens_with", flat=True)
    return found.first() or ""


def home_of(actor: Actor) -> str:
    """The query string that this person's desk opens with, or nothing. Two queries at most."""
    kind, _, number = opens_with(actor).partition("-")
    if not number.isdigit():
        return ""
    if kind == "mine":
        own = SavedView.objects.filter(user_id=actor.user_id or 0, pk=int(number))
        return own.values_list("query", flat=True).first() or ""
    theirs = TeamView.objects.filter(team__in=actor.teams, pk=int(number))
    return theirs.values_list("query", flat=True).first() or ""


def queue_view(actor: Actor, link: QueueLink, *, now: datetime) -> QueueView:
    """Return the queue of this person under the filters of `link`: a page of cases."""
    filters, words = narrowed(actor, link)
    page = casework.queue(actor, filters, now=now)
    counts = casework.queue_counts(actor, replace(filters, ended=False), now=now)
    ward_names, team_names, people = wards(), teams(), colleagues(actor)
    choices = _choices(actor, link, team_names, ward_names, people)
    found = lines(page.rows, now=now, ward_names=ward_names, team_names=team_names)
    mine, shared = views_for(actor, now=now, current=link.query())
    by_promise = link.order == "promise"
    named = next((one.name for one in (*mine, *shared) if one.current), "")
    return QueueView(
        groups=_grouped(found) if by_promise else ((("", found),) if found else ()),
        tiles=_tiles(link, counts),
        choices=choices,
        chips=_chips(link, choices, words),
        colleagues=tuple(people),
        mine=mine,
        shared=shared,
        next_url=link.url(after=page.next) if page.next else "",
        total=page.total,
        heading=named,
        words=words,
    )


def column_names(link: QueueLink) -> list[tuple[str, str]]:
    """The columns that are shown, with their headings."""
    return [(one, COLUMNS[one]) for one in link.columns]


def managed(actor: Actor, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The teams with which this person may share views: slug and name."""
    mine = managed_teams(actor)
    return [(slug, name) for slug, name in names.items() if slug in mine]
