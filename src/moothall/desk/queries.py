"""What the desk's own pages are put together from: names for codes, colleagues, saved views. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from moothall.casework import queries as casework
from moothall.casework.types import CaseView, ContactDetails, QueueRow
from moothall.desk.filters import DUE, QueueLink
from moothall.desk.locator import Outline, draw, outline
from moothall.desk.models import SavedView
from moothall.desk.words import Promise, Urgency, moment, promise, why_late
from moothall.journeys.models import Draft
from moothall.language import Calendar, Facts, Service, contact_details, row_scope
from moothall.packs.queries import offered
from moothall.people.actor import Actor
from moothall.people.models import Membership, Team
from moothall.places.models import Ward
from moothall.places.queries import calendar

GROUPS: dict[Urgency, str] = {
    "late": "Late",
    "today": "Due today",
    "soon": "Due soon",
    "later": "Later",
    "none": "No promised date",
    "paused": "Clock stopped",
    "done": "Finished",
}
NEAR = 0.002
"""How far beyond a ward's box, in degrees, its neighbours are still drawn."""


@dataclass(frozen=True)
class Line:
    """One row of a list of cases, with its codes turned into names."""

    row: QueueRow
    promise: Promise
    why: str
    """Where a late case is stuck; for one that is not late, that the person waits for an answer."""
    ward: str
    team: str


@dataclass(frozen=True)
class Chip:
    """A filter that is set: what it says, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Choice:
    """A filter of the form: its name, label, options and the one chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True)
class Tile:
    """One of the counts at the top: a number and the address of its cases."""

    key: str
    label: str
    number: int
    url: str
    current: bool


@dataclass(frozen=True)
class QueueView:
    """Everything that the queue's page shows."""

    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    tiles: tuple[Tile, ...]
    choices: tuple[Choice, ...]
    chips: tuple[Chip, ...]
    colleagues: tuple[tuple[int, str], ...]
    saved: tuple[SavedView, ...]
    next_url: str
    total: int
    """Cases on all pages, counted up to a thousand."""


def services_of(actor: Actor) -> list[Service]:
    """Return the offered services whose cases this person may see at all."""
    return [one for one in offered() if row_scope(one, actor.roles)]


def wards() -> dict[str, str]:
    """Return the names of the wards in force by code, in order of name."""
    return dict(Ward.objects.filter(valid_to=None).order_by("name").values_list("code", "name"))


def teams() -> dict[str, str]:
    """Return the names of the teams by slug, in order of name."""
    return dict(Team.objects.order_by("name").values_list("slug", "name"))


def colleagues(actor: Actor) -> list[tuple[int, str]]:
    """Return the people of this person's teams, by name, for one who assigns work: (user id, name)."""
    if not actor.plays("officer", "manager"):
        return []
    found = (
        Membership.objects.filter(team__slug__in=actor.teams, user__is_active=True)
        .order_by("user__name")
        .values_list("user_id", "user__name")
        .distinct()
    )
    return [(user_id, name) for user_id, name in found]


def lines(
    rows: Iterable[QueueRow],
    *,
    now: datetime,
    ward_names: dict[str, str],
    team_names: dict[str, str],
    days: Calendar | None = None,
) -> tuple[Line, ...]:
    """Return rows of a list with names in place of codes and where each stands against its promise."""
    days = days or calendar("council")
    return tuple(
        Line(
            row,
            promise(
                now=now,
                calendar=days,
                finish_by=row.finish_by,
                ended_at=row.ended_at,
                paused_since=row.paused_since,
                state=row.state_label,
            ),
            _why(row, now),
            ward_names.get(row.ward, row.ward),
            team_names.get(row.team, row.team),
        )
        for row in rows
    )


def _why(row: QueueRow, now: datetime) -> str:
    if row.late:
        return why_late(row, now)
    if row.awaiting_staff_since and not row.ended_at:
        return f"They wrote {moment(row.awaiting_staff_since, now)} and wait for us."
    return ""


