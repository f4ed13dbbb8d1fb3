"""Cases that ask again: the rule by which a new case is marked as a repeat of an earlier one.

* Somebody **asks again** (`again`) when an earlier case of the same service ended at most 28 days ago
  as done or refused, and it was at the same place. Where a service has no place: by the same person.
* Somebody asks again **while it is open** (`still_open`) when the same person has an open case of the
  same service at the same place (or of a service without a place).

For services of kind report, ask and assess. Where somebody applies or registers, only the same person
counts, and `again` only after a refusal; who books or pays again just wants another one. A case that
follows another by the file, or was handed over, is no repeat. The person is the account, the email
address or the phone number. The mark is written once, in the `opened` event: it is failure demand.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from moothall.casework.models import Case, Repeat
from moothall.casework.projection import address_key, phone_key
from moothall.casework.summaries import cells_around
from moothall.casework.types import ContactDetails
from moothall.language import Service

WITHIN = timedelta(days=28)
NEAR_METRES = 30
"""Two locations are one place when they lie so near; a service's `duplicates_within` may say more."""
LOOKED_AT = 20
ASKED_AGAIN = frozenset({"report", "ask", "assess"})
ASKED_FOR = frozenset({"apply", "register"})


def repeat_of(
    service: Service,
    answers: Mapping[str, Any],
    fields: Mapping[str, Any],
    contact: ContactDetails,
    applicant_id: int | None,
    *,
    now: datetime,
) -> tuple[str, str]:
    """The reference of the earlier case that a new one repeats and how, or two empty texts.

    `fields` are the new case's `place.*`. Three queries at most, each of a few rows by an index.
    """
    if service.kind not in ASKED_AGAIN | ASKED_FOR:
        return "", ""
    if service.place is not None:
        keys = place_keys(service, fields)
        cases = Case.objects.filter(
            place_key__in=keys, service_id=service.id, opened_at__lte=now
        ).order_by("-opened_at", "-pk")
        found = [one for one in cases[:LOOKED_AT] if same_place(service, answers, one)]
    else:
        found = _of_person(service, contact, applicant_id, now)
    for case in found:
        same = service.place is None or _same_person(case, contact, applicant_id)
        if case.ended_at is None:
            if same:
                return case.reference, Repeat.STILL_OPEN
        elif case.ended_at >= now - WITHIN and _counts(service, case, same):
            return case.reference, Repeat.AGAIN
    return "", ""


def _counts(service: Service, case: Case, same_person: bool) -> bool:
    if service.kind in ASKED_FOR:
        return same_person and case.outcome == "refused"
    return case.outcome in {"done", "refused"}


def _of_person(
    service: Service, contact: ContactDetails, applicant_id: int | None, now: datetime
) -> list[Case]:
    """The same person's cases of the service, newest first."""
    # One way at a time, by its own index: a condition on the service would tempt the planner to walk
    # all of the service's cases.
    found: dict[int, Case] = {}
    for one in person_is(contact.email, contact.phone, applicant_id):
        for case in Case.objects.filter(one).order_by("-pk")[:LOOKED_AT]:
            if case.service_id == service.id and case.opened_at <= now:
                found[case.pk] = case
    return sorted(found.values(), key=lambda one: (one.opened_at, one.pk), reverse=True)


def person_is(email: str, phone: str, applicant_id: int | None) -> list[Q]:
    """Conditions for cases of the same person, one for each way of knowing them."""
    ways = []
    if email.strip():
        ways.append(Q(contact_email=email.strip().lower()))
    if phone_key(phone):
        ways.append(Q(phone_key=phone_key(phone)))
    if applicant_id is not None:
        ways.append(Q(applicant_id=applicant_id))
    return ways


def _same_person(case: Case, contact: ContactDetails, applicant_id: int | None) -> bool:
    email, phone = contact.email.strip().lower(), phone_key(contact.phone)
    return (
        (bool(email) and email == case.contact_email)
        or (bool(phone) and phone == case.phone_key)
        or (applicant_id is not None and applicant_id == case.applicant_id)
    )


def near(service: Service) -> float:
    """Within how many metres two locations are one place."""
    return max(NEAR_METRES, (service.place.duplicates_within or 0) if service.place else 0)


def place_keys(service: Service, fields: Mapping[str, Any]) -> list[str]:
    """The keys under which cases at this place are kept: `fields` are `place.*` of an event."""
    cell = str(fields.get("place.cell") or "")
    if cell:
        return cells_around(cell, near(service))
    key = address_key(str(fields.get("place.postcode") or ""), str(fields.get("place.line") or ""))
    return [key] if key else []


def same_place(service: Service, answers: Mapping[str, Any], other: Case) -> bool:
    """Whether a case that has one of the keys of a place is at it: a location by its distance."""
    here = answers.get(service.place.answer) if service.place else None
    if not other.place_key.startswith("@"):
        return True
    return any(
        distance(here, there) <= near(service)
        for there in other.answers.values()
        if isinstance(there, dict) and "lon" in there and "lat" in there
    )


def distance(a: Any, b: Any) -> float:
    """Metres between two locations in their JSON form, on the flat; infinite where one has none."""
    try:
        lat, lon, lat_b, lon_b = (float(x) for x in (a["lat"], a["lon"], b["lat"], b["lon"]))
    except (KeyError, TypeError, ValueError):
        return math.inf
    east = (lon_b - lon) * math.cos(math.radians(lat)) * 111_320
    return math.hypot(east, (lat_b - lat) * 110_540)
