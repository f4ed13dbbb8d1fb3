"""What the people of our stories answer, by the field names of the form contract."""

from __future__ import annotations

import io
from datetime import date, timedelta

from tests.resident import FIRST, Answers

POSTCODE = "XW1 7DT"


def day(name: str, when: date) -> dict[str, str]:
    """The three fields of a date question."""
    return {
        f"{name}-day": str(when.day),
        f"{name}-month": str(when.month),
        f"{name}-year": str(when.year),
    }


def missed_bin(today: date, *, postcode: str = POSTCODE, name: str = "Robin Sallow") -> Answers:
    """A report of a rubbish bin that was missed today."""
    return {
        "address-postcode": postcode,
        "address": FIRST,
        "bin": "refuse",
        **day("missed_on", today),
        "was_out": "yes",
        "where_left": "By the side gate",
        "name": name,
        "tell_me_by": "email",
        "email": "robin.sallow@example.org",
        "phone": "07700 900123",
    }


def a_photo(size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG with a place and a camera's name in its metadata, as a phone makes it."""
    from PIL import Image

    image = Image.new("RGB", size, (40, 90, 70))
    exif = Image.Exif()
    exif[0x010F] = "A phone"
    exif[0x8825] = {1: "N", 2: (52.0, 27.0, 1.0)}
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def working_day_before(when: date) -> date:
    """The last day from Monday to Friday before `when`."""
    when -= timedelta(days=1)
    while when.weekday() > 4:
        when -= timedelta(days=1)
    return when


def parking_permit(postcode: str, *, name: str = "Sam Rowan") -> Answers:
    """A permit for a year for one's own small petrol car."""
    return {
        "address-postcode": postcode,
        "address": FIRST,
        "car_is": "mine",
        "registration": "XW26 ABC",
        "engine": "low",
        "lasts": "year",
        "log_book": ("log book.jpg", a_photo(), "image/jpeg"),
        "proof_of_address": ("bill.jpg", a_photo((300, 400)), "image/jpeg"),
        "name": name,
        "email": "sam.rowan@example.org",
        "phone": "",
    }


def postcode_in_a_zone() -> str:
    """A postcode whose first address may have a permit: in a zone, with none held yet."""
    import csv

    from django.conf import settings

    from moothall.connectors.stand_ins import parking_zone

    with (settings.PACK / "geography" / "addresses.csv").open() as file:
        seen: set[str] = set()
        for row in csv.DictReader(file):
            if row["postcode"] in seen:
                continue
            seen.add(row["postcode"])
            found = parking_zone(
                {"uprn": row["uprn"], "postcode": row["postcode"]}, date(2026, 3, 11)
            )
            if found["zone"] == "a" and found["permits_held"] == 0:
                return row["postcode"]
    raise AssertionError("no postcode in zone a")
