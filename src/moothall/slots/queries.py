"""Reading bookable time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from moothall.slots.making import earliest
from moothall.slots.models import Booking, Resource, Slot


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
    places: int = 1,
    holder: str | None = None,
    now: datetime | None = None,
) -> list[FreeTime]:
    """Return the times of `resource` (slug) from `since` until `until` with free places, soonest first.

    Only times as many working days ahead as the resource needs are offered. `places`: how many must
    be free at once. A place that `holder` holds counts as free for it.
    """
    now = now or timezone.now()
    found = Resource.objects.filter(slug=resource).first()
    if found is None:
        return []
    first = max(since, earliest(found, now))
    slots = Slot.objects.filter(resource=found, starts__gte=first, starts__gt=now, starts__lt=until)
    return _times(found, slots, places, holder, now)[:limit]


def free_time(
    slot_id: int | str,
    *,
    places: int = 1,
    holder: str | None = None,
    now: datetime | None = None,
) -> FreeTime | None:
    """Return the time of this slot if places are free at it, else None (also for an unknown id)."""
    now = now or timezone.now()
    text = str(slot_id)
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        return None
    slot = Slot.objects.select_related("resource").filter(pk=int(text)).first()
    if slot is None or slot.starts <= now:
        return None
    same = Slot.objects.filter(resource_id=slot.resource_id, starts=slot.starts, ends=slot.ends)
    times = _times(slot.resource, same, places, holder, now)
    return times[0] if times else None


def _times(
    resource: Resource, slots: QuerySet[Slot], places: int, holder: str | None, now: datetime
) -> list[FreeTime]:
    live = Booking.objects.filter(slot_id=OuterRef("pk")).filter(
        Q(held_until=None) | Q(held_until__gt=now)
    )
    if holder:
        live = live.exclude(holder=holder, held_until__isnull=False)
    rows = (
        slots.filter(~Exists(live))
        .values("starts", "ends")
        .annotate(first=Min("pk"), left=Count("pk"))
        .filter(left__gte=places)
        .order_by("starts", "ends")
    )
    return [
        FreeTime(row["first"], resource.slug, row["starts"], row["ends"], row["left"])
        for row in rows
    ]


def bookings_of(holder: str) -> list[Booking]:
    """Return what `holder` holds or has booked, soonest first, with slot and resource."""
    return list(
        Booking.objects.filter(holder=holder)
        .select_related("slot__resource")
        .order_by("slot__starts", "slot_id")
    )
