"""Planning, applying and exporting a council folder."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from moothall.packs import sections
from moothall.packs.models import Council
from moothall.packs.sections import Change, PackError, PackProblem, Section, refuse


@dataclass(frozen=True)
class Plan:
    """What applying a pack would change, section by section, in the order of work."""

    folder: Path
    changes: tuple[tuple[str, Change], ...]

    @property
    def clean(self) -> bool:
        """True when applying would change nothing."""
        return not self.changes

    def __str__(self) -> str:
        if self.clean:
            return "Nothing would change: the council is as this folder says.\n"
        sign = {"add": "+", "change": "~", "remove": "-"}
        lines: list[str] = []
        section = ""
        for name, change in self.changes:
            if name != section:
                lines += ["", name.capitalize()] if lines else [name.capitalize()]
                section = name
            lines.append(f"  {sign[change.kind]} {change.message}")
            lines += [f"      {detail}" for detail in change.details]
        number = len(self.changes)
        lines += ["", f"{number} change{'' if number == 1 else 's'}."]
        return "\n".join(lines) + "\n"


def plan(folder: Path) -> Plan:
    """What applying `folder` would change. Changes nothing. Raises PackError with every mistake."""
    read = _read(folder)
    with transaction.atomic():
        return Plan(folder, _plan(read))


def apply(folder: Path) -> Plan:
    """Makes the council as `folder` says, in one transaction; gives what was changed.

    Raises PackError with every mistake found, and then nothing has changed. Applying the same
    folder again changes nothing.
    """
    read = _read(folder)
    with transaction.atomic():
        changes = _plan(read)
        if changes:
            names = {name for name, _ in changes}
            for section, data in read:
                if section.name in names:
                    section.apply(data)
            left = _plan(read)
            if left:
                raise PackError(
                    PackProblem(
                        folder.name, 1, f"After applying, {name} would still say: {one.message}"
                    )
                    for name, one in left
                )
            Council.objects.update(generation=secrets.token_hex(8))
    return Plan(folder, changes)


def export(folder: Path) -> None:
    """Writes the council in force to `folder`, which must be new or empty.

    Planning the written folder shows no change. Raises PackError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refuse(folder.name, 1, "The folder is not empty.", "Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        for section in sections.registered():
            section.export(folder)


def _read(folder: Path) -> list[tuple[Section, Any]]:
    """Each section's data, those that the pack leaves out not among them."""
    folder = folder.resolve()
    if not (folder / "council.yaml").is_file():
        raise refuse(
            f"{folder.name}/council.yaml",
            1,
            "A council's folder must hold council.yaml.",
            "Start with a copy of councils/wealdmere.",
        )
    problems: list[PackProblem] = []
    read: list[tuple[Section, Any]] = []
    for section in sections.registered():
        try:
            data = section.read(folder)
        except PackError as error:
            problems += error.problems
        else:
            if data is not None:
                read.append((section, data))
    if problems:
        raise PackError(problems)
    return read


def _plan(read: list[tuple[Section, Any]]) -> tuple[tuple[str, Change], ...]:
    problems: list[PackProblem] = []
    changes: list[tuple[str, Change]] = []
    for section, data in read:
        try:
            changes += [(section.name, change) for change in section.plan(data)]
        except PackError as error:
            problems += error.problems
    if problems:
        raise PackError(problems)
    return tuple(changes)
