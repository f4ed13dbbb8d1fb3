"""Things that change bookings. Each is one transaction, or part of the caller's.

The database refuses a second booking of a place by a unique key, on SQLite and PostgreSQL alike.
Places are always taken in ascending order, so that two people who want several cannot stand in each
other's way for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall.slots import making
from moothall.slots.models import Booking, Resource, Slot


class SlotTaken(Exception):
    """No place is left at that time: the text asks the person to choose another."""


def hold(
    slot_id: int | str,
    holder: str,
    until: datetime,
    *,
    places: int = 1,
    now: datetime | None = None,
) -> Booking:
    """Keep `places` places at the slot's time for `holder` until `until`.

    Any free place at the same time will do, lowest number first. A holder holds one time of a
    resource: an earlier hold is let go. Raises SlotTaken when too few are left; then an earlier hold
    is kept.
    """
    now = now or timezone.now()
    with transaction.atomic():
        slot = _slot(slot_id, now)
        mine = Booking.objects.filter(
            holder=holder, slot__resource_id=slot.resource_id, held_until__isnull=False
        )
        here = _lock(mine.filter(slot__starts=slot.starts, slot__ends=slot.ends))
        if len(here) == places:
            _delete(_lock(mine.exclude(pk__in=[booking.pk for booking in here])))
            Booking.objects.filter(pk__in=[booking.pk for booking in here]).update(held_until=until)
            here[0].held_until = until
            return here[0]
        _delete(_lock(mine))
        return _take(slot, holder, until, places, now)


def book(
    slot_id: int | str,
    holder: str,
    *,
    held_by: str | None = None,
    places: int = 1,
    now: datetime | None = None,
) -> Booking:
    """Book places at the slot's time for `holder`, turning the hold of `held_by` into it if there is one.

    Booking again what `holder` has booked already changes nothing. A hold that ran out still counts
    while nobody else has taken the place. Raises SlotTaken.
    """
    now = now or timezone.now()
    with transaction.atomic():
        slot = _slot(slot_id, now)
        at_that_time = Booking.objects.filter(
            slot__resource_id=slot.resource_id, slot__starts=slot.starts, slot__ends=slot.ends
        )
        booked = at_that_time.filter(holder=holder, held_until=None).order_by("slot_id")
        if booked.count() >= places and (first := booked.first()):
            return first
        held = _lock(at_that_time.filter(holder=held_by or holder, held_until__isnull=False))
        if len(held) == places:
            Booking.objects.filter(pk__in=[booking.pk for booking in held]).update(
                holder=holder, held_until=None
            )
            return Booking.objects.get(pk=held[0].pk)
        _delete(held)
        return _take(slot, holder, None, places, now)


def cancel(holder: str) -> int:
    """Let go of whatever `holder` has held or booked; return how many places."""
    with transaction.atomic():
        return _delete(_lock(Booking.objects.filter(holder=holder)))


def reschedule(holder: str, new_slot_id: int | str, *, now: datetime | None = None) -> Booking:
    """Move the holder's booking of that resource to another time; the old one is kept if it fails.

    As many places are taken as were booked. Raises SlotTaken, LookupError when nothing was booked.
    """
    now = now or timezone.now()
    with transaction.atomic():
        slot = _slot(new_slot_id, now)
        old = _lock(
            Booking.objects.filter(
                holder=holder, held_until=None, slot__resource_id=slot.resource_id
            )
        )
        if not old:
            raise LookupError("Nothing of this resource is booked for this holder.")
        times = {(booking.slot.starts, booking.slot.ends) for booking in old}
        if times == {(slot.starts, slot.ends)}:
            return old[0]
        new = _take(slot, holder, None, len(old), now)
        _delete(old)
        return new


def expire(now: datetime) -> int:
    """Let go of holds whose time is over; return how many."""
    with transaction.atomic():
        return _delete(_lock(Booking.objects.filter(held_until__lte=now)))


def make(resource: str, since: date, until: date) -> int:
    """Make the bookable times of `resource` (slug) from `since` to `until`, both included.

    For the past too, as a demonstration's year needs. Times that are there stay. Returns how many
    places were added; 0 for an unknown resource.
    """
    found = Resource.objects.filter(slug=resource).first()
    return making.fill(found, since, until) if found else 0


def _slot(slot_id: int | str, now: datetime) -> Slot:
    slot = None
    if str(slot_id).isascii() and str(slot_id).isdigit() and len(str(slot_id)) < 18:
        slot = Slot.objects.filter(pk=int(slot_id)).first()
    if slot is None or slot.starts <= now:
        raise SlotTaken(_("That time can no longer be booked. Choose another time"))
    return slot


def _take(slot: Slot, holder: str, until: datetime | None, places: int, now: datetime) -> Booking:
    here = Slot.objects.filter(
        resource_id=slot.resource_id, starts=slot.starts, ends=slot.ends
    ).order_by("pk")
    _delete(_lock(Booking.objects.filter(slot__in=here, held_until__lte=now)))
    taken = set(Booking.objects.filter(slot__in=here).values_list("slot_id", flat=True))
    made: list[Booking] = []
    for place in here:
        if place.pk in taken:
            continue
        try:
            with transaction.atomic():
                made.append(
                    Booking.objects.create(slot=place, holder=holder, held_until=until, made_at=now)
                )
        except IntegrityError:
            continue  # Somebody was quicker by a moment; the next place may be free.
        if len(made) == places:
            return made[0]
    raise SlotTaken(_("That time has just been taken. Choose another time"))


def _lock(bookings: QuerySet[Booking]) -> list[Booking]:
    ids = list(
        bookings.select_for_update(of=("self",)).order_by("slot_id").values_list("pk", flat=True)
    )
    return list(Booking.objects.filter(pk__in=ids).select_related("slot").order_by("slot_id"))


def _delete(bookings: Iterable[Booking]) -> int:
    ids = [booking.pk for booking in bookings]
    return Booking.objects.filter(pk__in=ids).delete()[0] if ids else 0
