"""The bench that a service is compiled on: what is known so far, and the problems found."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from moothall.language.expressions import (
    CASE_FACTS,
    Expression,
    ExpressionError,
    Rules,
    Scope,
    Type,
    compile_expression,
)
from moothall.language.expressions.types import DATE
from moothall.language.models import ServiceFile
from moothall.language.problems import Problem, Severity
from moothall.language.service import Page, Question, Section, WorkedOut
from moothall.language.template import compile_text

SILENT = "expr.silent"  # goes wrong only because something else did, which is reported there
Locate = Callable[[str], tuple[str, int, int]]


@dataclass
class Work:
    """Everything that grows while a service is compiled."""

    file: ServiceFile
    locate: Locate
    rules: Rules = field(default_factory=Rules)
    problems: list[Problem] = field(default_factory=list)
    expressions: dict[str, Expression] = field(default_factory=dict)
    local_types: dict[str, Type] = field(default_factory=dict)
    local: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    text_scopes: dict[str, Scope] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    sections: dict[str, Section] = field(default_factory=dict)
    names: dict[str, Type] = field(default_factory=dict)
    look_ups: dict[str, dict[str, Type]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    rows: dict[str, dict[str, Type]] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    worked_out: dict[str, WorkedOut] = field(default_factory=dict)
    work_types: dict[str, Type] = field(default_factory=dict)
    find_work: Callable[[str, ast.AST], Type | None] | None = None

    def problem(
        self, code: str, path: str, message: str, mend: str = "", severity: Severity = "error"
    ) -> None:
        """Note a problem at `path`."""
        file, line, column = self.locate(path)
        found = Problem(code, file, line, column, path, message, mend, severity)
        if found not in self.problems:
            self.problems.append(found)

    def scope(self) -> Scope:
        """The names in reach at this point of the form."""
        return Scope(
            names=dict(self.names),
            look_ups=dict(self.look_ups),
            failing=frozenset(self.failing),
            later={name: at for name, at in self.later.items() if not self._has(name)},
            rows={name: dict(fields) for name, fields in self.rows.items()},
            worked_out=self.find_work,
            local=self.local_types,
            facts={"today": DATE},
            known=self.known,
        )

    def case_scope(self) -> Scope:
        """The names in reach once there is a case."""
        state = Type("choice", options=tuple(self.file.case.states), words="state")
        return replace(self.scope(), facts={"today": DATE, **CASE_FACTS, "state": state})

    def _has(self, name: str) -> bool:
        return name in self.names or name in self.look_ups or name in self.rows

    def compile(
        self,
        source: str,
        scope: Scope,
        path: str,
        wanted: str | None = None,
        optional: bool = False,
    ) -> Expression | None:
        """Compile an expression, or note why not."""
        if not source:
            return None
        try:
            found = compile_expression(
                source, scope, self.rules, path=path, wanted=wanted, optional=optional
            )
        except ExpressionError as error:
            if error.code != SILENT:
                self.problem(error.code, path, error.message, error.mend)
            return None
        self.expressions[path] = found
        return found

    def check_text(self, path: str, text: str, scope: Scope) -> None:
        """Note what is wrong with the {expressions} of a text."""
        if "{" not in text and "}" not in text:
            return
        try:
            compile_text(text, scope, self.rules, path)
        except ExpressionError as error:
            if error.code != SILENT:
                self.problem(error.code, path, error.message, error.mend)
