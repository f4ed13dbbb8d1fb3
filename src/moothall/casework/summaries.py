"""What a case row keeps of its answers, so that lists need not read them: summary, place, ward."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from moothall import language
from moothall.language import Question, Service

_SHOWN = frozenset(
    {"choose one", "choose many", "yes or no", "date", "whole number", "slot", "text"}
)
MOST = 2


def summary_questions(service: Service) -> list[Question]:
    """The questions a summary is made of: the first two that are not personal and say the most."""
    sensitive = set(service.access.nobody_but) if service.access else set()
    fitting = [
        question
        for question in service.questions.values()
        if question.type in _SHOWN
        and not question.personal
        and question.row_of is None
        and question.stage == "form"
        and question.id not in sensitive
        and question.type != "yes or no"
    ]
    chosen = [one for one in fitting if one.type.startswith("choose")]
    return (chosen + [one for one in fitting if one not in chosen])[:MOST]


def projected(service: Service, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The fields `summary` and `place.*` of an event, from the answers."""
    words = [
        language.display(service, question.id, answers[question.id], "en")
        for question in summary_questions(service)
        if answers.get(question.id) not in (None, "", [])
    ]
    fields: dict[str, Any] = {"summary": ", ".join(words)[:300]}
    where = answers.get(service.place.answer) if service.place else None
    if isinstance(where, dict):
        line = str(where.get("line") or where.get("words") or "")
        fields["place.line"] = line[:300]
        fields["place.postcode"] = str(where.get("postcode") or "").upper().replace(" ", "")[:10]
        fields["place.ward"] = str(where.get("ward") or "")[:20]
        fields["place.cell"] = "" if where.get("postcode") else cell_of(where)
    return fields


CELL = 1000
"""Cells of the grid to a degree of latitude: about 110 m north to south, 65 m east to west here."""


def cell_of(where: Mapping[str, Any]) -> str:
    """The cell of the grid in which a location lies, or "" where it has no coordinates."""
    lon, lat = where.get("lon"), where.get("lat")
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return ""
    return f"@{math.floor(lat * CELL)},{math.floor(lon * CELL)}"


MOST_CELLS = 3
"""Cells to each side that are looked through: about 200 m, however far a service says."""


def cells_around(cell: str, metres: float = 0) -> list[str]:
    """A cell and those around it in which a place so many metres away may lie."""
    try:
        lat, lon = (int(one) for one in cell.removeprefix("@").split(","))
    except ValueError:
        return []
    north = min(MOST_CELLS, max(1, math.ceil(metres / 110)))
    east = min(MOST_CELLS, max(1, math.ceil(metres / 55)))
    return [
        f"@{lat + y},{lon + x}" for y in range(-north, north + 1) for x in range(-east, east + 1)
    ]


def summary_seen(service: Service, fields: frozenset[str]) -> bool:
    """Whether someone who sees `fields` may read the summary."""
    return all(question.id in fields for question in summary_questions(service))
