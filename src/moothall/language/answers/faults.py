"""What is wrong with an answer in its JSON form, as codes. Fast, for `walk` calls it for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from moothall.language.answers import formats
from moothall.language.expressions import Env
from moothall.language.expressions.values import as_date, as_time, parse_date
from moothall.language.service import Page, Question

Fault = tuple[str, str, Any]  # code, part of the field ("" for all), what the limit is
MOST_ROWS: Final = 100
DEFAULT_LONGEST: Final = {"long text": 5000, "name": 120, "email": 254, "phone": 40}


def faults(question: Question, value: Any, env: Env) -> tuple[Fault, ...]:
    """What is wrong with `value` as an answer to `question`; empty if nothing is."""
    if value is None or value == "" or value == []:
        return () if question.optional else (("missing", "", None),)
    found = _SHAPES[question.type](question, value)
    if found:
        return found
    return _beyond(question, value, env)


def row_faults(
    questions: tuple[Question, ...], row: Any, env: Env
) -> tuple[tuple[Question, Fault], ...]:
    """What is wrong with one row of a repeat. `env.row` is left as the row's good answers."""
    if not isinstance(row, Mapping):
        return ((questions[0], ("wrong", "", None)),)
    good: dict[str, Any] = {}
    env.row = good
    out: list[tuple[Question, Fault]] = []
    for question in questions:
        if question.when is not None and not question.when.run(env):
            continue
        value = row.get(question.field)
        found = faults(question, value, env)
        out.extend((question, fault) for fault in found)
        if not found and value is not None:
            good[question.field] = value
    return tuple(out)


def count_faults(page: Page, rows: int, env: Env) -> tuple[Fault, ...]:
    """Whether a repeat has too few or too many rows."""
    if rows == 0:
        return () if page.spec.optional else (("missing", "", None),)
    least = page.at_least.run(env) if page.at_least else None
    most = page.at_most.run(env) if page.at_most else None
    if least is not None and rows < least:
        return (("at_least", "", least),)
    most = MOST_ROWS if most is None else min(most, MOST_ROWS)
    if rows > most:
        return (("at_most", "", most),)
    return ()


# -- shapes: is it an answer of this kind at all? -----------------------------------------------

WRONG: Final[tuple[Fault, ...]] = (("wrong", "", None),)


def _text(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, str):
        return WRONG
    limits = question.limits
    longest = limits.longest or DEFAULT_LONGEST.get(question.type, 500)
    if len(value) > longest:
        return (("longest", "", longest),)
    if not value.strip():
        return () if question.optional else (("missing", "", None),)
    if limits.shortest and len(value) < limits.shortest:
        return (("shortest", "", limits.shortest),)
    if limits.words and len(value.split()) > limits.words:
        return (("words", "", limits.words),)
    if limits.looks_like and not formats.looks_like(value, limits.looks_like):
        return (("looks_like", "", limits.looks_like),)
    return ()


def _form(read: Callable[[str], Any]) -> Callable[[Question, Any], tuple[Fault, ...]]:
    def check(question: Question, value: Any) -> tuple[Fault, ...]:
        if not isinstance(value, str) or len(value) > 300 or read(value) is None:
            return WRONG
        return _text(question, value)

    return check


def _date(question: Question, value: Any) -> tuple[Fault, ...]:
    if isinstance(value, str):
        found = parse_date(value)
        if found is not None and found.isoformat() == value:
            return ()
    return WRONG


def _time(question: Question, value: Any) -> tuple[Fault, ...]:
    return () if as_time(value) else WRONG


def _bool(question: Question, value: Any) -> tuple[Fault, ...]:
    return () if isinstance(value, bool) else WRONG


def _one(question: Question, value: Any) -> tuple[Fault, ...]:
    return () if isinstance(value, str) and value in question.options else WRONG


def _many(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, list) or len(value) > len(question.options):
        return WRONG
    seen: set[str] = set()
    for item in value:
        if not isinstance(item, str) or item not in question.options or item in seen:
            return WRONG
        seen.add(item)
    if len(value) > 1 and any(question.options[item].alone for item in value):
        return (("alone", "", None),)
    return ()


def _whole(question: Question, value: Any) -> tuple[Fault, ...]:
    return () if type(value) is int and abs(value) <= 10**15 else WRONG


