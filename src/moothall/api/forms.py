"""A service's form for other systems: what it asks, and JSON answers as the fields of the form.

The answers go through the readers of the form itself, so that what a resident may type is what another
system may send, and is refused in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ninja import Schema

from moothall.api.problems import pointer
from moothall.casework.facts import FILE_TYPES
from moothall.journeys.fields import NOT_LISTED, Form, field_name
from moothall.language import Facts, Question, Service, limits_of


class Choice(Schema):
    """One thing to choose."""

    id: str
    label: str
    hint: str = ""


class Asked(Schema):
    """A question: what it is called, of which type its answer is, and what it may be."""

    id: str
    label: str
    hint: str
    type: str
    optional: bool
    personal: str
    options: list[Choice]
    limits: dict[str, Any]
    page: str
    repeat: str = ""

    @classmethod
    def of(cls, service: Service, question: Question, facts: Facts | None, lang: str) -> Asked:
        """The question in words. Without `facts`, limits that depend on answers are left out."""
        limits: Mapping[str, Any] = {}
        if facts is not None and question.row_of is None:
            limits = limits_of(service, question.id, facts)
        return cls(
            id=question.id,
            label=service.text(f"{question.path}.label", lang) or question.label,
            hint=service.text(f"{question.path}.hint", lang),
            type=question.type,
            optional=bool(question.optional),
            personal=question.personal or "",
            options=[
                Choice(
                    id=one.id,
                    label=service.text(f"{question.path}.options.{one.id}.label", lang)
                    or one.label,
                    hint=one.hint,
                )
                for one in question.options.values()
            ],
            limits={
                name: value
                for name, value in limits.items()
                if isinstance(value, (int, float, str, bool))
            },
            page=question.page,
            repeat=question.row_of or "",
        )


@dataclass
class Sheet:
    """Answers as fields of the form. `files` are kept apart; `unknown` are (pointer, words)."""

    form: Form
    files: dict[str, Any]
    known: set[str]
    names: dict[str, str]
    unknown: list[tuple[str, str]] = field(default_factory=list)

    def pointer(self, name: str) -> str:
        """Where in the body the answer stands that a field of the form belongs to."""
        best = max(
            (one for one in self.names if name == one or name.startswith(f"{one}-")),
            key=len,
            default="",
        )
        return self.names[best] if best else "/answers"


def asked_of(service: Service, answers: Mapping[str, Any]) -> Sheet:
    """The answers as the fields in which a person would type them."""
    sheet = Sheet({}, {}, set(), {})
    form: dict[str, list[str]] = {}
    for one in service.questions.values():
        if one.row_of is None:
            sheet.names[field_name(one, "")] = pointer("answers", one.id)
    for name, value in answers.items():
        at = pointer("answers", name)
        question = service.questions.get(name)
        page = service.page(name) if question is None else None
        if page is not None and page.kind == "repeat":
            sheet.known.add(name)
            sheet.names[page.id] = at
            _rows(service, page.id, page.questions, value, form, sheet)
        elif question is None or question.row_of is not None or question.stage != "form":
            sheet.unknown.append((at, "The service has no such question."))
        elif question.type in FILE_TYPES:
            sheet.known.add(name)
            if value not in (None, []):
                sheet.files[name] = value
        else:
            sheet.known.add(name)
            _fields(question, value, field_name(question, ""), form, at, sheet)
    sheet.form = form
    return sheet


def _rows(
    service: Service,
    page: str,
    questions: tuple[str, ...],
    value: Any,
    form: dict[str, list[str]],
    sheet: Sheet,
) -> None:
    if not isinstance(value, list) or len(value) > 100:
        sheet.unknown.append((pointer("answers", page), "Give a list of 100 rows at most."))
        return
    fields = {service.questions[one].field: service.questions[one] for one in questions}
    for number, row in enumerate(value, 1):
        here = pointer("answers", page, number - 1)
        if not isinstance(row, dict):
            sheet.unknown.append((here, "A row is an object."))
            continue
        prefix = f"{page}-{number}-"
        for name in fields:
            sheet.names[f"{prefix}{name}"] = f"{here}{pointer(name)}"
        for name, one in row.items():
            if name == "_id":
                continue
            question = fields.get(name)
            if question is None or question.type in FILE_TYPES:
                sheet.unknown.append((f"{here}{pointer(name)}", "There is no such question."))
                continue
            _fields(question, one, f"{prefix}{name}", form, f"{here}{pointer(name)}", sheet)


def _fields(
    question: Question, value: Any, name: str, form: dict[str, list[str]], at: str, sheet: Sheet
) -> None:
    """Put one answer into the form, as its type is typed."""
    if value is None:
        return
    made = _typed(question, value, name)
    if made is None:
        sheet.unknown.append((at, _SHAPES.get(question.type, "Give a text.")))
    else:
        form.update(made)


_SHAPES = {
    "yes or no": "Give true or false.",
    "choose many": "Give a list of the ids of options.",
    "whole number": "Give a whole number.",
    "money": "Give pence as a whole number.",
    "address": 'Give {"uprn": "…"}, or {"line": "…", "town": "…", "postcode": "…"}.',
    "location": 'Give {"lon": …, "lat": …}, or {"words": "…"}.',
    "bank details": 'Give {"name": "…", "sort_code": "…", "account_number": "…"}.',
    "slot": 'Give {"id": "…"} of a free time.',
}


def _typed(question: Question, value: Any, name: str) -> dict[str, list[str]] | None:
    kind = question.type
    if kind == "yes or no":
        return {name: ["yes" if value else "no"]} if isinstance(value, bool) else None
    if kind in {"whole number", "money"}:
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**15:
            return None
        sign, pence = ("-" if value < 0 else ""), abs(value)
        text = f"{sign}{pence // 100}.{pence % 100:02d}" if kind == "money" else str(value)
        return {name: [text]}
    if kind == "choose many":
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return {name: list(value)} if texts else None
    if kind == "slot":
        chosen = value.get("id") if isinstance(value, dict) else value
        return {name: [str(chosen)]} if isinstance(chosen, (str, int)) else None
    if kind == "address":
        return _address(value, name)
    if kind == "location":
        return _location(value, name)
    if kind == "bank details":
        return _parts(value, name, ("name", "sort_code", "account_number", "roll_number"))
    return {name: [value]} if isinstance(value, str) else None


def _address(value: Any, name: str) -> dict[str, list[str]] | None:
    if isinstance(value, dict) and value.get("uprn"):
        uprn = str(value["uprn"])
        # A chosen line of a list that was never shown: a number that is no address is told so.
        return {name: [uprn if uprn != NOT_LISTED else "-"]}
    return _parts(value, name, ("line", "town", "postcode"))


def _location(value: Any, name: str) -> dict[str, list[str]] | None:
    if not isinstance(value, dict):
        return None
    if set(value) - {"lon", "lat", "words", "ward"}:
        return None
    lon, lat, words = value.get("lon"), value.get("lat"), value.get("words", "")
    if not isinstance(words, str) or not all(
        one is None or (isinstance(one, (int, float)) and not isinstance(one, bool))
        for one in (lon, lat)
    ):
        return None
    made = {f"{name}-words": [words]}
    if lon is not None and lat is not None:
        made |= {f"{name}-lon": [repr(lon)], f"{name}-lat": [repr(lat)]}
    return made


def _parts(value: Any, name: str, parts: tuple[str, ...]) -> dict[str, list[str]] | None:
    if not isinstance(value, dict) or set(value) - set(parts):
        return None
    if not all(isinstance(one, str) for one in value.values()):
        return None
    return {f"{name}-{part}": [str(value.get(part, ""))] for part in parts}
