"""Reading bookable time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from moothall.slots.models import Booking


@dataclass(frozen=True)
class FreeTime:
    """A time with at least one free place."""

    slot_id: int
    resource: str
    starts: datetime
    ends: datetime
    places_left: int

    def as_answer(self) -> dict[str, str]:
        """The JSON form that an answer holds."""
        return {
            "id": str(self.slot_id),
            "resource": self.resource,
            "starts": self.starts.isoformat(),
            "ends": self.ends.isoformat(),
        }


def free(
    resource: str,
    since: datetime,
    until: datetime,
    limit: int = 60,
    *,
    holder: str | None = None,
    now: datetime | None = None,
) -> list[FreeTime]:
    """Return the times of `resource` (slug) from `since` until `until` with a free place, soonest first.

    A place that `holder` holds counts as free for it.
    """
    raise NotImplementedError


def free_time(
    slot_id: int | str, *, holder: str | None = None, now: datetime | None = None
) -> FreeTime | None:
    """Return the time of this slot if a place is free at it, else None (also for an unknown id)."""
    raise NotImplementedError


def bookings_of(holder: str) -> list[Booking]:
    """Return what `holder` holds or has booked, soonest first, with slot and resource."""
    return list(
        Booking.objects.filter(holder=holder)
        .select_related("slot__resource")
        .order_by("slot__starts", "slot_id")
    )
