"""Things that change bookings. Each is one transaction, or part of the caller's."""

from __future__ import annotations

from datetime import datetime

from moothall.slots.models import Booking


class SlotTaken(Exception):
    """No place is left at that time: the text asks the person to choose another."""


def hold(
    slot_id: int | str, holder: str, until: datetime, *, now: datetime | None = None
) -> Booking:
    """Keep a place at the slot's time for `holder` until `until`.

    Any free place at the same time will do, lowest number first. A holder has one hold a resource:
    an earlier one is let go. Raises SlotTaken when none is left.
    """
    raise NotImplementedError


def book(
    slot_id: int | str, holder: str, *, held_by: str | None = None, now: datetime | None = None
) -> Booking:
    """Book a place at the slot's time for `holder`, turning the hold of `held_by` into it if there is one.

    Booking again what `holder` has booked already changes nothing. Raises SlotTaken.
    """
    raise NotImplementedError


def cancel(holder: str) -> int:
    """Let go of whatever `holder` has held or booked; return how many places."""
    raise NotImplementedError


def reschedule(holder: str, new_slot_id: int | str, *, now: datetime | None = None) -> Booking:
    """Move the holder's booking of that resource to another time; the old one is kept if it fails."""
    raise NotImplementedError


def expire(now: datetime) -> int:
    """Let go of holds whose time is over; return how many."""
    raise NotImplementedError
