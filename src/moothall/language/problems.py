"""What is wrong with a service file, said so that a service manager can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing to mend, and where.

    `line` and `column` count from 1; 0 means that the whole file is meant. `path` names the place
    by ids, such as `pages.bin.label`, so that it stays the same when lines move.
    """

    code: str
    file: str
    line: int
    column: int
    path: str
    message: str
    mend: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """`services/x/service.yaml:12: message. How to mend it.`"""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message} {self.mend}".rstrip()


class ServiceFileError(Exception):
    """A service file that cannot be used. `problems` says everything that was found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