def _grouped(found: Sequence[Line]) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Neighbours of one urgency under one heading; the order of the rows is kept."""
    groups: list[tuple[str, list[Line]]] = []
    for line in found:
        title = GROUPS[line.promise.urgency]
        if not groups or groups[-1][0] != title:
            groups.append((title, []))
        groups[-1][1].append(line)
    return tuple((title, tuple(group)) for title, group in groups)


def _choices(
    link: QueueLink,
    services: Sequence[Service],
    team_names: dict[str, str],
    ward_names: dict[str, str],
    people: Sequence[tuple[int, str]],
) -> tuple[Choice, ...]:
    given = link.values
    chosen = given.get("service", "")
    states: dict[str, str] = {}
    for service in services:
        if chosen in {"", service.id}:
            for state in service.states.values():
                states.setdefault(state.id, state.label)
    by_label = sorted(states.items(), key=lambda pair: pair[1].lower())
    everyone = ("", "Any")
    return (
        Choice("due", "Promise", (everyone, *DUE.items()), given.get("due", "")),
        Choice("service", "Service", (everyone, *((s.id, s.name) for s in services)), chosen),
        Choice("state", "State", (everyone, *by_label), given.get("state", "")),
        Choice("team", "Team", (everyone, *team_names.items()), given.get("team", "")),
        Choice(
            "who",
            "Assigned to",
            (
                everyone,
                ("me", "Me"),
                ("nobody", "Nobody yet"),
                *((str(number), name) for number, name in people),
            ),
            given.get("who", ""),
        ),
        Choice("ward", "Ward", (everyone, *ward_names.items()), given.get("ward", "")),
    )


def _chips(link: QueueLink, choices: Sequence[Choice]) -> tuple[Chip, ...]:
    chips = []
    for choice in choices:
        if choice.chosen:
            words = dict(choice.options).get(choice.chosen, choice.chosen)
            chips.append(Chip(f"{choice.label}: {words}", link.url(**{choice.name: ""})))
    for name, label in (("since", "Opened from"), ("until", "Opened to")):
        if name in link.values:
            chips.append(Chip(f"{label} {link.values[name]}", link.url(**{name: ""})))
    if "urgent" in link.values:
        chips.append(Chip("Urgent only", link.url(urgent="")))
    if "done" in link.values:
        chips.append(Chip("Finished cases", link.url(done="")))
    return tuple(chips)


def _tiles(link: QueueLink, counts: dict[str, int]) -> tuple[Tile, ...]:
    given = link.values
    tiles = [
        Tile(due, label, counts.get(due, 0), link.url(due=due, done=""), given.get("due") == due)
        for due, label in DUE.items()
        if due != "later"
    ]
    tiles.append(
        Tile(
            "nobody",
            "With nobody",
            counts.get("nobody", 0),
            link.url(who="nobody", done=""),
            given.get("who") == "nobody",
        )
    )
    tiles.append(
        Tile(
            "mine",
            "My cases",
            counts.get("mine", 0),
            link.url(who="me", done=""),
            given.get("who") == "me",
        )
    )
    return (
        Tile(
            "all",
            "All open",
            counts.get("all", 0),
            link.url(due="", who="", done=""),
            not {"due", "who", "done"} & set(given),
        ),
        *tiles,
    )


def queue_view(actor: Actor, link: QueueLink, *, now: datetime) -> QueueView:
    """Return the queue of this person under the filters of `link`: a page of cases by promise date."""
    page = casework.queue(actor, link.filters, now=now)
    counts = casework.queue_counts(actor, replace(link.filters, ended=False), now=now)
    ward_names, team_names, people = wards(), teams(), colleagues(actor)
    choices = _choices(link, services_of(actor), team_names, ward_names, people)
    found = lines(page.rows, now=now, ward_names=ward_names, team_names=team_names)
    return QueueView(
        groups=_grouped(found),
        tiles=_tiles(link, counts),
        choices=choices,
        chips=_chips(link, choices),
        colleagues=tuple(people),
        saved=tuple(SavedView.objects.filter(user_id=actor.user_id or 0)),
        next_url=link.url(after=page.next) if page.next else "",
        total=page.total,
    )


def where(case: CaseView) -> tuple[Markup, str, str]:
    """Return where a case is: the picture (may be empty), the address in words, and the ward's name."""
    place = case.place or {}
    ward = str(place.get("ward") or case.ward or "")
    lon, lat = place.get("lon"), place.get("lat")
    point = (float(lon), float(lat)) if lon is not None and lat is not None else None
    parts = [str(place.get("line") or place.get("words") or ""), str(place.get("postcode") or "")]
    address = ", ".join(part for part in parts if part)
    name, near = _near(ward)
    title = f"Map: {address or 'the place'}" + (f", in {name} ward" if name else "")
    return draw(near, ward=ward, point=point, title=title), address, name


def _near(code: str) -> tuple[str, list[Outline]]:
    """The name of a ward, and the outlines of it and of those beside it. Two small queries."""
    if not code:
        return "", []
    own = Ward.objects.filter(code=code).values("name", "west", "south", "east", "north").first()
    if own is None:
        return "", []
    beside = Ward.objects.filter(
        valid_to=None,
        west__lte=own["east"] + NEAR,
        east__gte=own["west"] - NEAR,
        south__lte=own["north"] + NEAR,
        north__gte=own["south"] - NEAR,
    ) | Ward.objects.filter(code=code)
    outlines = [outline(*row) for row in beside.distinct().values_list("code", "name", "boundary")]
    return own["name"], outlines


def services_by_phone() -> list[Service]:
    """Return the services that an adviser can take for someone, in the council's order."""
    return [one for one in offered() if {"phone", "desk"} & set(one.channels)]


@dataclass(frozen=True)
class RunningCall:
    """A contact that an adviser began and has not ended."""

    holder: str
    service: str
    channel: str
    started_at: datetime


def my_drafts(actor: Actor, now: datetime) -> list[RunningCall]:
    """Return the contacts that this adviser began and has not ended, newest first (10 at most)."""
    names = {one.id: one.name for one in offered()}
    found = Draft.objects.filter(
        adviser_id=actor.user_id, case=None, submitted_at=None, expires_at__gt=now
    ).order_by("-started_at")[:10]
    return [
        RunningCall(
            one.holder, names.get(one.service_id, one.service_id), one.channel, one.started_at
        )
        for one in found
    ]


def contact_of(service: Service, facts: Facts) -> ContactDetails:
    """Return how the person can be reached, from what was answered so far."""
    found = contact_details(service, facts)
    return ContactDetails(found.name, found.email, found.phone, found.postcode)


def earlier_lines(actor: Actor, contact: ContactDetails, now: datetime) -> tuple[Line, ...]:
    """Return earlier cases of the person on the line that this adviser may see, newest first."""
    if not (contact.email or contact.phone):
        return ()
    rows = casework.earlier_cases(actor, email=contact.email, phone=contact.phone, now=now)
    return lines(rows[:6], now=now, ward_names={}, team_names={})
