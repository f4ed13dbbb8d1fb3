"""Answers said back in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall.language.expressions.types import question_type
from moothall.language.expressions.values import COERCE
from moothall.language.facts import Facts
from moothall.language.service import Page, Service
from moothall.language.words import option_label, render, say


def display(service: Service, question_id: str, value: Any, lang: str = "en") -> str:
    """An answer in words; lines are parted by newlines. Nothing for a blank or a misfit.

    For a repeat's id: its rows, one a line, by its `row` text.
    """
    question = service.questions.get(question_id)
    if question is None:
        page = service.page(question_id)
        if page is not None and page.kind == "repeat":
            return _rows(service, page, value, lang)
        return ""
    kind = question_type(question.type, tuple(question.options), words=question_id)
    found = COERCE[kind.kind](value)
    if found is None:
        return ""
    if kind.kind == "choices":
        return "\n".join(option_label(service, question_id, item, lang) for item in found)
    if question.type == "vehicle registration" and len(found) == 7:
        return f"{found[:4]} {found[4:]}"
    if question.type == "NHS number":
        return f"{found[:3]} {found[3:6]} {found[6:]}"
    if question.type == "National Insurance number":
        return " ".join((found[:2], found[2:4], found[4:6], found[6:8], found[8:]))
    return say(service, found, kind, lang)


def _rows(service: Service, page: Page, value: Any, lang: str) -> str:
    rows = value if isinstance(value, list | tuple) else []
    return "\n".join(
        row_line(service, page.id, row, lang) for row in rows if isinstance(row, Mapping)
    )


def row_line(service: Service, repeat_id: str, row: Mapping[str, Any], lang: str = "en") -> str:
    """One row of a repeat on one line: by its `row` text, or its answers one after the other."""
    page = service.page(repeat_id)
    if page is None:
        return ""
    template = service.text(f"{page.path}.row", lang)
    if template:
        return render(service, template, Facts({}), lang, row_of=page.id, row=row)
    said = (
        display(service, name, row.get(service.questions[name].field), lang).replace("\n", ", ")
        for name in page.questions
    )
    return ", ".join(part for part in said if part)
