"""Rows of a repeat: which questions one asks, and how it reads in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moothall import language
from moothall.language import Facts, Service, display


def asked_in_row(
    service: Service, repeat: str, row: Mapping[str, Any], facts: Facts
) -> tuple[str, ...]:
    """Return the ids of the questions that a row asks, given its answers so far."""
    return language.asked_in_row(service, repeat, row, facts)


def row_label(service: Service, repeat: str, row: Mapping[str, Any], lang: str) -> str:
    """Return one row in a line, as the service file says or as its answers in words."""
    page = service.page(repeat)
    if page is None or not row:
        return ""
    words = [
        display(service, name, row.get(service.questions[name].field), lang)
        for name in page.questions
        if row.get(service.questions[name].field) not in (None, "", [])
    ]
    return ", ".join(word.replace("\n", ", ") for word in words if word)
