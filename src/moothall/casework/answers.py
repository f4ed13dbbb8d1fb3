"""Answers as fields of events: one value each, a repeat by row, so that each can be erased. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PREFIX = "answers."
LOOK_UPS = "look_ups."


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) and "_id" in row for row in value)
    )


def flatten(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an event for `answers` in the language room's JSON forms."""
    fields: dict[str, Any] = {}
    for question, value in answers.items():
        if not _is_rows(value):
            fields[PREFIX + question] = value
            continue
        fields[PREFIX + question] = [row["_id"] for row in value]
        for row in value:
            for name, cell in row.items():
                if name != "_id":
                    fields[f"{PREFIX}{question}.{row['_id']}.{name}"] = cell
    return fields


def put(answers: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Put an event's fields into `answers`, in place: the reverse of `flatten`."""
    for name, value in fields.items():
        path = name.removeprefix(PREFIX).split(".") if name.startswith(PREFIX) else []
        if len(path) == 1:
            is_rows = any(other.startswith(name + ".") for other in fields)
            answers[path[0]] = [{"_id": row} for row in value] if is_rows else value
    for name, value in fields.items():
        path = name.removeprefix(PREFIX).split(".") if name.startswith(PREFIX) else []
        if len(path) == 3:
            for row in answers.get(path[0]) or ():
                if isinstance(row, dict) and row.get("_id") == path[1]:
                    row[path[2]] = value


def drop(answers: dict[str, Any], names: Iterable[str]) -> None:
    """Take the erased fields out of `answers`, in place."""
    for name in names:
        path = name.removeprefix(PREFIX).split(".") if name.startswith(PREFIX) else []
        if len(path) == 1:
            answers.pop(path[0], None)
        elif len(path) == 3:
            for row in answers.get(path[0]) or ():
                if isinstance(row, dict) and row.get("_id") == path[1]:
                    row.pop(path[2], None)


def question_of(name: str) -> str:
    """The question id of an answer's field: `answers.items.r1.kind` is `items.kind`."""
    path = name.removeprefix(PREFIX).split(".")
    return f"{path[0]}.{path[2]}" if len(path) == 3 else path[0]


def files_in(answers: Mapping[str, Any], questions: Iterable[str]) -> list[dict[str, Any]]:
    """The uploaded files among `answers`, for the `questions` that hold files."""
    found: list[dict[str, Any]] = []
    for question in questions:
        repeat, _, cell = question.partition(".")
        values = (
            [row.get(cell) for row in answers.get(repeat) or () if isinstance(row, dict)]
            if cell
            else [answers.get(question)]
        )
        for value in values:
            found += [one for one in value or () if isinstance(one, dict) and "id" in one]
    return found
