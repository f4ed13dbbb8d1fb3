"""Local imitations of other systems: the same answer for the same address, no account, no network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from moothall.connectors.registry import LookUpFailed, register

CREW_NOTES = ["none", "not_out", "contaminated", "road_blocked"]
ZONES = ["none", "a", "b", "c"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def _number(*parts: str, below: int) -> int:
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") % below


def _uprn(address: Any) -> str:
    """The address's number. An address that was typed by hand is in no other system."""
    uprn = str(address.get("uprn") or "") if isinstance(address, Mapping) else str(address or "")
    if not uprn:
        raise LookUpFailed("This address is not in the gazetteer.")
    return uprn


def _postcode(address: Any) -> str:
    found = str(address.get("postcode") or "") if isinstance(address, Mapping) else ""
    return found.replace(" ", "").upper() or _uprn(address)


def last_collection(address: Any, today: date) -> dict[str, Any]:
    """When the bins of an address were due last, and what the crew noted then.

    A postcode has one collection day; of a hundred addresses ninety-one have no note.
    """
    uprn, postcode = _uprn(address), _postcode(address)
    weekday = _number("bins", postcode, below=5)
    due_on = today - timedelta(days=(today.weekday() - weekday) % 7 or 7)
    draw = _number("crew", uprn, due_on.isoformat(), below=100)
    note = CREW_NOTES[0] if draw >= 9 else CREW_NOTES[1 + draw // 3]
    letter = "ABCD"[_number("round", postcode, below=4)]
    return {"due_on": due_on, "crew_note": note, "round": f"{DAYS[weekday]} {letter}"}


def parking_zone(address: Any, today: date) -> dict[str, Any]:
    """The permit zone of an address's postcode, and how many permits the household has."""
    uprn, postcode = _uprn(address), _postcode(address)
    draw = _number("zone", postcode, below=20)
    zone = ZONES[0] if draw < 3 else ZONES[1 + min(2, (draw - 3) // 7)]
    held = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2)[_number("permits", uprn, below=10)]
    return {"zone": zone, "permits_held": held if zone != "none" else 0}


def council_tax(address: Any, today: date) -> dict[str, Any]:
    """The council tax band of an address, and whether somebody pays it there."""
    uprn = _uprn(address)
    return {
        "band": "abcdefgh"[min(7, _number("band", uprn, below=40) // 6)],
        "has_account": _number("account", uprn, below=25) != 0,
    }


def road(spot: Any, today: date) -> dict[str, Any]:
    """Who looks after the road at a place: of twenty places the council eighteen, others one each."""
    words = f"{spot.get('lon', '')} {spot.get('lat', '')} {spot.get('words', '')}"
    draw = _number("road", words.strip(), below=20)
    if draw == 0:
        return {"looked_after_by": "national", "number": "A9901"}
    if draw == 1:
        return {"looked_after_by": "private"}
    return {"looked_after_by": "council", "number": f"X{100 + _number('number', words, below=40)}"}


def column(number: Any, today: date) -> dict[str, Any]:
    """What is known about a lamp column by the number on it."""
    draw = _number("column", str(number).strip().upper(), below=20)
    if draw == 0:
        return {"state": "fault_known", "back_on": today + timedelta(days=4)}
    return {"state": "being_renewed" if draw == 1 else "working"}


def eligibility(ni_number: Any, today: date) -> dict[str, Any]:
    """Whether a benefit that counts is found by a National Insurance number: for three in four."""
    if _number("benefit", str(ni_number), below=4) == 0:
        return {"found": False}
    months = 1 + _number("since", str(ni_number), below=40)
    return {"found": True, "since": today - timedelta(days=30 * months)}


def garden(address: Any, today: date) -> dict[str, Any]:
    """The garden round of an address: of twenty homes one is not served, two paid for this year."""
    uprn, postcode = _uprn(address), _postcode(address)
    draw = _number("garden", uprn, below=20)
    day = DAYS[_number("garden day", postcode, below=5)].lower()
    found: dict[str, Any] = {"served": draw != 0, "day": day}
    if draw in {1, 2}:
        found["ends_on"] = today + timedelta(days=20 if draw == 1 else 200)
    return found


def tax_status(registration: Any, today: date) -> dict[str, Any]:
    """Whether a vehicle is taxed, by its number plate: of ten two are."""
    draw = _number("tax", str(registration), below=10)
    if draw < 2:
        return {"status": "taxed", "make": "FORD", "due_on": today + timedelta(days=120)}
    return {"status": ("off_road", "unknown", "untaxed")[min(2, draw - 2)], "make": "FORD"}


def register_all() -> None:
    """Register the stand-ins; a real connector of the same name goes before each."""
    register(
        "waste.last_collection",
        last_collection,
        title="The bin collection system",
        takes="address",
        gives={"due_on": "date", "crew_note": {"one_of": CREW_NOTES}, "round": "text"},
        stand_in=True,
    )
    register(
        "parking.zone",
        parking_zone,
        title="The parking permit system",
        takes="address",
        gives={"zone": {"one_of": ZONES}, "permits_held": "whole number"},
        stand_in=True,
    )
    register(
        "council_tax.lives_at",
        council_tax,
        title="The council tax system",
        takes="address",
        gives={"band": {"one_of": list("abcdefgh")}, "has_account": "yes or no"},
        stand_in=True,
    )
    register(
        "highways.road",
        road,
        title="The list of streets",
        takes="location",
        gives={
            "looked_after_by": {"one_of": ["council", "national", "private"]},
            "number": "text",
        },
        stand_in=True,
    )
    register(
        "lighting.column",
        column,
        title="The lighting asset system",
        takes="text",
        gives={
            "state": {"one_of": ["working", "fault_known", "being_renewed"]},
            "back_on": "date",
        },
        stand_in=True,
    )
    register(
        "benefits.eligibility",
        eligibility,
        title="The benefits check",
        takes="National Insurance number",
        gives={"found": "yes or no", "since": "date"},
        stand_in=True,
    )
    register(
        "waste.garden",
        garden,
        title="The garden waste rounds",
        takes="address",
        gives={
            "served": "yes or no",
            "day": {"one_of": [day.lower() for day in DAYS]},
            "ends_on": "date",
        },
        stand_in=True,
    )
    register(
        "vehicles.tax_status",
        tax_status,
        title="The vehicle tax enquiry service",
        takes="vehicle registration",
        gives={
            "status": {"one_of": ["taxed", "untaxed", "off_road", "unknown"]},
            "make": "text",
            "colour": "text",
            "due_on": "date",
        },
        stand_in=True,
    )
