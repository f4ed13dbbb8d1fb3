"""Words of addresses: one normal form for what is stored and what is typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 24
"""Letters of a word that are kept: enough for any street."""

SHORT_FORMS = {
    "avenue": "ave",
    "av": "ave",
    "apartment": "apt",
    "boulevard": "blvd",
    "building": "bldg",
    "buildings": "bldgs",
    "close": "cl",
    "court": "ct",
    "crescent": "cres",
    "cottage": "cott",
    "cottages": "cotts",
    "drive": "dr",
    "farm": "fm",
    "gardens": "gdns",
    "grove": "gr",
    "grv": "gr",
    "house": "hse",
    "lane": "ln",
    "mount": "mt",
    "place": "pl",
    "road": "rd",
    "saint": "st",
    "square": "sq",
    "street": "st",
    "terrace": "tce",
    "terr": "tce",
    "way": "wy",
}
"""Words that are written long or short; both become the short one. "st" is street and saint alike."""

POSTCODE = re.compile(r"\b([a-z]{1,2}[0-9][a-z0-9]?)\s*([0-9][a-z]{2})\b")
"""The shape of a postcode (BS 7666): area, district, sector, unit."""

_NUMBER = re.compile(r"\d+")


def normalise_postcode(text: str) -> str | None:
    """Return the postcode as "XW1 1AA", or None when `text` has not the shape of one.

    Forgives capitals, spaces, full stops and dashes, and the letter O typed for the figure in the
    inward part ("XW1 OAA").
    """
    squeezed = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    if not 5 <= len(squeezed) <= 7:
        return None
    outward, inward = squeezed[:-3], squeezed[-3:]
    if inward[0] == "O":
        inward = "0" + inward[1:]
    if not POSTCODE.fullmatch(f"{outward}{inward}".lower()):
        return None
    return f"{outward} {inward}"


def split_words(text: str) -> list[str]:
    """Return the words of `text` in the normal form, in order; a postcode is one word."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("'", "").replace("`", "")
    plain = POSTCODE.sub(r" \1\2 ", plain)
    found = re.findall(r"[a-z0-9]+", plain)
    return [SHORT_FORMS.get(word, word)[:LONGEST] for word in found]


def search_text(line: str, postcode: str) -> str:
    """Return the stored form: every word once, with spaces around, at most 400 characters."""
    words = list(dict.fromkeys([*split_words(line), *split_words(postcode)]))
    text = " "
    for word in words:
        if len(text) + len(word) + 1 > 400:
            break
        text += word + " "
    return text


def sort_key(line: str, street: str) -> str:
    """Return a key that sorts by street, then by number with 2 before 10."""
    padded = _NUMBER.sub(lambda m: m.group().zfill(5)[-9:], line.casefold())
    return f"{street.casefold()}|{padded}"[:200]


def long_forms(beginning: str) -> Iterable[str]:
    """Yield the short forms whose long form begins with `beginning`: "stre" gives "st"."""
    if len(beginning) >= 2:
        yield from {short for long, short in SHORT_FORMS.items() if long.startswith(beginning)}
