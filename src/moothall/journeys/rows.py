"""Rows of a repeat: which questions one asks, and how it reads in a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from moothall import language
from moothall.language import Facts, Service, display


def asked_in_row(
    service: Service, repeat: str, row: Mapping[str, Any], facts: Facts
) -> tuple[str, ...]:
    """Return the ids of the questions that a row asks, given its answers so far."""
    return language.asked_in_row(service, repeat, row, facts)


def row_label(service: Service, repeat: str, row: Mapping[str, Any], lang: str) -> str:
    """Return one row in a line: as the service file says, with whatever that leaves out."""
    page = service.page(repeat)
    if page is None or not row:
        return ""
    parts: list[str] = []
    if page.spec.row:
        parts.append(display(service, repeat, [row], lang))
    for name in page.questions:
        words = display(service, name, row.get(service.questions[name].field), lang)
        words = words.replace("\n", ", ")
        if words and not any(words in part for part in parts):
            parts.append(words)
    return ", ".join(part for part in parts if part)


def with_row(facts: Facts, repeat: str, row: Mapping[str, Any]) -> Facts:
    """Return the facts with this row as the last one: what its own questions are checked by."""
    others = [
        one
        for one in facts.answers.get(repeat) or []
        if not (row.get("_id") and one.get("_id") == row.get("_id"))
    ]
    return replace(facts, answers={**facts.answers, repeat: [*others, dict(row)]})
