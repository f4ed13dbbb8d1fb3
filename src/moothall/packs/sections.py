"""The registry of pack sections: each room reads, plans, applies and exports its own files.

A room registers its section when the application starts:

    # people/apps.py
    def ready(self) -> None:
        from moothall.packs import sections
        from moothall.people.pack import TeamsSection
        sections.register(TeamsSection())

`packs` itself imports no room: it asks the registry, in the order of `order`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable


@dataclass(frozen=True)
class PackProblem:
    """One mistake in a pack: where it is, what it is, and how to mend it."""

    file: str
    line: int
    message: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} {self.mend}".rstrip()


class PackError(Exception):
    """A pack that cannot be applied. `problems` holds every mistake that was found."""

    def __init__(self, problems: Iterable[PackProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(file: str | Path, line: int, message: str, mend: str = "") -> PackError:
    """A PackError with a single problem, to raise."""
    return PackError([PackProblem(str(file), line, message, mend)])


@dataclass(frozen=True)
class Change:
    """One line of a plan, in words. `details` are the lines beneath it."""

    kind: Literal["add", "change", "remove"]
    message: str
    details: tuple[str, ...] = field(default=())


@runtime_checkable
class Section(Protocol):
    """What a room does with its files of a pack.

    `order`: sections are planned and applied in ascending order. Now: council 0, calendars 10,
    geography 20, teams 30, costs 40, slots 50, connectors 60, services 70, replies 75, demonstration 80,
    theme 90. Use the same number for the same name.
    """

    name: str
    order: int

    def read(self, folder: Path) -> Any:
        """The section's data, checked; None if the pack leaves its files out.

        Raises PackError with file and line. Reads files only: no database.
        """
        ...

    def plan(self, data: Any) -> list[Change]:
        """What applying `data` would change. Reads the database, changes nothing.

        May raise PackError where the data contradict what is in force.
        """
        ...

    def apply(self, data: Any) -> None:
        """Makes it so, inside the caller's transaction. Applying twice is applying once."""
        ...

    def export(self, folder: Path) -> None:
        """Writes the files from what is in force, such that planning them shows no change."""
        ...


_registered: dict[str, Section] = {}


def register(section: Section) -> None:
    """Adds a section; registering one of the same name again replaces it."""
    _registered[section.name] = section


def registered() -> tuple[Section, ...]:
    """Every section, in the order in which a pack is applied."""
    return tuple(sorted(_registered.values(), key=lambda section: (section.order, section.name)))
