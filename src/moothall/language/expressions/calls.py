"""Checks calls of the closed list of functions."""

from __future__ import annotations

import ast
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from moothall.language.expressions.functions import FUNCTIONS, Function
from moothall.language.expressions.scope import Scope
from moothall.language.expressions.types import BOOL, TEXT, WHOLE

if TYPE_CHECKING:
    from moothall.language.expressions.check import Checker, Typed

PLURALS = ("zero", "one", "two", "few", "many", "other")
NUMERIC = frozenset({"whole", "number", "money"})


def check_call(checker: Checker, node: ast.Call, scope: Scope) -> Typed:
    """The compiled form and type of a call."""
    if not isinstance(node.func, ast.Name):
        checker.fail(node, "expr.call", f"`{checker.said(node.func)}` is not a function.",
                     "Only the functions of the language can be called.")  # fmt: skip
    name = node.func.id
    function = FUNCTIONS.get(name)
    if function is None:
        near = get_close_matches(name, FUNCTIONS, n=1, cutoff=0.6)
        checker.fail(node, "expr.function", f"There is no function called `{name}`.",
                     f"Did you mean `{near[0]}`? {FUNCTIONS[near[0]].example}" if near else
                     f"There are: {', '.join(FUNCTIONS)}.")  # fmt: skip
    if node.keywords and name != "plural":
        checker.fail(node, "expr.arguments", f"`{name}` takes no `name=`.",
                     f"Write it like `{function.example}`.")  # fmt: skip
    special = _SPECIAL.get(name)
    if special is not None:
        found: Typed = special(checker, node, scope, function)
        return found
    return _plain(checker, node, scope, function)


def _count_arguments(checker: Checker, node: ast.Call, function: Function, *counts: int) -> None:
    if len(node.args) not in counts:
        checker.fail(node, "expr.arguments",
                     f"`{function.name}` takes {' or '.join(map(str, counts))} "
                     f"{'value' if counts == (1,) else 'values'}, and {len(node.args)} "
                     f"{'is' if len(node.args) == 1 else 'are'} given.",
                     f"Write it like `{function.example}`.")  # fmt: skip


