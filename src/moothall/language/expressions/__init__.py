"""Expressions: parsed, typed, compiled to one JSON form, run without ever raising."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moothall.language.expressions.check import Checker, Typed, answered_if, name_of
from moothall.language.expressions.env import Env, Rules, Run
from moothall.language.expressions.functions import FUNCTIONS, Function
from moothall.language.expressions.run import build
from moothall.language.expressions.scope import CASE_FACTS, RESERVED, Scope
from moothall.language.expressions.source import ExpressionError, parse
from moothall.language.expressions.types import Type
from moothall.language.expressions.values import to_json
from moothall.language.facts import Facts

__all__ = [
    "CASE_FACTS",
    "FUNCTIONS",
    "RESERVED",
    "Env",
    "Expression",
    "ExpressionError",
    "Function",
    "Rules",
    "Scope",
    "Type",
    "answered_if",
    "compile_expression",
    "name_of",
]


@dataclass(frozen=True, eq=False)
class Expression:
    """A compiled expression. `form` is its JSON form; `names` what it reads."""

    source: str
    path: str
    type: Type
    form: list[Any]
    node: ast.expr | None
    names: frozenset[str]
    rules: Rules
    run: Run

    def value(self, facts: Facts, row: Mapping[str, Any] | None = None) -> Any:
        """Its value over `facts`, in run-time form (docs/language.md); None where missing."""
        return self.run(Env(self.rules, facts, row=row))

    def json_value(self, facts: Facts, row: Mapping[str, Any] | None = None) -> Any:
        """Its value in JSON form: as `value`, but a number is decimal text."""
        return to_json(self.value(facts, row), self.type.kind)

    def reads_missing(self, facts: Facts, row: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """The names that had no value when it was evaluated, but for those asked by `is answered`."""
        env = Env(self.rules, facts, row=row)
        env.missing = []
        self.run(env)
        return tuple(dict.fromkeys(env.missing))


def compile_expression(
    source: str,
    scope: Scope,
    rules: Rules,
    *,
    path: str = "",
    wanted: str | None = None,
    optional: bool = False,
) -> Expression:
    """Parse, type-check and compile `source`.

    `wanted` is the kind of value that is needed (`bool`, `whole`, `money`, `date` …), None for
    any; `optional` says that it may be missing. Raises ExpressionError.
    """
    tree, text, pounds = parse(source)
    checker = Checker(text, pounds)
    if wanted == "bool" and not optional:
        found = checker.truth(tree, scope)
    else:
        found = checker.visit(tree, scope) if optional else checker.value(tree, scope)
    if wanted is not None:
        found = _fit(checker, tree, found, wanted)
    return make(source, path, found, checker, tree, rules)


def make(
    source: str, path: str, found: Typed, checker: Checker, tree: ast.expr | None, rules: Rules
) -> Expression:
    """The Expression of a checked part."""
    return Expression(
        source, path, found.type, found.form, tree, frozenset(checker.names), rules,
        build(found.form),
    )  # fmt: skip


def _fit(checker: Checker, tree: ast.expr, found: Typed, wanted: str) -> Typed:
    if found.type.kind == wanted:
        return found
    if wanted == "money":
        return checker.as_money(found, tree)
    if wanted == "number" and found.type.kind == "whole":
        return checker.as_number(found)
    if wanted == "time" and found.type.kind == "text":
        return checker.as_time(found, tree)
    raise ExpressionError(
        "expr.wrong_kind",
        f"`{checker.said(tree)}` is {found.type.said()}, and {Type(wanted).said()} is needed here.",
        "",
    )
