"""Everything that reads cases. Nothing here changes a case; reading one is logged (casework.access).

All lists start at `visible`; fields pass `permissions`. See casework.types for what comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from moothall.casework.types import (
    EVERYTHING_OPEN,
    CaseView,
    ChannelCost,
    CostRow,
    CountRow,
    MoveView,
    PromiseRow,
    QueueFilters,
    QueuePage,
    QueueRow,
    TimelineEntry,
    TrackView,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from moothall.casework.models import Case
    from moothall.people.actor import Actor
    from moothall.people.models import User


def visible(actor: Actor) -> QuerySet[Case]:
    """The cases whose row this actor may see. Default deny: an unknown actor sees none."""
    raise NotImplementedError


def case_for(
    actor: Actor, reference: str, *, lang: str = "en", now: datetime | None = None
) -> CaseView | None:
    """One case as this actor may see it, or None where there is none for them. The reading is logged."""
    raise NotImplementedError


def queue(
    actor: Actor, filters: QueueFilters = EVERYTHING_OPEN, *, now: datetime | None = None
) -> QueuePage:
    """Cases by promise date, soonest first, a page at a time; what is late says why."""
    raise NotImplementedError


def queue_counts(actor: Actor, *, now: datetime | None = None) -> dict[str, int]:
    """How many open cases this actor sees: all, mine, nobody's, late, urgent."""
    raise NotImplementedError


def search(
    actor: Actor, words: str, *, limit: int = 50, now: datetime | None = None
) -> tuple[QueueRow, ...]:
    """Find cases by reference, name, email, phone, address, postcode or words, best first."""
    raise NotImplementedError


def timeline(case: Case, actor: Actor, lang: str = "en") -> list[TimelineEntry]:
    """What happened, in plain words, oldest first; a resident sees no staff names and no notes."""
    raise NotImplementedError


def moves_for(
    case: Case, actor: Actor, lang: str = "en", *, now: datetime | None = None
) -> tuple[MoveView, ...]:
    """The moves this actor may make now, with what each needs."""
    raise NotImplementedError


def assignable(case_id: int, actor: Actor) -> list[tuple[int, str]]:
    """Who the case can be given to: (user id, name), by name."""
    raise NotImplementedError


def track(
    reference: str, secret: str, *, client: str = "", lang: str = "en", now: datetime | None = None
) -> TrackView | None:
    """A resident's own case, by reference with the email or postcode they gave; None when they differ.

    Takes the same time whether or not the reference exists. Raises `tracking.TooManyTries` after 10
    wrong tries in an hour for a reference, or 50 from one `client` (a caller's address, kept as a hash).
    """
    raise NotImplementedError


def link_token(case: Case) -> str:
    """A signed token for the tracking link in a message; it opens this case for a year."""
    raise NotImplementedError


def case_by_signed_link(
    token: str, *, lang: str = "en", now: datetime | None = None
) -> TrackView | None:
    """A resident's own case by the token of `link_token`; None when it is forged or too old."""
    raise NotImplementedError


def cases_of(user: User, lang: str = "en", *, now: datetime | None = None) -> list[TrackView]:
    """The signed-in resident's own cases, newest first (100 at most)."""
    raise NotImplementedError


def cost_table() -> tuple[ChannelCost, ...]:
    """What one contact costs by channel, with range, year and source."""
    raise NotImplementedError


def contacts(
    since: datetime, until: datetime, by: Sequence[str] = ("channel",), *, service_id: str = ""
) -> tuple[CountRow, ...]:
    """Contacts in [since, until) by any of: month, day, channel, service, outcome."""
    raise NotImplementedError


def costs(
    since: datetime, until: datetime, by: Sequence[str] = ("channel",), *, service_id: str = ""
) -> tuple[CostRow, ...]:
    """The cost of the contacts in [since, until), with its range; dimensions as in `contacts`."""
    raise NotImplementedError


def promises_kept(
    since: datetime,
    until: datetime,
    by: Sequence[str] = ("service",),
    *,
    service_id: str = "",
    now: datetime | None = None,
) -> tuple[PromiseRow, ...]:
    """Promises whose day fell, or whose case ended, in [since, until): kept, broken; by month, service, channel, team."""
    raise NotImplementedError
