"""Migrations only add, so that the old code serves on while the new schema is there already.

docs/deploy.md, "Upgrade without anybody noticing", counts on it. What must be taken away goes a release
after the code that used it: its migration says why, in a module constant `CONTRACT`.
"""

from __future__ import annotations

import sys

import pytest
from django.db import models
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader

BEFORE = {
    "api": 1, "casework": 16, "desk": 2, "files": 1, "insight": 1, "journeys": 1, "measures": 1,
    "notify": 1, "outbox": 2, "packs": 2, "pay": 1, "people": 2, "places": 1, "search": 2, "slots": 1,
}  # fmt: skip
"""The last migration of each room that was there before the rule."""
ADDS = (
    ops.CreateModel,
    ops.AddIndex,
    ops.RunPython,
    ops.RunSQL,
    ops.AlterModelOptions,
    ops.AlterModelManagers,
    ops.AlterModelTableComment,
)


def _wrong(operation: object) -> str:
    """Why the old code could not work on after this operation; empty when it can."""
    if isinstance(operation, ops.SeparateDatabaseAndState):
        return next(filter(None, map(_wrong, operation.database_operations)), "")
    if isinstance(operation, ops.AddField):
        field = operation.field
        known_to_database = field.null or field.db_default is not models.NOT_PROVIDED
        if known_to_database or field.many_to_many:
            return ""
        return "the old code writes rows without this column: give it null=True or db_default"
    if isinstance(operation, ops.AddConstraint):
        return "the old code may write rows that it refuses"
    return "" if isinstance(operation, ADDS) else "the old code still needs what it changes"


def _new() -> list[tuple[str, str, list[str]]]:
    found = []
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        number = int(name[:4]) if name[:4].isdecimal() else 0
        if app not in BEFORE and not migration.__module__.startswith("moothall."):
            continue
        if number <= BEFORE.get(app, 0) or getattr(
            sys.modules[migration.__module__], "CONTRACT", ""
        ):
            continue
        wrong = [
            f"{type(one).__name__}: {why}" for one in migration.operations if (why := _wrong(one))
        ]
        found.append((app, name, wrong))
    return found


def test_new_migrations_only_add() -> None:
    assert [one for one in _new() if one[2]] == []


@pytest.mark.parametrize(
    ("operation", "fine"),
    [
        (ops.AddField("case", "colour", models.CharField(null=True)), True),
        (ops.AddField("case", "colour", models.CharField(db_default="")), True),
        (ops.AddField("case", "colour", models.CharField(default="")), False),
        (ops.RemoveField("case", "colour"), False),
        (ops.RenameField("case", "colour", "hue"), False),
        (ops.AlterField("case", "colour", models.IntegerField()), False),
        (ops.DeleteModel("case"), False),
        (ops.CreateModel("hue", []), True),
    ],
)
def test_the_rule_knows_what_old_code_survives(operation: object, fine: bool) -> None:
    assert (_wrong(operation) == "") is fine
