"""The short forms that examples are written in, as JSON forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from moothall.language.answers import formats
from moothall.language.clock import LONDON
from moothall.language.compiler.local import NotThat, pence
from moothall.language.expressions.values import as_number, number_text, parse_date
from moothall.language.facts import Calendar, Facts
from moothall.language.models import ExampleSpec
from moothall.language.service import Service

READERS = {
    "email": formats.read_email,
    "vehicle registration": formats.read_vehicle,
    "National Insurance number": formats.read_ni,
    "NHS number": formats.read_nhs,
}


def plain_answer(service: Service, question_id: str, value: Any) -> Any:
    """The JSON form of an answer as it is written in an example.

    Money in pounds, `uprn:990000000001` for an address, a place in words, yes and no, one option
    where several may be chosen; a mapping for the rest. What does not fit comes back as it is, for `check_answer`.
    """
    question = service.questions.get(question_id)
    if question is None:
        page = service.page(question_id)
        if page is not None and page.kind == "repeat" and isinstance(value, list):
            return [
                {
                    "_id": str(number),
                    **{
                        key: plain_answer(service, f"{page.id}.{key}", item)
                        for key, item in row.items()
                    },
                }
                if isinstance(row, Mapping)
                else row
                for number, row in enumerate(value, 1)
            ]
        return value
    match question.type:
        case "money":
            return _pence(value)
        case "yes or no":
            return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value
        case "choose many":
            return [value] if isinstance(value, str) else value
        case "address":
            return _address(value)
        case "location":
            return _location(value)
        case "file" | "photo" | "signature":
            names = [value] if isinstance(value, str) else value
            return [_file(name) for name in names] if isinstance(names, list) else names
        case "whole number":
            return int(value) if isinstance(value, str) and value.isdecimal() else value
    reader = READERS.get(question.type)
    if reader is not None and isinstance(value, str):
        return reader(value) or value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _pence(value: Any) -> Any:
    try:
        return pence(value)
    except NotThat:
        return value


def _address(value: Any) -> Any:
    if isinstance(value, str):
        uprn = value.removeprefix("uprn:")
        return {
            "uprn": uprn, "line": "1 Example Street", "postcode": "XW1 1AA", "ward": "X05000001",
            "ward_name": "Example", "lon": -1.1, "lat": 52.4,
        }  # fmt: skip
    if isinstance(value, Mapping):
        return {**_address("uprn:"), **value}
    return value


def _location(value: Any) -> Any:
    """A place in words, or a mapping whose coordinates were read as exact decimals (which a stored
    definition keeps as text)."""
    if isinstance(value, str):
        return {
            "lon": -1.1,
            "lat": 52.4,
            "ward": "X05000001",
            "ward_name": "Example",
            "words": value,
        }
    if isinstance(value, Mapping):
        return {
            key: float(item) if isinstance(item, Decimal) or key in ("lon", "lat") else item
            for key, item in value.items()
        }
    return value


def _file(value: Any) -> Any:
    if isinstance(value, str):
        return {"id": value, "name": value, "type": "image/jpeg", "size": 1000}
    return value


def example_look_up(service: Service, look_up_id: str, value: Any) -> Mapping[str, Any] | None:
    """The JSON form of what an example's `fakes` give for a look-up; None for `fails`."""
    page = service.page(look_up_id)
    if page is None or not isinstance(value, Mapping):
        return None
    out: dict[str, Any] = {}
    for name, item in value.items():
        kind = getattr(page.spec.gives.get(name), "type", "one_of")
        if kind == "money":
            out[name] = _pence(item)
        elif kind == "number":
            exact = as_number(item)
            out[name] = None if exact is None else number_text(exact)
        elif kind == "yes or no" and isinstance(item, str):
            out[name] = {"yes": True, "no": False}.get(item, item)
        elif kind in ("text", "one_of") and isinstance(item, int | Decimal):
            out[name] = str(item)
        else:
            out[name] = item
    return out


def example_facts(service: Service, example: ExampleSpec) -> Facts:
    """The facts of an example: its answers and fakes in JSON form, its day, time and holidays.

    Optional questions that it does not answer are taken as left blank. Local values of its own go
    in with `service.with_local(example.local)`, before.
    """
    answers = {name: plain_answer(service, name, value) for name, value in example.answers.items()}
    for name, question in service.questions.items():
        if question.optional and question.row_of is None and question.stage == "form":
            answers.setdefault(name, None)
    for page in service.pages:
        if page.kind == "repeat" and page.spec.optional:
            answers.setdefault(page.id, [])
    look_ups: dict[str, Mapping[str, Any] | None] = {}
    for page in service.pages:
        if page.kind == "look_up":
            for key in (page.id, page.spec.source):
                if key in example.fakes:
                    look_ups[page.id] = example_look_up(service, page.id, example.fakes[key])
    today = parse_date(example.today) or date(2000, 1, 1)
    at = time(int(example.at[:2]) % 24, int(example.at[3:]) % 60)
    holidays = [day for day in map(parse_date, example.holidays) if day is not None]
    return Facts(
        answers=answers, look_ups=look_ups, today=today,
        now=datetime.combine(today, at, tzinfo=LONDON), started=today,
        calendar=Calendar(holidays),
    )  # fmt: skip