def _plain(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    takes = function.takes or ()
    _count_arguments(checker, node, function, len(takes))
    forms: list[Any] = []
    for argument, wanted in zip(node.args, takes, strict=True):
        found = checker.value(argument, scope)
        place = function.name in ("ward", "ward_name") and found.type.kind == "location"
        if found.type.kind != wanted.kind and not place:
            checker.fail(argument, "expr.argument",
                         f"`{function.name}` needs {wanted.said()}, and `{checker.said(argument)}` is "
                         f"{found.type.said()}.",
                         f"Write it like `{function.example}`.")  # fmt: skip
        forms.append(found.form)
    return Typed(["call", function.name, *forms], function.gives)


def _count(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    _count_arguments(checker, node, function, 1)
    argument = node.args[0]
    if isinstance(argument, ast.Name | ast.Attribute):
        found = checker.maybe_name(argument, scope)  # none at all counts as 0
    else:
        found = checker.value(argument, scope)
    if found.type.kind not in ("rows", "choices", "files", "texts"):
        checker.fail(argument, "expr.argument",
                     f"`count` needs rows, options or files, and `{checker.said(argument)}` is "
                     f"{found.type.said()}.", "Count a repeat: `count(items)`.")  # fmt: skip
    form = ["quiet", found.form] if found.type.optional else found.form
    return Typed(["count", form], WHOLE)


def _rows(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    _count_arguments(checker, node, function, 2)
    argument, each = node.args
    name = argument.id if isinstance(argument, ast.Name) else checker.said(argument)
    if name not in scope.rows:
        if name in scope.later:
            checker.unknown(argument, name, scope)
        checker.fail(argument, "expr.rows", f"`{name}` is not a repeat.",
                     f"Write it like `{function.example}`; repeats here: "
                     f"{', '.join(scope.rows) or 'none'}.")  # fmt: skip
    checker.names.add(name)
    inside = scope.within(name)
    rows = ["answer", name, "rows"]
    if function.name == "sum":
        found = checker.numeric(each, inside)
        return Typed(["sum", rows, found.form], found.type)
    return Typed([function.name, rows, checker.truth(each, inside).form], BOOL)


def _extreme(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    if len(node.args) < 2:
        _count_arguments(checker, node, function, 2)
    found = [checker.value(argument, scope) for argument in node.args]
    for _ in range(2):  # once to find the widest type, once to bring all to it
        for index in range(1, len(found)):
            found[0], found[index] = checker.alike(found[0], found[index], node)
    if found[0].type.kind not in NUMERIC | {"date", "time"}:
        checker.fail(node, "expr.argument", f"`{function.name}` needs numbers, amounts or dates.",
                     f"Write it like `{function.example}`.")  # fmt: skip
    pounds = all(item.type.pounds for item in found)
    return Typed(["call", function.name, *(item.form for item in found)],
                 replace(found[0].type, pounds=pounds))  # fmt: skip


def _divide(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    _count_arguments(checker, node, function, 3)
    left, right, zero = (checker.numeric(argument, scope) for argument in node.args)
    return checker.divided(left, right, zero, node)


def _round(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    _count_arguments(checker, node, function, 1)
    how = function.name.removeprefix("round_")
    found = checker.numeric(node.args[0], scope)
    if found.type.kind == "whole":
        return found
    if found.type.kind == "money":
        if found.form[0] in ("scale", "divide"):
            return Typed([*found.form[:-1], how], found.type)
        checker.fail(node, "expr.round", f"`{checker.said(node.args[0])}` is in whole pence already.",
                     f"Put `{function.name}` straight round the multiplication or division that "
                     "makes the fraction.")  # fmt: skip
    return Typed(["call", function.name, found.form], replace(WHOLE, pounds=found.type.pounds))


def _band(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    if len(node.args) < 2:
        _count_arguments(checker, node, function, 2)
    found = checker.numeric(node.args[0], scope)
    if found.type.kind == "number":
        checker.fail(node.args[0], "expr.argument", "`band` needs a whole number or an amount.",
                     "Round it first: `band(round_down(x), 10, 20)`.")  # fmt: skip
    edges: list[Any] = []
    for argument in node.args[1:]:
        edge = checker.numeric(argument, scope)
        if found.type.kind == "money":
            edge = checker.as_money(edge, argument)
        if not edge.constant or edge.type.kind != found.type.kind:
            checker.fail(argument, "expr.argument", "The edges of a band are plain numbers.",
                         f"Write it like `{function.example}`.")  # fmt: skip
        if edges and edge.form[1] <= edges[-1][1]:
            checker.fail(argument, "expr.argument", "The edges of a band go upwards.",
                         f"Write it like `{function.example}`.")  # fmt: skip
        edges.append(edge.form)
    name = "band_money" if found.type.kind == "money" else "band"
    return Typed(["call", name, found.form, *edges], TEXT)


def _plural(checker: Checker, node: ast.Call, scope: Scope, function: Function) -> Typed:
    from moothall.language.expressions.check import Typed

    if not scope.in_text:
        checker.fail(
            node, "expr.plural", "`plural` is for texts.", "Use it between { and } in a text."
        )
    _count_arguments(checker, node, function, 1)
    found = checker.value(node.args[0], scope)
    if found.type.kind != "whole":
        checker.fail(node.args[0], "expr.argument", "`plural` needs a whole number.",
                     f"Write it like `{function.example}`.")  # fmt: skip
    forms: dict[str, str] = {}
    for keyword in node.keywords:
        text = keyword.value
        if keyword.arg not in PLURALS or not (
            isinstance(text, ast.Constant) and isinstance(text.value, str)
        ):
            checker.fail(node, "expr.plural", f"`{keyword.arg}` is not a plural form with a text.",
                         f"The forms are {', '.join(PLURALS)}, each with a text in quotes.")  # fmt: skip
        forms[keyword.arg] = text.value
    if "other" not in forms:
        checker.fail(node, "expr.plural", "`plural` needs at least other=.",
                     f"Write it like `{function.example}`.")  # fmt: skip
    return Typed(["call", "plural", found.form, ["const", forms]], TEXT)


_SPECIAL = {
    "count": _count,
    "sum": _rows,
    "any": _rows,
    "all": _rows,
    "min": _extreme,
    "max": _extreme,
    "divide": _divide,
    "round_half_up": _round,
    "round_up": _round,
    "round_down": _round,
    "band": _band,
    "plural": _plural,
}
