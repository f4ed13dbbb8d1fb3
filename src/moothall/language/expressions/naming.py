"""Names in an expression: what each is, where it stands; and the failing that goes with it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from moothall.language.expressions.functions import FUNCTIONS
from moothall.language.expressions.scope import Scope
from moothall.language.expressions.source import DATE_MARK, ExpressionError
from moothall.language.expressions.types import BOOL, DATE, Type
from moothall.language.expressions.values import parse_date

Form = list[Any]


@dataclass(frozen=True, slots=True)
class Typed:
    """A part of an expression: its compiled form and its type."""

    form: Form
    type: Type

    @property
    def constant(self) -> bool:
        """Whether it is a literal."""
        return bool(self.form[0] == "const")


class Names:
    """Resolves the names of one expression. `names` collects what it reads."""

    def __init__(self, text: str, pounds: set[int]) -> None:
        self.text = text
        self.pounds = pounds
        self.names: set[str] = set()

    def fail(self, node: ast.AST, code: str, message: str, mend: str = "") -> NoReturn:
        """Raise an ExpressionError at `node`."""
        raise ExpressionError(code, message, mend, getattr(node, "col_offset", 0))

    def said(self, node: ast.AST) -> str:
        """The source text of `node`, dates and pounds as they were written."""
        part = ast.get_source_segment(self.text, node) or ""
        return _unmark(part)

    def name(self, node: ast.Name | ast.Attribute, scope: Scope) -> Typed:
        """A name that is used for its value: it must not be missing."""
        found = self.maybe_name(node, scope)
        if found.type.kind == "look_up":
            name = self.said(node)
            values = ", ".join(f"`{name}.{value}`" for value in scope.look_ups.get(name, {}))
            self.fail(node, "expr.look_up", f"`{name}` is a look-up, not a value.",
                      f"Say which of its values you mean: {values}.")  # fmt: skip
        return found

    def maybe_name(self, node: ast.expr, scope: Scope) -> Typed:
        """A name, which may be missing."""
        if isinstance(node, ast.Attribute):
            return self.dotted(node, scope)
        assert isinstance(node, ast.Name)
        name = node.id
        if name in ("yes", "true", "no", "false"):
            return Typed(["const", name in ("yes", "true")], BOOL)
        if name.startswith(DATE_MARK):
            return self.date_literal(node)
        if scope.row is not None and name in scope.rows[scope.row]:
            found = scope.rows[scope.row][name]
            full = f"{scope.row}.{name}"
            self.names.add(full)
            return Typed(["row", full, found.kind], self.known(found, full, scope))
        if name in scope.names:
            self.names.add(name)
            found = scope.names[name]
            return Typed(["answer", name, found.kind], self.known(found, name, scope))
        if name in scope.rows:
            self.names.add(name)
            return Typed(["answer", name, "rows"], Type("rows", words=name))
        if name in scope.look_ups:
            self.names.add(name)
            missing = name in scope.failing and name not in scope.known
            return Typed(["look_up", name], Type("look_up", optional=missing))
        if name in scope.facts:
            self.names.add(name)
            return Typed(["fact", name], self.known(scope.facts[name], name, scope))
        worked = scope.worked_out(name, node) if scope.worked_out else None
        if worked is not None:
            self.names.add(name)
            return Typed(["work", name, worked.kind], self.known(worked, name, scope))
        self.unknown(node, name, scope)

    def unknown(self, node: ast.AST, name: str, scope: Scope) -> NoReturn:
        """Fail because `name` means nothing here, with the likeliest reason."""
        if name in scope.later:
            self.fail(node, "expr.later", f"`{name}` is asked only later ({scope.later[name]}).",
                      "Ask it before it is used, or move this after it.")  # fmt: skip
        if name in ("started", "ended", "state", "finish_by", "reference", "fee"):
            self.fail(node, "expr.too_soon", f"`{name}` is not known yet: there is no case here.",
                      "Use `today`, or move this to the case.")  # fmt: skip
        if name == "local":
            self.fail(node, "expr.local", "`local` needs the name of a value.",
                      f"Write `local.name`: {', '.join(scope.local) or 'none is given'}.")  # fmt: skip
        if name in scope.local:
            self.fail(
                node,
                "expr.local_bare",
                f"`{name}` is a local value.",
                f"Write `local.{name}`.",
            )
        for repeat, fields in scope.rows.items():
            if name in fields:
                self.fail(node, "expr.row", f"`{name}` is asked in each row of `{repeat}`.",
                          f"Say of which: `any({repeat}, {name} …)`, `all({repeat}, …)` or "
                          f"`sum({repeat}, …)`.")  # fmt: skip
        if name in FUNCTIONS:
            self.fail(node, "expr.function", f"`{name}` is a function and needs its arguments.",
                      f"Write it like `{FUNCTIONS[name].example}`.")  # fmt: skip
        for other, found in scope.names.items():
            if name in found.options:
                self.fail(node, "expr.option_alone", f"`{name}` is an option of `{other}`.",
                          f"Write `{other} is {name}`.")  # fmt: skip
        self.fail(node, "expr.unknown", f"There is no question or value called `{name}`.",
                  scope.nearest(name) or "Check the spelling; every id must be asked or worked out.")  # fmt: skip

    def dotted(self, node: ast.Attribute, scope: Scope) -> Typed:
        """`local.name` or `look_up.value`."""
        if not isinstance(node.value, ast.Name):
            self.fail(node, "expr.dots", f"`{self.said(node)}` has too many dots.")
        owner, name = node.value.id, node.attr
        full = f"{owner}.{name}"
        if owner == "local":
            if name not in scope.local:
                near = get_close_matches(name, scope.local, n=1, cutoff=0.6)
                self.fail(node, "expr.local", f"There is no local value called `{name}`.",
                          f"Did you mean `local.{near[0]}`?" if near else
                          "Add it under `local:` with its type and default.")  # fmt: skip
            self.names.add(full)
            return Typed(["local", name, scope.local[name].kind], scope.local[name])
        if owner in scope.look_ups:
            fields = scope.look_ups[owner]
            if name not in fields:
                near = get_close_matches(name, fields, n=1, cutoff=0.6)
                self.fail(node, "expr.look_up_value", f"`{owner}` gives no `{name}`.",
                          f"Did you mean `{owner}.{near[0]}`?" if near else
                          f"It gives: {', '.join(fields)}.")  # fmt: skip
            self.names.add(full)
            found = fields[name]
            if owner in scope.failing and owner not in scope.known:
                found = found.maybe()
            return Typed(["value", owner, name, found.kind], self.known(found, full, scope))
        if owner in scope.rows:
            if name in scope.rows[owner]:
                self.fail(node, "expr.row", f"`{full}` could mean any row of `{owner}`.",
                          f"Say of which: `any({owner}, {name} …)`, `all({owner}, …)` or "
                          f"`sum({owner}, …)`.")  # fmt: skip
            self.fail(node, "expr.unknown", f"A row of `{owner}` has no `{name}`.",
                      f"It has: {', '.join(scope.rows[owner])}.")  # fmt: skip
        if owner in scope.later:
            self.unknown(node, owner, scope)
        if owner in scope.names:
            helper = {
                "address": "ward(…), postcode(…) or uprn(…)",
                "slot": "date_of(…) or time_of(…)",
            }
            use = helper.get(scope.names[owner].kind)
            self.fail(node, "expr.dots", f"`{owner}` is an answer and has no parts.",
                      f"Use {use}." if use else f"Use `{owner}` alone.")  # fmt: skip
        self.fail(
            node, "expr.unknown", f"There is no look-up called `{owner}`.", scope.nearest(owner)
        )

    def known(self, found: Type, name: str, scope: Scope) -> Type:
        """The type, definite where the name is known to be answered."""
        return found.definite() if name in scope.known else found

    def date_literal(self, node: ast.Name) -> Typed:
        """A date written bare: 2026-03-11."""
        digits = node.id[len(DATE_MARK) :]
        text = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
        if len(digits) != 8 or parse_date(text) is None:
            self.fail(
                node, "expr.date", f"{text} is not a date.", "Write year-month-day: 2026-03-31."
            )
        return Typed(["const", text], DATE)


def _unmark(text: str) -> str:
    return re.sub(rf"{DATE_MARK}(\d{{4}})(\d{{2}})(\d{{2}})", r"\1-\2-\3", text)
