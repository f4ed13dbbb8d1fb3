"""Compiles worked out values: expressions, and tables whose first fitting row wins."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from moothall.language.compiler.local import NotThat, local_value
from moothall.language.compiler.work import SILENT, Work
from moothall.language.expressions import (
    Expression,
    ExpressionError,
    Scope,
    Type,
    compile_expression,
)
from moothall.language.expressions.check import Checker, Typed
from moothall.language.expressions.run import build
from moothall.language.expressions.source import parse
from moothall.language.expressions.types import KIND_OF_VALUE
from moothall.language.models import TableRow, WorkOutSpec
from moothall.language.service import WorkedOut

_POUNDS = re.compile(r"(?<![\d.])\d+\.\d\d(?!\d)")
_RANGE = re.compile(r"(-?[\d.]+) to (-?[\d.]+)\Z")
_OPEN = (
    (re.compile(r"(-?[\d.]+) or more\Z"), ">="),
    (re.compile(r"(-?[\d.]+) or fewer\Z"), "<="),
    (re.compile(r"(-?[\d.]+) or less\Z"), "<="),
    (re.compile(r"at least (-?[\d.]+)\Z"), ">="),
    (re.compile(r"up to (-?[\d.]+)\Z"), "<="),
    (re.compile(r"under (-?[\d.]+)\Z"), "<"),
    (re.compile(r"over (-?[\d.]+)\Z"), ">"),
)


@dataclass
class _Built:
    form: list[Any]
    type: Type
    names: frozenset[str]
    source: str
    rows: tuple[tuple[Expression | None, Expression], ...] = ()


class WorkOuts:
    """Finds the types of worked out values where they are first used."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.found: dict[str, Type] = {}
        self.busy: list[str] = []

    def find(self, name: str, node: ast.AST) -> Type | None:
        """The type of a worked out value, if there is one of that name and it is known here."""
        spec = self.work.file.work_out.get(name)
        if spec is None:
            return None
        if name in self.found:
            return self.found[name]
        if name in self.busy:
            circle = " → ".join([*self.busy[self.busy.index(name) :], name])
            raise ExpressionError(
                "work_out.circle", f"`{name}` is worked out from itself ({circle}).",
                "Break the circle.", getattr(node, "col_offset", 0),
            )  # fmt: skip
        self.busy.append(name)
        try:
            built = self._build(name, spec, self.work.scope(), quiet=True)
        except ExpressionError as error:
            if error.code in ("expr.later", "work_out.circle"):
                raise ExpressionError(
                    error.code, f"`{name}` cannot be worked out here: {error.message}", error.mend,
                    getattr(node, "col_offset", 0),
                ) from None  # fmt: skip
            # its own problem is reported where it stands
            raise ExpressionError(SILENT, error.message, error.mend) from None
        finally:
            self.busy.pop()
        self.found[name] = built.type
        return built.type

    def compile_all(self) -> None:
        """Compile every worked out value with all names in reach."""
        work = self.work
        for name, spec in work.file.work_out.items():
            path = f"work_out.{name}"
            try:
                self.busy.append(name)
                built = self._build(name, spec, work.scope(), quiet=False)
            except ExpressionError as error:
                if error.code != SILENT:
                    work.problem(error.code, path, error.message, error.mend)
                continue
            finally:
                self.busy.pop()
            self.found[name] = built.type
            expression = Expression(
                built.source, path, built.type, built.form, None, built.names, work.rules,
                build(built.form),
            )  # fmt: skip
            work.expressions[path] = expression
            work.rules.worked_out[name] = expression.run
            label = spec.label or name.replace("_", " ").capitalize()
            work.worked_out[name] = WorkedOut(name, label, expression, built.rows)

    def _build(self, name: str, spec: WorkOutSpec, scope: Scope, *, quiet: bool) -> _Built:
        wanted = KIND_OF_VALUE.get(spec.type, "text") if spec.type else None
        if spec.value:
            if wanted is None and _POUNDS.search(spec.value):
                wanted = "money" if self._reads_as_money(spec.value, scope) else None
            path = f"work_out.{name}.is"
            found = self._one(spec.value, scope, path, wanted, quiet)
            return _Built(found.form, found.type, found.names, spec.value)
        return self._table(name, spec, scope, wanted, quiet)

    def _reads_as_money(self, source: str, scope: Scope) -> bool:
        """Whether a value with 12.50 in it is an amount: not if it is a text or yes or no."""
        found = compile_expression(source, scope, self.work.rules, optional=True)
        return found.type.kind in ("whole", "number") and found.type.pounds

    def _one(
        self, source: str, scope: Scope, path: str, wanted: str | None, quiet: bool
    ) -> Expression:
        found = compile_expression(
            source, scope, self.work.rules, path=path, wanted=wanted, optional=True
        )
        if found.type.kind in ("rows", "look_up"):
            raise ExpressionError(
                "work_out.kind", f"`{source}` is {found.type.said()}, not a value.",
                "Use `count(…)`, `sum(…)`, or one of its values.",
            )  # fmt: skip
        if not quiet:
            self.work.expressions[path] = found
        return found

    def _table(
        self, name: str, spec: WorkOutSpec, scope: Scope, wanted: str | None, quiet: bool
    ) -> _Built:
        rows = self._rows(name, spec)
        money = wanted is None and any(_POUNDS.search(row.value) for row in rows)
        tests: list[Expression | None] = []
        values: list[Expression] = []
        for index, row in enumerate(rows):
            here = f"work_out.{name}.table.{index}"
            try:
                test = self._test(row, scope, f"{here}.when")
                values.append(
                    self._one(row.value, scope, f"{here}.is", "money" if money else wanted, quiet)
                )
            except ExpressionError as error:
                if quiet or error.code == SILENT:
                    raise
                self.work.problem(error.code, here, error.message, error.mend)
                continue
            tests.append(test)
            if test is not None and not quiet:
                self.work.expressions[f"{here}.when"] = test
        if not values:
            raise ExpressionError("work_out.no_rows", f"The table `{name}` has no row that can be used.",
                                  "Add rows such as {zone: a, is: 45.00}.")  # fmt: skip
        return self._joined(tests, values)

    def _rows(self, name: str, spec: WorkOutSpec) -> list[TableRow]:
        if not isinstance(spec.table, str):
            return list(spec.table or [])
        local = self.work.file.local.get(spec.table.removeprefix("local."))
        if local is None or local.type != "table" or not spec.table.startswith("local."):
            raise ExpressionError(
                "work_out.local", f"`{spec.table}` is not a table.",
                "Write rows, or `local.name` of a local value of type table.",
            )  # fmt: skip
        try:
            return list(local_value("table", local.default))
        except NotThat:
            return []

    def _joined(self, tests: list[Expression | None], values: list[Expression]) -> _Built:
        """All values of one type; numbers become the widest of them."""
        checker = Checker("", set())
        node = ast.Constant(value=0, col_offset=0, lineno=1)
        widest = Typed(values[0].form, values[0].type)
        for value in values[1:]:
            widest, _ = checker.alike(widest, Typed(value.form, value.type), node)
        forms: list[list[Any]] = []
        options: dict[str, None] = {}
        optional = tests[-1] is not None
        for test, value in zip(tests, values, strict=True):
            one, _ = checker.alike(Typed(value.form, value.type), widest, node)
            options.update(dict.fromkeys(value.type.options))
            optional = optional and value.type.optional
            forms.append([test.form if test else ["const", True], one.form])
        maybe = any(value.type.optional for value in values)
        kind = replace(widest.type, optional=maybe, options=tuple(options),
                       pounds=all(value.type.pounds for value in values))  # fmt: skip
        names: frozenset[str] = frozenset().union(
            *(value.names for value in values), *(test.names for test in tests if test)
        )
        rows = tuple(zip(tests, values, strict=True))
        return _Built(["first", forms], kind, names, "table", rows)

    # -- the conditions of a row ------------------------------------------------------------

    def _test(self, row: TableRow, scope: Scope, path: str) -> Expression | None:
        parts = [self._cell(name, value, scope) for name, value in row.cells.items()]
        parts = [part for part in parts if part]
        if row.when:
            parts.append(f"({row.when})" if parts else row.when)
        if not parts:
            return None
        source = " and ".join(parts)
        return compile_expression(source, scope, self.work.rules, path=path, wanted="bool")

    def _cell(self, name: str, value: Any, scope: Scope) -> str:
        """A cell as an expression: `cars: 2 or more` is `cars >= 2`."""
        if value in ("any", "anything"):
            return ""
        tree, text, pounds = parse(name)
        found = Checker(text, pounds).maybe_name(tree, scope) if isinstance(
            tree, ast.Name | ast.Attribute
        ) else Checker(text, pounds).value(tree, scope)  # fmt: skip
        if value in ("missing", "not answered"):
            return f"{name} is not answered"
        said = self._condition(name, value, found.type)
        return f"({name} is answered and {said})" if found.type.optional else said

    def _condition(self, name: str, value: Any, kind: Type) -> str:
        if kind.kind == "choices" and isinstance(value, str):
            return f"{value} in {name}"
        if kind.kind == "choice":
            if isinstance(value, list):
                return f"{name} in [{', '.join(map(str, value))}]"
            return f"{name} is {value}"
        if kind.kind == "bool":
            if value is True or value in ("yes", "true"):
                return name
            if value is False or value in ("no", "false"):
                return f"not {name}"
        if isinstance(value, list):
            return f"{name} in [{', '.join(self._literal(item, kind) for item in value)}]"
        if isinstance(value, str) and kind.kind in ("whole", "number", "money"):
            bare = value.replace("£", "").replace(",", "").strip()
            if between := _RANGE.match(bare):
                return f"{between[1]} <= {name} <= {between[2]}"
            for pattern, sign in _OPEN:
                if match := pattern.match(bare):
                    return f"{name} {sign} {match[1]}"
            raise ExpressionError(
                "work_out.cell", f"`{name}: {value}` is not a number or a range.",
                "Write 3, `1 to 3`, `2 or more`, `up to 5`, `under 5` or `over 5`.",
            )  # fmt: skip
        return f"{name} == {self._literal(value, kind)}"

    def _literal(self, value: Any, kind: Type) -> str:
        if kind.kind in ("text", "time"):
            return '"' + str(value).replace('"', "") + '"'
        return str(value) if isinstance(value, int | Decimal | str) else repr(value)
