"""Clues in the expressions of a service to the answers that make a difference.

`working_days(missed_on, today) > 2` is a clue that two and three working days before today matter
to `missed_on`; `bin is garden` that `garden` matters to `bin`. From the clues, `values` makes the
few answers that the checker has to try.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moothall.language.check.forms import COMPARISONS, Form, children, constant, every
from moothall.language.expressions import Rules
from moothall.language.expressions.env import Env
from moothall.language.expressions.run import build
from moothall.language.expressions.values import MILLION
from moothall.language.facts import Facts

UNITS = {
    "days": "days",
    "add_days": "days",
    "working_days": "working days",
    "add_working_days": "working days",
    "years": "years",
    "add_months": "months",
}


@dataclass
class Clues:
    """What is said about one name (`bin`, `items.kind`, `collection.due_on`, `today`)."""

    numbers: set[int] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)
    lengths: set[int] = field(default_factory=set)
    shifts: set[tuple[str, int]] = field(default_factory=set)  # (unit, how many)
    wards: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    read: bool = False


def name_of(form: Form) -> str | None:
    """The full name that a leaf reads, such as `items.kind` or `collection.due_on`."""
    match form[0]:
        case "answer" | "row" | "fact":
            return str(form[1])
        case "value":
            return f"{form[1]}.{form[2]}"
    return None


def gather(forms: Iterable[Form], worked_out: Mapping[str, Form], rules: Rules) -> dict[str, Clues]:
    """Clues by name, from all the expressions of a service."""
    found: dict[str, Clues] = defaultdict(Clues)
    env = Env(rules, Facts({}))
    for form in forms:
        _gather(_opened(form, worked_out, 0), found, env)
    return found


def _opened(form: Form, worked_out: Mapping[str, Form], depth: int) -> Form:
    """`form` with named values written out in it, so that clues reach through their names."""
    if form[0] == "work" and depth < 6 and form[1] in worked_out:
        return _opened(worked_out[form[1]], worked_out, depth + 1)
    if form[0] == "first":
        return ["first", [[_opened(part, worked_out, depth) for part in row] for row in form[1]]]
    return [
        _opened(part, worked_out, depth)
        if isinstance(part, list) and part and isinstance(part[0], str)
        else part
        for part in form
    ]


def _gather(form: Form, found: dict[str, Clues], env: Env) -> None:
    for part in every(form):
        if (key := name_of(part)) is not None:
            found[key].read = True
        match part[0]:
            case name if name in COMPARISONS:
                _compared(part[1], part[2], found, env)
                _compared(part[2], part[1], found, env)
                _shifted(part, found, env)
            case "is" | "has":
                _said(part[1], [part[2]], found)
            case "in":
                listed = part[2]
                if listed[0] == "list":
                    for item in listed[1:]:
                        _compared(part[1], item, found, env)
                elif constant(listed):
                    _said(part[1], build(listed)(env) or [], found)
            case "call":
                _called(part, found, env)


def _compared(side: Form, other: Form, found: dict[str, Clues], env: Env) -> None:
    value = build(other)(env) if constant(other) else None
    if value is not None:
        _said(side, [value], found)
    elif not constant(side):
        _said(side, [0], found)


def _shifted(form: Form, found: dict[str, Clues], env: Env) -> None:
    """`born_on < add_months(today, -216)`: the shift of one date matters to the other too."""
    shifts: set[tuple[str, int]] = set()
    for part in every(form):
        if part[0] == "call" and part[1] in UNITS and len(part) == 4 and constant(part[3]):
            amount = build(part[3])(env)
            if isinstance(amount, int) and not isinstance(amount, bool):
                shifts.add((UNITS[part[1]], amount))
    if shifts:
        for leaf in every(form):
            if (key := name_of(leaf)) is not None:
                found[key].shifts |= shifts


def _called(form: Form, found: dict[str, Clues], env: Env) -> None:
    name, arguments = form[1], form[2:]
    for argument in arguments:
        for leaf in every(argument):
            if (key := name_of(leaf)) is not None:
                found[key].calls.add(name)
    if name in ("band", "band_money", "starts_with"):
        _said(arguments[0], [build(edge)(env) for edge in arguments[1:] if constant(edge)], found)


def _said(side: Form, values: Iterable[Any], found: dict[str, Clues]) -> None:
    """Note that `side` is compared with `values`."""
    for value in values:
        _note(side, value, (), found)


def _note(form: Form, value: Any, within: tuple[str, ...], found: dict[str, Clues]) -> None:
    key = name_of(form)
    if key is not None:
        clues = found[key]
        units = [UNITS[call] for call in within if call in UNITS]
        if isinstance(value, bool):
            return
        if isinstance(value, int):
            if "count" in within:
                clues.counts.add(value)
            elif "length" in within:
                clues.lengths.add(value)
            elif units:
                clues.shifts.update((unit, value) for unit in units)
            else:
                clues.numbers.update((value, value // MILLION))
        elif isinstance(value, str):
            if {"ward", "ward_name", "postcode", "uprn", "starts_with"} & set(within):
                clues.wards.add(value)
            else:
                clues.texts.add(value)
        return
    step = form[1] if form[0] == "call" else form[0]
    for child in children(form):
        _note(child, value, (*within, str(step)), found)
