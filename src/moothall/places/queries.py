"""Everything that is asked about places: reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict

from django.utils import timezone

from moothall.places import boundaries
from moothall.places.boundaries import in_force
from moothall.places.calendars import UnknownCalendar, calendar
from moothall.places.models import Address, Councillor, Postcode, Ward
from moothall.places.words import normalise_postcode

__all__ = [
    "AddressForm",
    "UnknownCalendar",
    "WardAnswer",
    "address",
    "addresses_at",
    "calendar",
    "councillors_of",
    "normalise_postcode",
    "search_addresses",
    "ward_of_point",
    "ward_of_postcode",
    "wards_in_force",
]


class AddressForm(TypedDict):
    """The JSON form of an address answer (docs/language.md). `ward` is the ward's code, or ""."""

    uprn: str
    line: str
    postcode: str
    ward: str
    ward_name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class WardAnswer:
    """The ward of a postcode; `split`: its addresses lie in several wards, so ask which address."""

    ward: Ward | None
    split: bool = False
    wards: tuple[Ward, ...] = ()
    """The wards of a split postcode, by name."""


def squeeze(postcode: str) -> str:
    """Return a postcode as the tables keep it, "XW11AA"; "" when it has not the shape of one."""
    return (normalise_postcode(postcode) or "").replace(" ", "")


def spaced(postcode: str) -> str:
    """Return a kept postcode as people write it, "XW1 1AA"."""
    return f"{postcode[:-3]} {postcode[-3:]}" if postcode else ""


def form_of(found: Address) -> AddressForm:
    """Return the JSON answer form of an address. Needs its ward loaded."""
    return {
        "uprn": found.uprn,
        "line": found.line,
        "postcode": spaced(found.postcode),
        "ward": found.ward_id or "",
        "ward_name": found.ward.name if found.ward else "",
        "lon": found.lon,
        "lat": found.lat,
    }


def addresses_at(postcode: str) -> list[AddressForm]:
    """Return the addresses at `postcode`, by street and number; empty when there are none.

    One query. Spaces and capitals of `postcode` do not matter.
    """
    key = squeeze(postcode)
    if not key:
        return []
    found = Address.objects.filter(postcode=key).select_related("ward")
    return [form_of(one) for one in found.defer("ward__boundary")]


def search_addresses(words: str, limit: int = 20) -> list[AddressForm]:
    """Return up to `limit` addresses that hold the `words`, the nearest fit first.

    Words may be begun ("abb clo"), shortened ("rd") or slightly misspelt; a word that occurs in no
    address is passed over. The cost is bounded whatever is typed: see moothall.places.search.
    """
    from moothall.places.search import find

    return [form_of(one) for one in find(words, limit)]


def address(uprn: str) -> AddressForm | None:
    """Return the address of this UPRN (leading zeros do not matter), or None."""
    digits = uprn.strip().lstrip("0")
    if not digits.isdecimal():
        return None
    found = (
        Address.objects.filter(uprn=digits).select_related("ward").defer("ward__boundary").first()
    )
    return form_of(found) if found else None


def ward_of_point(lon: float, lat: float, on: dt.date | None = None) -> Ward | None:
    """Return the ward whose boundary holds the point, in force on the day `on` (default: today)."""
    return boundaries.index().at(lon, lat, on or timezone.localdate())


def wards_in_force(on: dt.date | None = None) -> list[Ward]:
    """Return the wards in force on the day `on` (default: today), by name."""
    found = boundaries.index().in_force_on(on or timezone.localdate())
    return sorted(found, key=lambda ward: (ward.name, ward.code))


def ward_of_postcode(postcode: str, on: dt.date | None = None) -> WardAnswer:
    """Return the ward of `postcode` by the published table, in one query.

    A split postcode gives no ward but says so, with the wards of its addresses. Where the table's
    ward is not in force on the day `on` (default: today), the postcode's centre decides.
    """
    key = squeeze(postcode)
    found = Postcode.objects.filter(postcode=key).first() if key else None
    if found is None:
        return WardAnswer(None)
    index = boundaries.index()
    day = on or timezone.localdate()
    if found.is_split:
        codes = Address.objects.filter(postcode=key, ward__isnull=False)
        wards = (index.by_code.get(str(code)) for code in set(codes.values_list("ward", flat=True)))
        known = {ward for ward in wards if ward is not None and in_force(ward, day)}
        return WardAnswer(None, True, tuple(sorted(known, key=lambda ward: ward.name)))
    ward = index.by_code.get(found.ward_id or "")
    if ward is not None and in_force(ward, day):
        return WardAnswer(ward)
    if found.lon is None or found.lat is None:
        return WardAnswer(None)
    return WardAnswer(index.at(found.lon, found.lat, day))


def councillors_of(ward_code: str) -> list[Councillor]:
    """Return the councillors of a ward, by name."""
    return list(Councillor.objects.filter(ward_id=ward_code))
