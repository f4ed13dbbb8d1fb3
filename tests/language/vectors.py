"""Reads vectors.json: the names, local values and facts that its expressions are about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from moothall.language import Calendar, Facts
from moothall.language.expressions import CASE_FACTS, Rules, Scope, Type
from moothall.language.expressions.run import build
from moothall.language.expressions.types import DATE

FILE = Path(__file__).with_name("vectors.json")


def load() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def type_of(spec: Mapping[str, Any]) -> Type:
    return Type(
        spec["kind"],
        options=tuple(spec.get("options", ())),
        optional=bool(spec.get("optional")),
    )


def scope_of(doc: Mapping[str, Any]) -> Scope:
    state = Type("choice", options=tuple(doc["states"]), words="state")
    return Scope(
        names={name: type_of(spec) for name, spec in doc["names"].items()},
        rows={
            name: {key: type_of(spec) for key, spec in fields.items()}
            for name, fields in doc["rows"].items()
        },
        look_ups={
            name: {key: type_of(spec) for key, spec in item["gives"].items()}
            for name, item in doc["look_ups"].items()
        },
        failing=frozenset(name for name, item in doc["look_ups"].items() if item["may_fail"]),
        local={name: type_of(spec) for name, spec in doc["local"].items()},
        facts={"today": DATE, **CASE_FACTS, "state": state},
    )


def rules_of(doc: Mapping[str, Any]) -> Rules:
    return Rules(
        local={name: spec["value"] for name, spec in doc["local"].items()},
        worked_out={name: build(form) for name, form in doc["worked_out"].items()},
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def facts_of(given: Mapping[str, Any]) -> Facts:
    return Facts(
        answers=given["answers"],
        look_ups=given["look_ups"],
        today=date.fromisoformat(given["today"]),
        state=given.get("state"),
        started=_day(given.get("started")),
        finish_by=_day(given.get("finish_by")),
        fee=given.get("fee"),
        reference=given.get("reference"),
        calendar=Calendar(date.fromisoformat(day) for day in given.get("holidays", [])),
    )
