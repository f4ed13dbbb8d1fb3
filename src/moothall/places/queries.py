"""Everything that is asked about places: reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict

from moothall.language import Calendar
from moothall.places.models import Councillor, Ward


class AddressForm(TypedDict):
    """The JSON form of an address answer (docs/language.md)."""

    uprn: str
    line: str
    postcode: str
    ward: str
    ward_name: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class WardAnswer:
    """The ward of a postcode; `split`: its addresses lie in several wards, so ask which address."""

    ward: Ward | None
    split: bool = False
    wards: tuple[Ward, ...] = ()


def normalise_postcode(text: str) -> str | None:
    """Return the postcode as "XW1 1AA", or None when `text` has not the shape of one."""
    raise NotImplementedError


def addresses_at(postcode: str) -> list[AddressForm]:
    """Return the addresses at `postcode`, by street and number; empty when there are none."""
    raise NotImplementedError


def search_addresses(words: str, limit: int = 20) -> list[AddressForm]:
    """Return up to `limit` addresses that hold all the `words`, the nearest fit first."""
    raise NotImplementedError


def address(uprn: str) -> AddressForm | None:
    """Return the address of this UPRN, or None."""
    raise NotImplementedError


def ward_of_point(lon: float, lat: float, on: dt.date | None = None) -> Ward | None:
    """Return the ward whose boundary holds the point, in force on `on` (None: still in force)."""
    raise NotImplementedError


def ward_of_postcode(postcode: str, on: dt.date | None = None) -> WardAnswer:
    """Return the ward of `postcode` by the published table."""
    raise NotImplementedError


def calendar(name: str = "england-and-wales") -> Calendar:
    """Return the working days of a UK division or of a calendar of the pack."""
    raise NotImplementedError


def councillors_of(ward_code: str) -> list[Councillor]:
    """Return the councillors of a ward, by name."""
    raise NotImplementedError
