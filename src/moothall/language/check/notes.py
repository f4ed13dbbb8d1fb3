"""Collecting what the proofs find, with the line where each stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from moothall.language.problems import Problem, Severity

LANGUAGES = {"cy": "Welsh"}
Where = Callable[[str], tuple[str, int, int]]


@dataclass
class Notes:
    """Collects the problems of the proofs, with the line of each."""

    where: Where
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def add(
        self,
        proof: int,
        code: str,
        path: str,
        message: str,
        mend: str,
        severity: Severity = "error",
    ) -> None:
        """Note a problem of `proof` (1 to 7) at `path`."""
        file, line, column = self.where(path)
        problem = Problem(code, file, line, column, path, message, mend, severity)
        if (proof, problem) not in self.problems:
            self.problems.append((proof, problem))