def _address(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, Mapping):
        return WRONG
    if not isinstance(value.get("line"), str) or not value["line"].strip():
        return (("missing", "", None),)
    texts = ("uprn", "line", "postcode", "ward", "ward_name", "street")
    if any(not isinstance(value.get(key, ""), str | None) for key in texts):
        return WRONG
    if len(value["line"]) > 500:
        return (("longest", "-line", 500),)
    if value.get("typed") and formats.read_postcode(value.get("postcode") or "") is None:
        return (("postcode", "-postcode", None),)
    return ()


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _location(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, Mapping):
        return WRONG
    lon, lat = value.get("lon"), value.get("lat")
    if not _number(lon) or not _number(lat) or abs(lon or 0) > 180 or abs(lat or 0) > 90:
        return WRONG
    if any(
        not isinstance(value.get(key, ""), str | None) for key in ("ward", "ward_name", "words")
    ):
        return WRONG
    return ()


def _files(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, list):
        return WRONG
    for item in value:
        if not isinstance(item, Mapping) or not isinstance(item.get("id"), str | int):
            return WRONG
    most = 1 if question.type == "signature" else 10
    if "at_most" not in question.bounds and len(value) > most:
        return (("at_most", "", most),)
    if question.limits.largest is not None:
        most_bytes = int(question.limits.largest * 1_000_000)
        if any(type(item.get("size")) is int and item["size"] > most_bytes for item in value):
            return (("largest", "", question.limits.largest),)
    return ()


def _bank(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, Mapping):
        return WRONG
    out: list[Fault] = []
    name, roll = value.get("name"), value.get("roll_number", "")
    if not isinstance(name, str) or not name.strip() or len(name) > 120:
        out.append(("bank_name", "-name", None))
    sort_code, account = value.get("sort_code"), value.get("account_number")
    if not isinstance(sort_code, str) or formats.read_sort_code(sort_code) is None:
        out.append(("sort_code", "-sort_code", None))
    if not isinstance(account, str) or formats.read_account_number(account) is None:
        out.append(("account_number", "-account_number", None))
    if not isinstance(roll, str | None) or len(roll or "") > 30:
        out.append(("roll_number", "-roll_number", None))
    return tuple(out)


def _slot(question: Question, value: Any) -> tuple[Fault, ...]:
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str | int):
        return WRONG
    starts = value.get("starts")
    if not isinstance(starts, str) or as_date(starts[:10]) is None:
        return WRONG
    return ()


_SHAPES: Final[Mapping[str, Callable[[Question, Any], tuple[Fault, ...]]]] = {
    "text": _text,
    "long text": _text,
    "name": _text,
    "email": _form(formats.read_email),
    "phone": _form(formats.read_phone),
    "vehicle registration": _form(formats.read_vehicle),
    "National Insurance number": _form(formats.read_ni),
    "NHS number": _form(formats.read_nhs),
    "date": _date,
    "time": _time,
    "yes or no": _bool,
    "choose one": _one,
    "choose many": _many,
    "whole number": _whole,
    "money": _whole,
    "address": _address,
    "location": _location,
    "file": _files,
    "photo": _files,
    "signature": _files,
    "bank details": _bank,
    "slot": _slot,
}


# -- limits ---------------------------------------------------------------------------------------


def _beyond(question: Question, value: Any, env: Env) -> tuple[Fault, ...]:
    bounds = question.bounds
    if not bounds:
        if question.type in ("whole number", "money") and value < 0:
            return (("at_least", "", 0),)
        return ()
    measure = _measure(question, value)
    for name, too in _LIMITS:
        bound = bounds.get(name)
        if bound is None:
            continue
        limit = bound.run(env)
        if limit is not None and too(measure, limit):
            return ((name, "", limit),)
    if "at_least" not in bounds and question.type in ("whole number", "money") and value < 0:
        return (("at_least", "", 0),)
    must = bounds.get("must")
    if must is not None and not _holds(question, value, env):
        return (("must", "", None),)
    return ()


def _holds(question: Question, value: Any, env: Env) -> bool:
    """Whether `limits.must` is true with this answer in place."""
    must = question.bounds["must"]
    if question.row_of:
        row, env.row = env.row, {**env.row, question.field: value}
        found = bool(must.run(env))
        env.row = row
        return found
    answers, env.answers = env.answers, {**env.answers, question.id: value}
    found = bool(must.run(env))
    env.answers = answers
    return found


def _measure(question: Question, value: Any) -> Any:
    if question.type in ("choose many", "file", "photo"):
        return len(value)
    if question.type == "slot":
        return value["starts"][:10]
    return value


_LIMITS: Final = (
    ("at_least", lambda value, limit: value < limit),
    ("at_most", lambda value, limit: value > limit),
    ("earliest", lambda value, limit: value < limit),
    ("latest", lambda value, limit: value > limit),
)
