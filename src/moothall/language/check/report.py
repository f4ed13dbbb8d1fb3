"""What `moothall check` says about one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from moothall.language.check.notes import LANGUAGES
from moothall.language.check.readability import ENOUGH_WORDS, Readability
from moothall.language.problems import Problem
from moothall.language.service import Service

MOST_SHOWN = 3
PROOFS = (
    "structure and references",
    "types",
    "reach",
    "completeness",
    "safety",
    "examples",
    "readability",
)


@dataclass(frozen=True)
class Coverage:
    """Which stops, states and moves the examples visit, and which they do not."""

    visited: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    examples: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there is nothing to visit."""
        every = len(self.visited) + len(self.uncovered)
        return len(self.visited) / every if every else 1.0


@dataclass(frozen=True)
class Report:
    """The outcome of a check: every problem, and what was proved how."""

    file: str
    service: Service | None
    problems: tuple[Problem, ...]
    by_proof: Mapping[int, tuple[Problem, ...]]
    coverage: Coverage = Coverage()
    routes_count: int = 0
    more_routes: bool = False
    method: str = "every combination"
    walks: int = 0
    readability: Mapping[str, Readability] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the service from being used."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that a service manager should look at."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def ok(self) -> bool:
        """Whether all seven proofs hold."""
        return not self.errors

    def text(self) -> str:
        """The report as it is printed."""
        lines: list[str] = []
        for problem in sorted(self.problems, key=lambda p: (p.severity != "error", p.file, p.line)):
            mark = "" if problem.severity == "error" else "(advice) "
            where = f"{problem.file}:{problem.line}" if problem.line else problem.file
            lines.append(f"{where}: {mark}{problem.message} {problem.mend}".rstrip())
        if lines:
            lines.append("")
        if self.service is None:
            lines.append(
                f"{self.file}: {_count(self.errors, 'mistake')} to mend; nothing else was checked."
            )
            return "\n".join(lines) + "\n"
        lines.append(f"{self.service.name} ({self.service.id} {self.service.version})")
        for number, name in enumerate(PROOFS, 1):
            found = self.by_proof.get(number, ())
            wrong = [problem for problem in found if problem.severity == "error"]
            advice = len(found) - len(wrong)
            state = _count(wrong, "mistake") if wrong else "proved"
            extra = f", {advice} to look at" if advice else ""
            lines.append(f"  {number} {name:<26}{state}{extra}{self._detail(number)}")
            if number == 6:
                lines += [f"    no example visits {what}" for what in self.coverage.uncovered]
            if number == 7:
                lines += self._hardest()
        return "\n".join(lines) + "\n"

    def _hardest(self) -> list[str]:
        """The words that are hardest to read, worst first, where there are enough to judge."""
        lines = []
        for lang, measured in self.readability.items():
            texts = [text for text in measured.worst if text.count.words >= ENOUGH_WORDS]
            for text in texts[:MOST_SHOWN]:
                age = f"reading age {text.count.reading_age:.0f}, " if lang == "en" else ""
                note = f"{age}longest sentence {text.count.longest} words"
                lines.append(f"    hardest words{_said(lang)}: {text.path} ({note})")
        return lines

    def _detail(self, number: int) -> str:
        match number:
            case 3:
                more = "more than " if self.more_routes else ""
                routes = (
                    f"{more}{self.routes_count:,} {'route' if self.routes_count == 1 else 'routes'}"
                )
                return f" ({routes}; {self.method}, {self.walks:,} steps tried)"
            case 6:
                every = len(self.coverage.visited) + len(self.coverage.uncovered)
                return (
                    f" ({self.coverage.examples} examples visit {len(self.coverage.visited)} of"
                    f" {every} stops, states and moves)"
                )
            case 7 if self.readability:
                said = [
                    f"{_said(lang).strip()}: {measured.summary()}"
                    if lang != "en"
                    else measured.summary()
                    for lang, measured in self.readability.items()
                ]
                return f" ({'; '.join(said)})"
        return ""


def _said(lang: str) -> str:
    """` Welsh`, with its blank; nothing for English."""
    return f" {LANGUAGES.get(lang, lang)}" if lang != "en" else ""


def _count(problems: object, word: str) -> str:
    number = len(problems) if isinstance(problems, list | tuple) else 0
    return f"{number} {word}{'' if number == 1 else 's'}"
