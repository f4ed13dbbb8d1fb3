"""What invented residents answer, service by service, in the JSON forms of the language room."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from moothall.packs.demo import words
from moothall.packs.demo.people import Person, number_plate

Address = Mapping[str, Any]


@dataclass
class Filled:
    """A form filled in: answers, what the look-ups gave, what must be uploaded or booked first."""

    answers: dict[str, Any]
    look_ups: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    slot: str = ""


@dataclass(frozen=True)
class Asker:
    """Who asks, from where, on which day, by which channel."""

    person: Person
    address: Address
    on: date
    channel: str
    last_collection: date


def missed_bin(rng: random.Random, who: Asker) -> Filled:
    """A bin that was not emptied on the last collection day."""
    note = rng.choices(["none", "not_out", "road_blocked", None], weights=[80, 6, 9, 5])[0]
    collection = (
        None if note is None else {"due_on": who.last_collection.isoformat(), "crew_note": note}
    )
    tell_by = (
        "email" if who.channel == "online" else rng.choice(["email", "text", "text", "nothing"])
    )
    answers: dict[str, Any] = {
        "address": dict(who.address),
        "bin": rng.choices(["refuse", "recycling", "garden", "food"], weights=[40, 32, 16, 12])[0],
        "missed_on": who.last_collection.isoformat(),
        "name": who.person.name,
        "tell_me_by": tell_by,
    }
    if note != "road_blocked":
        answers["was_out"] = True
    if rng.random() < 0.35:
        answers["where_left"] = rng.choice(words.WHERE_BIN_IS)
    if tell_by == "email":
        answers["email"] = who.person.email
    elif tell_by == "text":
        answers["phone"] = who.person.mobile
    return Filled(answers, {"collection": collection})


def bulky_waste(rng: random.Random, who: Asker) -> Filled:
    """One to four kinds of large thing."""
    things = rng.sample(
        ["sofa", "bed", "wardrobe", "cold", "machine", "screen", "carpet", "other"],
        k=rng.choices([1, 2, 3, 4], weights=[50, 28, 15, 7])[0],
    )
    items: list[dict[str, Any]] = []
    for number, thing in enumerate(things, start=1):
        row: dict[str, Any] = {"_id": f"r{number}", "thing": thing}
        if thing == "other":
            row["what_is_it"] = rng.choice(words.ODD_THINGS)
        row["how_many"] = rng.choices([1, 2, 3], weights=[76, 19, 5])[0]
        items.append(row)
    answers: dict[str, Any] = {
        "from_home": True,
        "address": dict(who.address),
        "items": items,
        "where_left": rng.choice(words.WHERE_THINGS_ARE),
        "has_benefits": rng.random() < 0.3,
        "name": who.person.name,
        "email": who.person.email,
    }
    if rng.random() < 0.6:
        answers["phone"] = who.person.mobile
    return Filled(answers, slot="collection_slot")


def parking_permit(rng: random.Random, who: Asker) -> Filled:
    """A permit for six or twelve months."""
    whose = rng.choices(["mine", "lent", "work"], weights=[82, 8, 10])[0]
    answers: dict[str, Any] = {
        "address": dict(who.address),
        "car_is": whose,
        "registration": number_plate(rng),
        "engine": rng.choices(["electric", "low", "middle", "high"], weights=[14, 30, 40, 16])[0],
        "lasts": rng.choices(["year", "half_year"], weights=[74, 26])[0],
        "name": who.person.name,
        "email": who.person.email,
    }
    if rng.random() < 0.4:
        answers["phone"] = who.person.mobile
    files = ("log_book", "proof_of_address", *(("work_letter",) if whose != "mine" else ()))
    zone = {
        "zone": rng.choice(["a", "b", "c"]),
        "permits_held": rng.choices([0, 1], weights=[78, 22])[0],
    }
    return Filled(answers, {"zone": zone}, files)


def crisis_support(rng: random.Random, who: Asker) -> Filled:
    """Someone without money for food, heat or things for the home."""
    needs = rng.choices(
        [["food"], ["food", "heat"], ["heat"], ["home"], ["baby", "food"], ["clothes"], ["travel"]],
        weights=[28, 26, 14, 14, 9, 6, 3],
    )[0]
    pay_by = rng.choice(["bank", "voucher"])
    answers: dict[str, Any] = {
        "lives_here": True,
        "in_danger": rng.random() < 0.04,
        "needs": needs,
        "what_happened": rng.choice(words.WHAT_HAPPENED_CRISIS),
        "name": who.person.name,
        "address": dict(who.address),
        "born_on": (who.on - timedelta(days=rng.randint(19 * 365, 70 * 365))).isoformat(),
        "adults": rng.choices([1, 2, 3], weights=[60, 33, 7])[0],
        "children": rng.choices([0, 1, 2, 3, 4], weights=[40, 24, 22, 10, 4])[0],
        "savings": rng.choice([0, 0, 120, 350, 815, 1250, 4000, 11000]),
        "gets_benefits": rng.random() < 0.76,
        "pay_by": pay_by,
        "phone": who.person.mobile,
    }
    if rng.random() < 0.7:
        answers["ni_number"] = f"QQ{rng.randint(0, 999999):06d}{rng.choice('ABCD')}"
    if pay_by == "bank":
        answers["bank"] = {
            "name": who.person.name,
            "sort_code": "000000",
            "account_number": f"{rng.randint(0, 99999999):08d}",
            "roll_number": "",
        }
    if rng.random() < 0.5:
        answers["email"] = who.person.email
    return Filled(answers)


def foi_request(rng: random.Random, who: Asker) -> Filled:
    """A request for information."""
    title, request = rng.choice(words.REQUESTS)
    answers: dict[str, Any] = {
        "about": "environment" if "tree" in request or "flood" in request else "council",
        "title": title,
        "request": request,
        "name": who.person.name,
        "email": who.person.email,
    }
    if rng.random() < 0.3:
        answers["for_whom"] = rng.choice(words.GROUPS)
    return Filled(answers)


def complaint(rng: random.Random, who: Asker) -> Filled:
    """A complaint about something that went wrong lately."""
    about, what, right = rng.choice(words.COMPLAINTS)
    answers: dict[str, Any] = {
        "about": about,
        "happened_on": (who.on - timedelta(days=rng.randint(1, 60))).isoformat(),
        "what_happened": what,
        "put_right": right,
        "name": who.person.name,
        "email": who.person.email,
    }
    if rng.random() < 0.6:
        answers["address"] = dict(who.address)
    if rng.random() < 0.4:
        answers["phone"] = who.person.mobile
    return Filled(answers)


FORMS: Mapping[str, Callable[[random.Random, Asker], Filled]] = {
    "missed_bin": missed_bin,
    "bulky_waste": bulky_waste,
    "parking_permit": parking_permit,
    "crisis_support": crisis_support,
    "foi_request": foi_request,
    "complaint": complaint,
}
"""The services of which the demonstration can fill in the form."""
