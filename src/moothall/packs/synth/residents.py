"""Made-up residents and homes, worked out from a number: none is kept anywhere. None can be real.

Telephone numbers are Ofcom's for drama; addresses for email end in `.example`; more homes than the
gazetteer has are flats at its addresses, under property numbers that are never issued.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moothall.packs.demo.people import FAMILY, GIVEN

PEOPLE_A_HOME = 2.3
"""Office for National Statistics, Census 2021: 2.36 people in a household."""
NEVER_ISSUED = 10_001_000_000


@dataclass(frozen=True, slots=True)
class Resident:
    """One resident."""

    given: str
    family: str
    email: str
    mobile: str
    landline: str
    home: int
    """Which of the council's homes is theirs."""

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given} {self.family}"


@lru_cache(maxsize=4096)
def resident(seed: int, number: int, homes: int) -> Resident:
    """The resident with that number."""
    digest = hashlib.blake2b(f"{seed}:{number}".encode(), digest_size=16).digest()
    given = GIVEN[int.from_bytes(digest[:3], "big") % len(GIVEN)]
    family = FAMILY[int.from_bytes(digest[3:6], "big") % len(FAMILY)]
    return Resident(
        given=given,
        family=family,
        email=f"{given}.{family}.{number}@residents.example".lower(),
        mobile=f"07700 900{int.from_bytes(digest[6:8], 'big') % 1000:03d}",
        landline=f"01632 960{int.from_bytes(digest[8:10], 'big') % 1000:03d}",
        home=int.from_bytes(digest[10:16], "big") % homes,
    )


def home(number: int, gazetteer: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The address of a home, in the JSON form of an answer."""
    flat, at = divmod(number, len(gazetteer))
    known = gazetteer[at]
    if not flat:
        return known
    return {**known, "line": f"Flat {flat}, {known['line']}", "uprn": str(NEVER_ISSUED + number)}
