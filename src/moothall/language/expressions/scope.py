"""Which names an expression may use where it stands, and what each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from moothall.language.expressions.types import DATE, MONEY, TEXT, Type

RESERVED = frozenset(
    [
        "local",
        "today",
        "state",
        "started",
        "ended",
        "fee",
        "reference",
        "finish_by",
        "answered",
        "yes",
        "no",
        "true",
        "false",
        "and",
        "or",
        "not",
        "in",
        "is",
        "if",
        "else",
        "none",
        "account",
        "any",
        "all",
    ]
)
CASE_FACTS: Mapping[str, Type] = {
    "started": DATE,
    "ended": DATE.maybe(),
    "fee": MONEY,
    "reference": TEXT,
    "finish_by": DATE,
}


@dataclass(frozen=True)
class Scope:
    """The names in reach of an expression.

    `names`: answers (by id) that have been asked. `look_ups`: look-ups that have run, with what
    they give. `later`: ids that are asked later, and where. `rows`: the fields of each repeat.
    `row`: the repeat whose row the expression is about. `worked_out`: types of worked out values;
    one that is not known yet is found by `find`. `facts`: today, state and so on.
    """

    names: Mapping[str, Type] = field(default_factory=dict)
    look_ups: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()  # look-ups that may fail
    later: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    row: str | None = None
    worked_out: Any = None  # callable: id -> WorkedType | None
    local: Mapping[str, Type] = field(default_factory=dict)
    facts: Mapping[str, Type] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    in_text: bool = False

    def within(self, repeat: str) -> Scope:
        """The scope inside a row of `repeat`."""
        return replace(self, row=repeat)

    def knowing(self, names: frozenset[str]) -> Scope:
        """The scope where `names` are known to be answered."""
        return replace(self, known=self.known | names) if names - self.known else self

    def nearest(self, name: str, others: tuple[str, ...] = ()) -> str:
        """A hint at the name that may have been meant, or an empty text."""
        pool = [*self.names, *self.look_ups, *self.rows, *self.facts, "today", *others]
        if self.row:
            pool += self.rows[self.row]
        found = get_close_matches(name, pool, n=1, cutoff=0.7)
        return f"Did you mean `{found[0]}`?" if found else ""
