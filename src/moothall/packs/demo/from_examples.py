"""Made-up cases of a service that has no invented form of its own: they follow its examples.

The examples of a service file are proved, so what they answer is complete and what they do is allowed.
Days move to the day of the case, places and people are the demonstration's. A story is followed up to
the first step that a made-up year cannot take: the clock takes its own, and a booking is not changed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from moothall import language
from moothall.language import Service
from moothall.language.models import ExampleSpec
from moothall.packs.demo.answers import Asker, Filled
from moothall.packs.demo.fates import Fate, Step

NEAR = timedelta(days=400)
"""A day so near to the example's own moves with it; a birthday stays."""
FILES = frozenset({"file", "photo", "signature"})
WORKING_DAY = 7.5


def suitable(service: Service) -> list[ExampleSpec]:
    """The examples that make a case with the values that every council starts from."""
    return [
        one
        for one in service.examples
        if one.expect.stop is None
        and not one.local
        and not (one.fakes and "fails" in str(one.fakes))
    ]


def form(service: Service, number: int, rng: random.Random, who: Asker) -> Filled | None:
    """What somebody answers: an example's answers, of another person, at another place and day."""
    examples = suitable(service)
    if not examples:
        return None
    example = examples[number % len(examples)]
    facts = language.example_facts(service, example)
    since = who.on - facts.today
    answers = {
        name: value
        for name, value in _moved(facts.answers, facts.today, since).items()
        if value not in (None, "", [])
    }
    files, slot = [], ""
    home: dict[str, Any] = {}
    for name in list(answers):
        question = service.questions.get(name)
        kind = question.type if question is not None else ""
        if kind in FILES:
            del answers[name]
            files.append(name)
        elif kind == "slot":
            del answers[name]
            slot = name
        elif kind == "address":
            if not home:  # a second address is somebody else's: it stays as the example has it
                answers[name] = home = dict(who.address)
        elif kind == "location":
            answers[name] = _place(who.address, str(answers[name].get("words") or ""))
        elif kind in ("email", "phone") or (kind == "name" and name in ("name", "your_name")):
            answers[name] = {
                "email": who.person.email,
                "phone": who.person.mobile,
                "name": who.person.name,
            }[kind]
    look_ups = {
        name: _moved(found, facts.today, since) if isinstance(found, Mapping) else None
        for name, found in facts.look_ups.items()
    }
    return Filled(answers, look_ups, tuple(files), slot)


def fate(service: Service, number: int, rng: random.Random) -> Fate:
    """What becomes of that case: the example's moves, as far as they go."""
    examples = suitable(service)
    if not examples:
        return []
    example = examples[number % len(examples)]
    before = date.fromisoformat(example.today)
    out: Fate = []
    for one in example.moves:
        move = service.moves[one.move]
        by = one.by or move.by[0]
        needs = {service.questions[name].type for name in one.answers if name in service.questions}
        if by in ("clock", "system") or needs & {*FILES, "slot"}:
            break
        day = date.fromisoformat(one.on) if one.on else before
        waited = max(0, (day - before).days)
        hours = waited * (24.0 if by == "applicant" else WORKING_DAY) + rng.uniform(0.5, 6)
        reason = one.reason or ("Checked against our records." if "reason" in move.needs else "")
        message = one.message or (
            "Thank you. We will let you know." if "message" in move.needs else ""
        )
        answers = {
            name: language.plain_answer(service, name, value) for name, value in one.answers.items()
        }
        files = ("photo",) if "photo" in move.needs else ()
        out.append(Step("move", hours, by, one.move, reason, message, answers, files=files))
        before = day
    if rng.random() < 0.35:  # still under way
        out = out[: rng.randint(0, max(0, len(out) - 1))]
    return out


def _place(address: Mapping[str, Any], words: str) -> dict[str, Any]:
    near = str(address.get("line") or "").partition(",")[0]
    return {
        "lon": address.get("lon"),
        "lat": address.get("lat"),
        "ward": address.get("ward"),
        "words": words or f"Outside {near}",
    }


def _moved(values: Mapping[str, Any], today: date, since: timedelta) -> dict[str, Any]:
    """The same values with the days near `today` moved by `since`, in rows too."""

    def one(value: Any) -> Any:
        if isinstance(value, str) and len(value) == 10:
            try:
                day = date.fromisoformat(value)
            except ValueError:
                return value
            return (day + since).isoformat() if abs(day - today) <= NEAR else value
        if isinstance(value, list):
            return [one(item) for item in value]
        if isinstance(value, Mapping):
            return {key: one(item) for key, item in value.items()}
        return value

    return {name: one(value) for name, value in values.items()}
