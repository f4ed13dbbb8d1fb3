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
