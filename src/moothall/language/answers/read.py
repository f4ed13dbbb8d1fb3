"""Reads one answer from the fields of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from moothall.language.answers import formats
from moothall.language.answers.faults import Fault
from moothall.language.service import Question

Form = Mapping[str, list[str]]
Read = tuple[Any, tuple[Fault, ...], bool]  # value, faults, blank
BLANK: Final[Read] = (None, (), True)
LONGEST_FIELD: Final = 200_000


def read_fields(question: Question, form: Form, prefix: str) -> Read:
    """The value in JSON form, what is wrong with the fields, and whether nothing was typed."""
    return _READERS[question.type](question, form, f"{prefix}{question.field}")


def _first(form: Form, name: str) -> str:
    values = form.get(name)
    return values[-1][:LONGEST_FIELD] if values and isinstance(values[-1], str) else ""


def _wrong(value: Any, part: str = "", code: str = "wrong") -> Read:
    return (value, ((code, part, None),), False)


def _text(question: Question, form: Form, name: str) -> Read:
    text = formats.one_line(_first(form, name))
    return (text, (), False) if text else BLANK


def _long_text(question: Question, form: Form, name: str) -> Read:
    text = formats.clean(_first(form, name).replace("\r\n", "\n").replace("\r", "\n"))
    return (text, (), False) if text else BLANK


def _form(read: Callable[[str], Any]) -> Callable[[Question, Form, str], Read]:
    def reader(question: Question, form: Form, name: str) -> Read:
        text = formats.one_line(_first(form, name))
        if not text:
            return BLANK
        value = read(text)
        return _wrong(text) if value is None else (value, (), False)

    return reader


_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan ionawr ion", "february feb chwefror chwe", "march mar mawrth maw",
            "april apr ebrill ebr", "may mai", "june jun mehefin meh", "july jul gorffennaf gor",
            "august aug awst", "september sept sep medi", "october oct hydref hyd",
            "november nov tachwedd tach", "december dec rhagfyr rhag",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip


def _date(question: Question, form: Form, name: str) -> Read:
    day, month, year = (
        formats.one_line(_first(form, f"{name}-{part}")) for part in ("day", "month", "year")
    )
    if not (day or month or year):
        whole = formats.one_line(_first(form, name))  # an API or a browser's date field
        if not whole:
            return BLANK
        day, month, year = (*reversed(whole.split("-", 2)), "", "", "")[:3]
    typed = {"day": day, "month": month, "year": year}
    absent: tuple[Fault, ...] = tuple(
        (f"missing_{part}", f"-{part}", None) for part, text in typed.items() if not text
    )
    if absent:
        return (None, absent[:1], False)
    number = _MONTHS.get(month.lower().rstrip("."), None)
    try:
        found = date(_digits(year, 4), number or _digits(month, 2), _digits(day, 2))
    except ValueError:
        return _wrong(None, "-day")
    if not 1900 <= found.year <= 2199:
        return _wrong(None, "-year")
    return (found.isoformat(), (), False)


def _digits(text: str, most: int) -> int:
    if (
        not text.isascii()
        or not text.isdigit()
        or len(text) > most
        or (most == 4 and len(text) != 4)
    ):
        raise ValueError(text)
    return int(text)


def _time(question: Question, form: Form, name: str) -> Read:
    hour = formats.one_line(_first(form, f"{name}-hour"))
    minute = formats.one_line(_first(form, f"{name}-minute"))
    text = f"{hour}:{minute or '00'}" if hour or minute else formats.one_line(_first(form, name))
    if not text:
        return BLANK
    value = formats.read_time(text)
    return _wrong(None, "-hour" if hour or minute else "") if value is None else (value, (), False)


def _bool(question: Question, form: Form, name: str) -> Read:
    text = _first(form, name).strip().lower()
    if not text:
        return BLANK
    value = {"yes": True, "true": True, "no": False, "false": False}.get(text)
    return _wrong(None) if value is None else (value, (), False)


def _one(question: Question, form: Form, name: str) -> Read:
    text = _first(form, name).strip()
    if not text:
        return BLANK
    return (text, (), False) if text in question.options else _wrong(None)


def _many(question: Question, form: Form, name: str) -> Read:
    values = [value.strip() for value in form.get(name, []) if value.strip()]
    if not values:
        return BLANK
    chosen = list(dict.fromkeys(values))
    if any(value not in question.options for value in chosen):
        return _wrong(None)
    order = list(question.options)
    return (sorted(chosen, key=order.index), (), False)


def _bank(question: Question, form: Form, name: str) -> Read:
    typed = {
        part: formats.one_line(_first(form, f"{name}-{part}"))
        for part in ("name", "sort_code", "account_number", "roll_number")
    }
    if not any(typed.values()):
        return BLANK
    value: dict[str, Any] = dict(typed)
    value["sort_code"] = formats.read_sort_code(typed["sort_code"]) or typed["sort_code"]
    account = formats.read_account_number(typed["account_number"])
    value["account_number"] = account or typed["account_number"]
    return (value, (), False)  # its faults are found with the rest


def _address(question: Question, form: Form, name: str) -> Read:
    """A typed address. One that was chosen by UPRN is resolved by the caller."""
    line, town, postcode = (
        formats.one_line(_first(form, f"{name}-{part}")) for part in ("line", "town", "postcode")
    )
    if not line and not town:
        return BLANK
    found = formats.read_postcode(postcode)
    value = {
        "uprn": "", "line": ", ".join(part for part in (line, town) if part),
        "postcode": found or postcode, "ward": "", "ward_name": "", "typed": True,
    }  # fmt: skip
    if not line:
        return _wrong(value, "-line", "missing")
    return (value, (), False) if found else _wrong(value, "-postcode", "postcode")


def _location(question: Question, form: Form, name: str) -> Read:
    lon, lat = _first(form, f"{name}-lon").strip(), _first(form, f"{name}-lat").strip()
    if not lon and not lat:
        return BLANK
    try:
        place = {"lon": round(float(lon), 6), "lat": round(float(lat), 6)}
    except (ValueError, OverflowError):
        return _wrong(None)
    if not all(-180 <= number <= 180 for number in place.values()):
        return _wrong(None)
    words = formats.one_line(_first(form, f"{name}-words"))[:300]
    return ({**place, "ward": "", "words": words}, (), False)


def _elsewhere(question: Question, form: Form, name: str) -> Read:
    """Slots and files: the caller resolves what was chosen and calls `check_answer`."""
    return BLANK


_READERS: Final[Mapping[str, Callable[[Question, Form, str], Read]]] = {
    "text": _text,
    "long text": _long_text,
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
    "whole number": _form(formats.read_whole),
    "money": _form(formats.read_pence),
    "address": _address,
    "location": _location,
    "bank details": _bank,
    "file": _elsewhere,
    "photo": _elsewhere,
    "signature": _elsewhere,
    "slot": _elsewhere,
}
