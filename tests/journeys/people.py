"""What the people of these tests answer, and how they walk."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client

from tests.resident import FIRST, Inside, Resident
from tests.stories.answers import POSTCODE, a_photo, missed_bin

EMAIL = "robin.sallow@example.org"

BULKY: dict[str, Any] = {
    "from_home": "yes",
    "address-postcode": POSTCODE,
    "address": FIRST,
    "items-1-thing": "sofa",
    "items-1-how_many": "2",
    "items-another": "no",
    "where_left": "On the front path",
    "has_benefits": "no",
    "collection_slot": FIRST,
    "name": "Jo Linnet",
    "email": EMAIL,
    "phone": "07700 900123",
}

PERMIT: dict[str, Any] = {
    "address-postcode": POSTCODE,
    "address": FIRST,
    "car_is": "mine",
    "registration": "XW26 ABC",
    "engine": "low",
    "lasts": "year",
    "log_book": ("v5c.jpg", a_photo(), "image/jpeg"),
    "proof_of_address": ("bill.jpg", a_photo((300, 200)), "image/jpeg"),
    "name": "Sam Rowan",
    "email": EMAIL,
    "phone": "",
}


def resident(**kwargs: Any) -> Resident:
    """Somebody with a browser of their own."""
    return Resident(Inside(Client(**kwargs)))


def bin_answers() -> dict[str, Any]:
    """A report of a bin that was missed today."""
    return dict(missed_bin(date.today(), postcode=POSTCODE))


def path(person: Resident) -> str:
    """Where they are."""
    from urllib.parse import urlsplit

    return urlsplit(person.url).path


def walk_to(person: Resident, slug: str, part: str, answers: dict[str, Any]) -> None:
    """Start a service and answer until the page `part` is shown."""
    person.start(slug)
    for _ in range(60):
        if path(person).endswith(f"/{part}/") or person.page.action is None:
            break
        person.press(answers)
        assert not person.page.errors, (path(person), person.page.errors)
    assert path(person).endswith(f"/{part}/"), person.seen
