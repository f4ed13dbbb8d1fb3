"""What a compiled expression reads, and what it compares that with.

Compiled forms are the JSON lists of `moothall.language.expressions.run`: `["answer", "bin",
"choice"]`, `["is", form, "garden"]`, `["first", [[test, value], …]]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Form = list[Any]

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
LEAVES = frozenset({"const", "answer", "row", "value", "look_up", "work", "local", "fact"})
_YES_OR_NO = COMPARISONS | {"is", "in", "has", "answered", "any", "all"}
_YES_OR_NO_CALLS = frozenset({"starts_with"})


def children(form: Form) -> Iterator[Form]:
    """The forms that `form` is made of, directly."""
    match form[0]:
        case "const" | "answer" | "row" | "value" | "look_up" | "work" | "local" | "fact":
            return
        case "first":
            for test, value in form[1]:
                yield test
                yield value
        case "is" | "has":
            yield form[1]
        case _:
            for part in form[1:]:
                if isinstance(part, list) and part and isinstance(part[0], str):
                    yield part


def every(form: Form) -> Iterator[Form]:
    """`form` and all that it is made of."""
    yield form
    for child in children(form):
        yield from every(child)


def variable(form: Form) -> str | None:
    """The variable that a leaf reads: a question, a repeat, a look-up or a fact; else None.

    A value of a look-up and a question of a repeat's row belong to the look-up and the repeat,
    because those are answered as one.
    """
    match form[0]:
        case "answer":
            return str(form[1])
        case "row":
            return str(form[1]).partition(".")[0]
        case "value" | "look_up":
            return str(form[1])
        case "fact":
            return str(form[1])
        case _:
            return None


def variables(form: Form, worked_out: Mapping[str, Form]) -> frozenset[str]:
    """Every variable that `form` depends on, through named values too."""
    return frozenset(_variables(form, worked_out, frozenset()))


def _variables(form: Form, worked_out: Mapping[str, Form], within: frozenset[str]) -> Iterator[str]:
    for part in every(form):
        if part[0] == "work":
            name = part[1]
            if name in worked_out and name not in within:
                yield from _variables(worked_out[name], worked_out, within | {name})
        elif (found := variable(part)) is not None:
            yield found


def constant(form: Form) -> bool:
    """Whether `form` is the same for every case: literals and the council's values only."""
    return all(part[0] in ("const", "local") for part in every(form) if part[0] in LEAVES)


def atoms(form: Form) -> Iterator[Form]:
    """The smallest yes-or-no parts of `form`: what makes one way differ from another."""
    name = form[0]
    if name in ("and", "or", "not", "if", "first"):
        for child in children(form):
            yield from atoms(child)
    elif name in _YES_OR_NO or (name == "call" and form[1] in _YES_OR_NO_CALLS):
        yield form
        for child in children(form):
            if name not in ("any", "all", "answered"):
                yield from atoms(child)
    elif name in LEAVES:
        yield form
    else:
        for child in children(form):
            yield from atoms(child)


def calls(form: Form) -> frozenset[str]:
    """Names of the functions that `form` calls."""
    return frozenset(part[1] for part in every(form) if part[0] == "call")
