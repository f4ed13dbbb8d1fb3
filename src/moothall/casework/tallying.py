"""Adding up the contacts of days that are over, so that a year's figures cost what the answer costs.

A day is added up once it has been over for a whole day. A contact that is written down later than that
(a paper form, the demonstration's year) is added to its day's sum as it is written. Both hold the one
row of `Counted`, so that no contact is counted twice or left out; whoever records a contact of today
never touches it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from moothall.casework.facts import local_day
from moothall.casework.models import Contact, ContactDay, Counted

MARGIN = timedelta(days=2)
"""A day is added up when it lies this far back."""
DAYS_AT_ONCE = 31


def counted_through() -> date | None:
    """The last day that has been added up, or None."""
    return Counted.objects.values_list("through", flat=True).first()


def late(contact: Contact) -> None:
    """Add a contact of a day that has been added up already to its sum, in the caller's transaction."""
    if contact.day > local_day(timezone.now()) - MARGIN:
        return
    through = Counted.objects.select_for_update().values_list("through", flat=True).first()
    if through is None or contact.day > through:
        return
    of_that_kind = {
        "day": contact.day,
        "channel": contact.channel,
        "service_id": contact.service_id,
        "outcome": contact.outcome,
    }
    more = {"contacts": F("contacts") + 1, "minutes": F("minutes") + (contact.minutes or 0)}
    if not ContactDay.objects.filter(**of_that_kind).update(**more):
        ContactDay.objects.create(
            **of_that_kind,
            month=f"{contact.day:%Y-%m}",
            contacts=1,
            minutes=contact.minutes or 0,
        )


def add_up(now: datetime) -> int:
    """Add up the days that are over, at most a month of them; return how many were done."""
    until = local_day(now) - MARGIN
    with transaction.atomic():
        counted = Counted.objects.select_for_update().first()
        if counted is None:
            first = Contact.objects.order_by("day").values_list("day", flat=True).first()
            if first is None or first > until:
                return 0
            Counted.objects.get_or_create(pk=1, defaults={"through": first - timedelta(days=1)})
            counted = Counted.objects.select_for_update().get()
        since = counted.through + timedelta(days=1)
        until = min(until, counted.through + timedelta(days=DAYS_AT_ONCE))
        if until < since:
            return 0
        sums = (
            Contact.objects.filter(day__gte=since, day__lte=until)
            .order_by()
            .values("day", "channel", "service_id", "outcome")
            .annotate(n=Count("pk"), total=Sum("minutes"))
        )
        ContactDay.objects.bulk_create(
            [
                ContactDay(
                    day=row["day"],
                    month=f"{row['day']:%Y-%m}",
                    channel=row["channel"],
                    service_id=row["service_id"],
                    outcome=row["outcome"],
                    contacts=row["n"],
                    minutes=row["total"] or 0,
                )
                for row in sums
            ]
        )
        Counted.objects.filter(pk=1).update(through=until)
        return (until - since).days + 1


def add_up_anew() -> None:
    """Forget the sums; `add_up` makes them again. For whoever mended contacts by hand."""
    with transaction.atomic():
        ContactDay.objects.all().delete()
        Counted.objects.all().delete()


def differences() -> list[str]:
    """Days of contacts whose sums are not those of their contacts, in words; empty when all agree."""
    through = counted_through()
    if through is None:
        return []
    names = ("day", "channel", "service_id", "outcome")
    truth = Contact.objects.filter(day__lte=through).order_by().values_list(*names)
    cells = {
        row[:4]: (row[4], row[5] or 0)
        for row in truth.annotate(n=Count("pk"), total=Sum("minutes")).iterator(2000)
    }
    found: list[str] = []
    sums = ContactDay.objects.order_by().values_list(*names, "contacts", "minutes")
    for *key, contacts, minutes in sums.iterator(2000):
        true = cells.pop(tuple(key), (0, 0))
        if true != (contacts, minutes):
            found.append(f"{' '.join(map(str, key))}: {contacts} contacts for {true[0]}")
    found += [f"{' '.join(map(str, key))}: 0 contacts for {n}" for key, (n, _) in cells.items()]
    return sorted(found)
