"""The kinds of answer that have a form of their own: read from what people type."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

_EMAIL: Final = re.compile(
    r"[^\s@,;:<>()\[\]\\\"]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z"
)
_PHONE: Final = re.compile(r"\+?[0-9]+\Z", re.ASCII)
_VEHICLE: Final = re.compile(r"[A-Z0-9]{2,8}\Z", re.ASCII)
_NI: Final = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]\Z", re.ASCII)
_NI_EXAMPLE: Final = re.compile(r"QQ\d{6}[A-D]\Z", re.ASCII)  # HMRC's own for examples
_NI_NEVER: Final = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})\Z", re.ASCII)
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?\Z", re.IGNORECASE | re.ASCII)


def clean(text: str) -> str:
    """Text without control characters and without spaces at its ends."""
    return "".join(c for c in text if c in "\n\t" or _shown(ord(c))).strip()


def _shown(code: int) -> bool:
    """Whether a code point is a character: no control code and no half of a pair."""
    return 32 <= code < 127 or (code >= 160 and not 0xD800 <= code <= 0xDFFF)


def one_line(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(clean(text).split())


def read_email(text: str) -> str | None:
    """An email address, or None."""
    found = one_line(text).replace("mailto:", "")
    return found if len(found) <= 254 and _EMAIL.match(found) and ".." not in found else None


def read_phone(text: str) -> str | None:
    """A phone number as it was typed with tidy spaces, or None if it cannot be one."""
    found = one_line(text)
    bare = re.sub(r"[\s().\-/]|\(0\)", "", found.replace("(0)", ""))
    if not _PHONE.match(bare):
        return None
    digits = bare.lstrip("+")
    if bare.startswith("0") and not bare.startswith("00"):
        return found if len(digits) in (10, 11) else None
    return found if 8 <= len(digits) <= 15 else None


def read_vehicle(text: str) -> str | None:
    """A vehicle registration in capitals without spaces, or None."""
    found = re.sub(r"[\s\-]", "", text).upper()
    return found if _VEHICLE.match(found) and re.search(r"[A-Z]", found) else None


def read_ni(text: str) -> str | None:
    """A National Insurance number in capitals without spaces, or None.

    The rule is HMRC's: prefixes that are never given out are refused, but for its own example
    prefix QQ, which can be nobody's.
    """
    found = re.sub(r"[\s\-.]", "", text).upper()
    if _NI_EXAMPLE.match(found):
        return found
    return found if _NI.match(found) and found[:2] not in _NI_NEVER else None


def read_nhs(text: str) -> str | None:
    """An NHS number as ten digits, or None. The last is a check digit (modulus 11)."""
    found = re.sub(r"[\s\-]", "", text)
    if not re.fullmatch(r"[0-9]{10}", found):
        return None
    total = sum(int(digit) * weight for digit, weight in zip(found, range(10, 1, -1), strict=False))
    check = (11 - total % 11) % 11
    return found if check == int(found[9]) else None


def read_postcode(text: str) -> str | None:
    """A postcode with its space, or None."""
    found = _POSTCODE.match(re.sub(r"[\s\-.]", "", text).upper())
    return f"{found[1]} {found[2]}" if found else None


def read_whole(text: str) -> int | None:
    """A whole number, or None."""
    found = re.sub(r"[\s,]", "", text).removesuffix(".0").removesuffix(".00")
    return int(found) if re.fullmatch(r"[-−]?[0-9]{1,15}", found.replace("−", "-")) else None


def read_pence(text: str) -> int | None:
    """Pence from an amount in pounds, or None."""
    found = re.sub(r"[\s,£]", "", text)
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,2})?", found):
        return None
    try:
        return int(Decimal(found) * 100)
    except InvalidOperation:
        return None


def read_time(text: str) -> str | None:
    """A time of day as HH:MM from 10:30, 10.30, 2pm or 2.15 pm; None if it is none."""
    found = _TIME.match(one_line(text).replace("noon", "").strip() or text)
    if one_line(text).lower() in ("midday", "noon", "12 noon"):
        return "12:00"
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    half = (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif found[2] is None:
        return None
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def read_sort_code(text: str) -> str | None:
    """A sort code as six digits, or None."""
    found = re.sub(r"[\s\-.]", "", text)
    return found if re.fullmatch(r"[0-9]{6}", found) else None


def read_account_number(text: str) -> str | None:
    """A bank account number of 6 to 8 digits, or None."""
    found = re.sub(r"[\s\-]", "", text)
    return found if re.fullmatch(r"[0-9]{6,8}", found) else None


def looks_like(text: str, shape: str) -> bool:
    """Whether a code has the shape: A for a letter, 0 for a digit, anything else for itself."""
    bare, wanted = text.replace(" ", "").upper(), shape.replace(" ", "")
    return len(bare) == len(wanted) and all(
        (want == "A" and "A" <= have <= "Z")
        or (want == "0" and "0" <= have <= "9")
        or (want not in "A0" and have == want.upper())
        for have, want in zip(bare, wanted, strict=True)
    )
