"""Saying in a line which answers are meant, in the words of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moothall.language.service import Service

MOST_SAID = 5


def say(
    service: Service, trail: Iterable[tuple[str, Any]], about: frozenset[str] | None = None
) -> str:
    """`bin is food and was_out is no`; empty where nothing is worth saying.

    `about` keeps to those variables, if any of them is in the trail.
    """
    pairs = list(dict(trail).items())
    if about is not None and any(name in about for name, _ in pairs):
        pairs = [(name, value) for name, value in pairs if name in about]
    said = [one(service, name, value) for name, value in pairs[-MOST_SAID:]]
    return " and ".join(part for part in said if part)


def when(
    service: Service, trail: Iterable[tuple[str, Any]], about: frozenset[str] | None = None
) -> str:
    """` when bin is food`, with its blank, or an empty text."""
    said = say(service, trail, about)
    return f" when {said}" if said else ""


def one(service: Service, name: str, value: Any) -> str:
    """One answer, look-up, repeat or day in the words of the file."""
    page = service.page(name)
    if page is not None and page.kind == "look_up":
        if value is None:
            return f"the look-up `{name}` fails"
        parts = [f"{name}.{key} is {_plain(item)}" for key, item in value.items()]
        return " and ".join(parts[:3])
    if page is not None and page.kind == "repeat":
        return _rows(name, value)
    question = service.questions.get(name)
    if value is None:
        return f"{name} is left blank"
    if question is not None and question.type == "money":
        return f"{name} is £{value / 100:.2f}"
    return f"{name} is {_plain(value)}"


def _rows(name: str, rows: Any) -> str:
    if not rows:
        return f"{name} has no rows"
    kinds = [
        ", ".join(f"{key} {_plain(item)}" for key, item in row.items() if key != "_id")
        for row in rows[:3]
    ]
    more = " …" if len(rows) > 3 else ""
    many = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    return f"{name} has {many} ({'; '.join(kinds)}{more})" if any(kinds) else f"{name} has {many}"


def _plain(value: Any) -> str:
    if value is True:
        return "yes"
    if value is False:
        return "no"
    if isinstance(value, list):
        return " and ".join(_plain(item) for item in value) or "nothing"
    if isinstance(value, Mapping):
        for key in ("ward", "name", "starts", "id"):
            if value.get(key):
                return f"in {value[key]}" if key == "ward" else str(value[key])
        return "given"
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def listed(names: Iterable[str]) -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def article(word: str) -> str:
    """`an` before a vowel and before letters that are read out (NHS), else `a`."""
    return "an" if word[:1].lower() in "aeio" or word.startswith("NHS") else "a"
