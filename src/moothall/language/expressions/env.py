"""What an expression is evaluated over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moothall.language.facts import Calendar, Facts

Run = Callable[["Env"], Any]


@dataclass
class Rules:
    """What all expressions of one service share: local values, and the worked out ones."""

    local: Mapping[str, Any] = field(default_factory=dict)  # already in run-time form
    worked_out: dict[str, Run] = field(default_factory=dict)


class Env:
    """Facts as an expression sees them. `missing` collects names that had no value, if a list."""

    __slots__ = (
        "answers",
        "cache",
        "calendar",
        "facts",
        "lang",
        "local",
        "look_ups",
        "missing",
        "row",
        "today",
        "worked_out",
    )

    def __init__(
        self,
        rules: Rules,
        facts: Facts,
        answers: Mapping[str, Any] | None = None,
        look_ups: Mapping[str, Mapping[str, Any] | None] | None = None,
        row: Mapping[str, Any] | None = None,
        lang: str = "en",
    ) -> None:
        self.facts = facts
        self.answers: Mapping[str, Any] = facts.answers if answers is None else answers
        self.look_ups: Mapping[str, Mapping[str, Any] | None] = (
            facts.look_ups if look_ups is None else look_ups
        )
        self.row: Mapping[str, Any] = row or {}
        self.local = rules.local
        self.worked_out = rules.worked_out
        self.cache: dict[str, Any] = {}
        self.calendar: Calendar = facts.calendar
        self.today: str = facts.today.isoformat()
        self.missing: list[str] | None = None
        self.lang = lang
