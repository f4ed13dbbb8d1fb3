"""What the desk's own pages are put together from: names for codes, colleagues, lines. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from moothall.casework import queries as casework
from moothall.casework.types import CaseView, ContactDetails, QueueRow
from moothall.desk import wordlists
from moothall.desk.locator import Outline, draw, outline
from moothall.desk.words import Promise, moment, promise, why_late
from moothall.journeys.models import Draft
from moothall.language import Calendar, Facts, Service, contact_details, row_scope
from moothall.packs.queries import offered
from moothall.people.actor import Actor
from moothall.people.models import Membership, Team
from moothall.places.models import Ward
from moothall.places.queries import calendar

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
    channel: str = ""


def services_of(actor: Actor) -> list[Service]:
    """Return the offered services whose cases this person may see at all."""
    return [one for one in offered() if row_scope(one, actor.roles)]


def wards() -> dict[str, str]:
    """Return the names of the wards in force by code, in order of name."""
    return dict(Ward.objects.filter(valid_to=None).order_by("name").values_list("code", "name"))


def teams() -> dict[str, str]:
    """Return the names of the teams by slug, in order of name."""
    return dict(Team.objects.order_by("name").values_list("slug", "name"))


def owning_teams() -> dict[str, str]:
    """Return the name of the team that plays each role of service files, the first where several do."""
    found: dict[str, str] = {}
    for name, plays in Team.objects.order_by("name").values_list("name", "plays"):
        for role in plays:
            found.setdefault(role, name)
    return found


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
            wordlists.channel(row.channel),
        )
        for row in rows
    )


def _why(row: QueueRow, now: datetime) -> str:
    if row.late:
        return why_late(row, now)
    if row.awaiting_staff_since and not row.ended_at:
        return f"They wrote {moment(row.awaiting_staff_since, now)} and wait for us."
    return ""


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


def by_owner(services: list[Service]) -> list[tuple[str, list[Service]]]:
    """Return services under the name of the team that owns them, in order of name. One query."""
    owners = owning_teams()
    groups: dict[str, list[Service]] = {}
    for one in services:
        groups.setdefault(owners.get(one.owner, "Others"), []).append(one)
    return sorted(groups.items())


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
