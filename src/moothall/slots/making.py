"""Makes the bookable times of the weeks ahead from a resource's weekly pattern."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from moothall.places.queries import calendar
from moothall.slots.models import Booking, Resource, Slot

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def earliest(resource: Resource, now: datetime) -> datetime:
    """Return from when on a time of `resource` may be offered: so many working days ahead of `now`."""
    ahead = int(resource.rules.get("first_after_working_days", 0))
    if not ahead:
        return now
    today = timezone.localtime(now).date()
    day = calendar(resource.rules.get("calendar", "council")).add_working_days(today, ahead)
    return max(now, _moment(day, time.min))


def wanted(resource: Resource, since: date, until: date) -> dict[tuple[datetime, int], datetime]:
    """Return the places that `resource` should have on these days: (start, place) and end.

    Days on which its calendar is closed are left out, whatever the pattern says.
    """
    rules = resource.rules
    days = calendar(rules.get("calendar", "council"))
    found: dict[tuple[datetime, int], datetime] = {}
    for ahead in range((until - since).days + 1):
        day = since + timedelta(days=ahead)
        if not days.is_working_day(day):
            continue
        for part in rules.get("pattern", []):
            if DAYS[day.weekday()] in part["days"]:
                starts = _moment(day, time.fromisoformat(part["starts"]))
                ends = _moment(day, time.fromisoformat(part["ends"]))
                for place in range(1, int(part["places"]) + 1):
                    found[starts, place] = ends
    return found


def fill(resource: Resource, since: date, until: date) -> int:
    """Add the places of these days that are missing, past ones too; return how many were added."""
    with transaction.atomic():
        there = set(
            resource.slots.filter(
                starts__gte=_moment(since, time.min),
                starts__lt=_moment(until + timedelta(days=1), time.min),
            ).values_list("starts", "place_number")
        )
        new = [
            Slot(resource=resource, starts=starts, ends=ends, place_number=place)
            for (starts, place), ends in sorted(wanted(resource, since, until).items())
            if (starts, place) not in there
        ]
        Slot.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new)


def make(resource: Resource, now: datetime) -> tuple[int, int]:
    """Bring the times ahead in line with the pattern; return how many places were added and removed.

    A place that is held or booked stays, whatever the pattern says by now.
    """
    today = timezone.localtime(now).date()
    goal = wanted(
        resource, today, today + timedelta(days=int(resource.rules.get("days_ahead", 42)))
    )
    with transaction.atomic():
        ahead = resource.slots.filter(starts__gt=now)
        there = {
            (slot.starts, slot.place_number): slot
            for slot in ahead.only("pk", "starts", "ends", "place_number")
        }
        booked = set(Booking.objects.filter(slot__in=ahead).values_list("slot_id", flat=True))
        surplus = [
            slot.pk
            for key, slot in there.items()
            if slot.pk not in booked and goal.get(key) != slot.ends
        ]
        Slot.objects.filter(pk__in=surplus).delete()
        kept = {key for key, slot in there.items() if slot.pk not in set(surplus)}
        new = [
            Slot(resource=resource, starts=starts, ends=ends, place_number=place)
            for (starts, place), ends in sorted(goal.items())
            if (starts, place) not in kept and starts > now
        ]
        Slot.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new), len(surplus)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(settings.TIME_ZONE))
