"""Types an expression and turns it into its compiled JSON form."""

from __future__ import annotations

import ast
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn

from moothall.language.expressions.calls import check_call
from moothall.language.expressions.naming import Names, Typed
from moothall.language.expressions.scope import Scope
from moothall.language.expressions.types import (
    BOOL,
    MONEY,
    NUMBER,
    TEXT,
    TIME,
    WHOLE,
    Type,
)
from moothall.language.expressions.values import MILLION, as_time

Form = list[Any]
COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
ORDERED = frozenset({"whole", "number", "money", "date", "time"})
NUMERIC = frozenset({"whole", "number", "money"})


class Checker(Names):
    """Checks one expression. `names` collects what it reads."""

    # -- the kinds of node ------------------------------------------------------------------

    def visit(self, node: ast.expr, scope: Scope) -> Typed:
        """The compiled form and the type of `node`."""
        match node:
            case ast.Constant():
                return self.literal(node)
            case ast.Name() | ast.Attribute():
                return self.name(node, scope)
            case ast.BoolOp():
                return self.both(node, scope)
            case ast.UnaryOp(op=ast.Not()):
                return Typed(["not", self.truth(node.operand, scope).form], BOOL)
            case ast.UnaryOp():
                return self.minus(node, scope)
            case ast.BinOp():
                return self.sums(node, scope)
            case ast.Compare():
                return self.comparison(node, scope)
            case ast.IfExp():
                return self.choice(node, scope)
            case ast.Call():
                return check_call(self, node, scope)
            case ast.List() | ast.Tuple():
                self.fail(node, "expr.list", f"The list {self.said(node)} stands alone.",
                          "A list comes right of `in`: `bin in [food, garden]`.")  # fmt: skip
        self.fail(node, "expr.not_allowed", f"`{self.said(node)}` is not part of the language.")

    def literal(self, node: ast.Constant) -> Typed:
        """A number, text, True or False."""
        value = node.value
        if isinstance(value, bool):
            return Typed(["const", value], BOOL)
        if isinstance(value, int | float):
            return self.number(node)
        if isinstance(value, str):
            return Typed(["const", value], TEXT)
        self.fail(node, "expr.literal", f"`{self.said(node)}` is not a value of the language.",
                  "For a missing answer write `… is not answered`.")  # fmt: skip

    def number(self, node: ast.Constant) -> Typed:
        """A number, or an amount where a pound sign stood before it."""
        said = self.said(node).replace("_", "")
        try:
            exact = Decimal(said)
        except ArithmeticError:
            self.fail(node, "expr.literal", f"`{said}` is not a number of the language.",
                      "Write it in plain digits, such as 1200 or 12.50.")  # fmt: skip
        if abs(exact) > 10**12 or exact != round(exact, 6):
            self.fail(node, "expr.number", f"`{said}` is too big or too fine.",
                      "Up to 12 digits before the point and 6 after it.")  # fmt: skip
        if node.col_offset - 1 in self.pounds:
            return self.as_money(
                Typed(["const", int(exact * MILLION)], replace(NUMBER, pounds=True)), node
            )
        if "." not in said and "e" not in said.lower():
            return Typed(["const", int(exact)], replace(WHOLE, pounds=True))
        return Typed(["const", int(exact * MILLION)], replace(NUMBER, pounds=True))

    # -- conditions -------------------------------------------------------------------------

    def value(self, node: ast.expr, scope: Scope) -> Typed:
        """A part that must have a value."""
        found = self.visit(node, scope)
        if found.type.optional:
            name = self.said(node)
            why = (
                "its look-up may fail or may not give it"
                if "." in name or found.form[0] == "value"
                else "its question is optional"
                if found.form[0] in ("answer", "row")
                else "it may not be known"
            )
            self.fail(node, "expr.missing", f"`{name}` may be missing: {why}.",
                      f"Say `{name} is answered and …`, or `… if {name} is answered else …`.")  # fmt: skip
        return found

    def truth(self, node: ast.expr, scope: Scope) -> Typed:
        """A part that must be true or false."""
        found = self.value(node, scope)
        if found.type.kind != "bool":
            name = self.said(node)
            mend = {
                "choice": f"Write `{name} is …` with one of its options.",
                "choices": f"Write `option in {name}`.",
                "rows": f"Write `count({name}) > 0`.",
            }.get(found.type.kind, f"Compare it with something, such as `{name} > 0`.")
            self.fail(node, "expr.not_yes_no",
                      f"`{name}` is {found.type.said()}, where yes or no is needed.", mend)  # fmt: skip
        return found

    def both(self, node: ast.BoolOp, scope: Scope) -> Typed:
        """`and`, `or`: what the left says holds on the right."""
        is_and = isinstance(node.op, ast.And)
        forms: list[Form] = []
        for part in node.values:
            found = self.truth(part, scope)
            forms.append(found.form)
            scope = scope.knowing(answered_if(found.form, is_and))
        return Typed(["and" if is_and else "or", *forms], BOOL)

    def choice(self, node: ast.IfExp, scope: Scope) -> Typed:
        """`x if c else y`."""
        test = self.truth(node.test, scope)
        then = self.visit(node.body, scope.knowing(answered_if(test.form, True)))
        other = self.visit(node.orelse, scope.knowing(answered_if(test.form, False)))
        then, other = self.alike(then, other, node)
        merged = then.type.maybe(other.type.optional)
        if other.type.options != then.type.options:
            merged = replace(
                merged, options=tuple(dict.fromkeys(then.type.options + other.type.options))
            )
        return Typed(["if", test.form, then.form, other.form],
                     replace(merged, pounds=then.type.pounds and other.type.pounds))  # fmt: skip

    def comparison(self, node: ast.Compare, scope: Scope) -> Typed:
        """One comparison or a chain of them."""
        left, forms = node.left, []
        for op, right in zip(node.ops, node.comparators, strict=True):
            if len(node.ops) > 1 and type(op) not in COMPARE:
                self.fail(node, "expr.chain", f"`{self.said(node)}` chains `is` or `in`.",
                          "Join two conditions with `and`.")  # fmt: skip
            forms.append(self.one_comparison(node, left, op, right, scope))
            left = right
        return Typed(forms[0] if len(forms) == 1 else ["and", *forms], BOOL)

    def one_comparison(
        self, node: ast.Compare, left: ast.expr, op: ast.cmpop, right: ast.expr, scope: Scope
    ) -> Form:
        """One comparison, by its sign."""
        match op:
            case ast.Is():
                return self.is_option(left, right, scope, node)
            case ast.IsNot():
                return ["not", self.is_option(left, right, scope, node)]
            case ast.In():
                return self.among(left, right, scope, node)
            case ast.NotIn():
                return ["not", self.among(left, right, scope, node)]
        return self.ordered(left, op, right, scope, node)

    def is_option(self, left: ast.expr, right: ast.expr, scope: Scope, node: ast.Compare) -> Form:
        """`bin is garden`, `x is answered`, `agreed is yes`."""
        if isinstance(right, ast.Name) and right.id == "answered":
            if not isinstance(left, ast.Name | ast.Attribute):
                self.fail(node, "expr.answered", f"`{self.said(left)}` is not a question or look-up.",
                          "Left of `is answered` comes a name.")  # fmt: skip
            return ["answered", self.maybe_name(left, scope).form]
        if isinstance(right, ast.UnaryOp):
            self.fail(node, "expr.is_not", "Right of `is` comes an option.",
                      "Write `is not` in one: `bin is not garden`.")  # fmt: skip
        found = self.value(left, scope)
        kind = found.type.kind
        name = self.said(left)
        if kind == "bool":
            if isinstance(right, ast.Name) and right.id in ("yes", "no", "true", "false"):
                return found.form if right.id in ("yes", "true") else ["not", found.form]
            if isinstance(right, ast.Constant) and isinstance(right.value, bool):
                return found.form if right.value else ["not", found.form]
            self.fail(
                right, "expr.option", f"`{name}` is yes or no.", f"Write `{name}` or `not {name}`."
            )
        if kind == "choices":
            self.fail(node, "expr.is_many", f"`{name}` can have several options.",
                      f"Write `{self.said(right)} in {name}`.")  # fmt: skip
        if kind != "choice":
            self.fail(node, "expr.is", f"`is` is for options, and `{name}` is {found.type.said()}.",
                      f"Write `{name} == {self.said(right)}`.")  # fmt: skip
        return ["is", found.form, self.option(right, found.type, name)]

    def option(self, node: ast.expr, of: Type, name: str) -> str:
        """The option that a bare name means, checked."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.fail(node, "expr.option_quoted", f"`{self.said(node)}` is in quotes.",
                      f"Options stand bare: `{name} is {node.value}`.")  # fmt: skip
        if not isinstance(node, ast.Name):
            self.fail(node, "expr.option", f"`{self.said(node)}` is not an option of `{name}`.",
                      f"It has: {', '.join(of.options)}.")  # fmt: skip
        if node.id not in of.options:
            near = get_close_matches(node.id, of.options, n=1, cutoff=0.6)
            self.fail(node, "expr.option", f"`{name}` has no option `{node.id}`.",
                      f"Did you mean `{near[0]}`?" if near else
                      f"It has: {', '.join(of.options)}.")  # fmt: skip
        return node.id

    def among(self, left: ast.expr, right: ast.expr, scope: Scope, node: ast.Compare) -> Form:
        """`bin in [food, garden]`, `food in bins`, `ward(address) in local.wards`."""
        if isinstance(right, ast.List | ast.Tuple):
            found = self.value(left, scope)
            if not right.elts:
                self.fail(right, "expr.empty_list", "The list is empty.", "Name something in it.")
            if found.type.kind == "choice":
                options = [self.option(item, found.type, self.said(left)) for item in right.elts]
                return ["in", found.form, ["list", *(["const", option] for option in options)]]
            items = []
            for item in right.elts:
                one, other = self.alike(found, self.value(item, scope), node)
                if one.form != found.form:
                    found = one
                items.append(other.form)
            return ["in", found.form, ["list", *items]]
        many = self.value(right, scope)
        if many.type.kind == "choices":
            return ["has", many.form, self.option(left, many.type, self.said(right))]
        if many.type.kind == "texts":
            found = self.value(left, scope)
            if found.type.kind not in ("text", "choice"):
                self.unlike(node, found.type, TEXT, left, right)
            return ["in", found.form, many.form]
        self.fail(right, "expr.in", f"`{self.said(right)}` is {many.type.said()}, not a list.",
                  "Right of `in` comes [a, b], a question with several answers, or a list.")  # fmt: skip

    def ordered(
        self, left: ast.expr, op: ast.cmpop, right: ast.expr, scope: Scope, node: ast.Compare
    ) -> Form:
        """`==`, `!=`, `<`, `<=`, `>`, `>=`."""
        sign = COMPARE[type(op)]
        first = self.value(left, scope)
        if first.type.kind in ("choice", "choices", "bool") and isinstance(right, ast.Name):
            name, what = self.said(left), self.said(right)
            if first.type.kind == "choices":
                self.fail(node, "expr.is_many", f"`{name}` can have several options.",
                          f"Write `{what} in {name}`.")  # fmt: skip
            if right.id in first.type.options or first.type.kind == "bool":
                word = "is not" if sign == "!=" else "is"
                self.fail(node, "expr.equals_option", f"`{sign}` is for numbers, dates and texts.",
                          f"Write `{name} {word} {what}`.")  # fmt: skip
        second = self.value(right, scope)
        if "choice" in (first.type.kind, second.type.kind):
            name = self.said(left if first.type.kind == "choice" else right)
            self.fail(node, "expr.equals_option",
                      f"`{name}` is one of some options; `{sign}` is for numbers, dates and texts.",
                      f"Write `{name} is …` with the option's id.")  # fmt: skip
        first, second = self.alike(first, second, node)
        kind = first.type.kind
        if kind in ORDERED or (kind in ("text", "bool") and sign in ("==", "!=")):
            return [sign, first.form, second.form]
        self.fail(node, "expr.compare", f"`{self.said(left)}` is {first.type.said()}, "
                  f"which `{sign}` cannot compare.", "Compare numbers, amounts, dates or times.")  # fmt: skip

    # -- numbers ----------------------------------------------------------------------------

    def minus(self, node: ast.UnaryOp, scope: Scope) -> Typed:
        """`-x`."""
        found = self.numeric(node.operand, scope)
        if found.constant:
            return Typed(["const", -found.form[1]], found.type)
        return Typed(["neg", found.form], found.type)

    def numeric(self, node: ast.expr, scope: Scope) -> Typed:
        """A part that must be a number or an amount."""
        found = self.value(node, scope)
        if found.type.kind not in NUMERIC:
            mend = {
                "date": "Use `add_days(date, 3)` or `days(a, b)` to reckon with dates.",
                "text": 'Put texts together in the text itself: "{a} {b}".',
                "rows": f"Write `count({self.said(node)})` or `sum({self.said(node)}, …)`.",
                "choices": f"Write `count({self.said(node)})`.",
            }.get(found.type.kind, "Use a number or an amount of money.")
            self.fail(node, "expr.not_number",
                      f"`{self.said(node)}` is {found.type.said()}, not a number.", mend)  # fmt: skip
        return found

    def sums(self, node: ast.BinOp, scope: Scope) -> Typed:
        """`+`, `-`, `*`, `/`."""
        left, right = self.numeric(node.left, scope), self.numeric(node.right, scope)
        if isinstance(node.op, ast.Mult):
            return self.times(left, right, node)
        if isinstance(node.op, ast.Div):
            if not right.constant or right.form[1] == 0:
                a, b = self.said(node.left), self.said(node.right)
                self.fail(node, "expr.divide", f"`{b}` may be zero, and nothing can be divided by zero.",
                          f"Say what zero gives: `divide({a}, {b}, 0)`.")  # fmt: skip
            return self.divided(left, right, Typed(["const", 0], replace(WHOLE, pounds=True)), node)
        left, right = self.alike(left, right, node)
        sign = "+" if isinstance(node.op, ast.Add) else "-"
        both = left.type.pounds and right.type.pounds
        return Typed([sign, left.form, right.form], replace(left.type, pounds=both))

    def times(self, left: Typed, right: Typed, node: ast.AST) -> Typed:
        """A product; an amount times a fraction is rounded half up to the penny."""
        if right.type.kind == "money":
            left, right = right, left
        if right.type.kind == "money":
            self.fail(node, "expr.money_squared", "Two amounts of money cannot be multiplied.",
                      "One of them should be a plain number: write 0.5, not £0.50.")  # fmt: skip
        pounds = left.type.pounds or right.type.pounds
        if left.type.kind == "money":
            if right.type.kind == "whole":
                return Typed(["*", left.form, right.form], MONEY)
            return Typed(["scale", left.form, right.form, "half_up"], MONEY)
        if left.type.kind == right.type.kind == "whole":
            return Typed(["*", left.form, right.form], replace(WHOLE, pounds=pounds))
        left, right = self.as_number(left), self.as_number(right)
        return Typed(["scale", left.form, right.form, "half_up"], replace(NUMBER, pounds=pounds))

    def divided(self, left: Typed, right: Typed, zero: Typed, node: ast.AST) -> Typed:
        """A division: money by money gives a number, money by a number money."""
        if right.type.kind == "money":
            left = self.as_money(left, node)
            zero = self.as_number(zero)
            return Typed(["divide", left.form, right.form, zero.form, "half_up"], NUMBER)
        right = self.as_number(right)
        if left.type.kind == "money":
            zero = self.as_money(zero, node)
            return Typed(["divide", left.form, right.form, zero.form, "half_up"], MONEY)
        left, zero = self.as_number(left), self.as_number(zero)
        pounds = left.type.pounds
        return Typed(
            ["divide", left.form, right.form, zero.form, "half_up"], replace(NUMBER, pounds=pounds)
        )

    def as_number(self, found: Typed) -> Typed:
        """A whole number as a number."""
        if found.type.kind != "whole":
            return found
        kept = replace(NUMBER, pounds=found.type.pounds, optional=found.type.optional)
        if found.constant:
            return Typed(["const", found.form[1] * MILLION], kept)
        return Typed(["to_number", found.form], kept)

    def as_money(self, found: Typed, node: ast.AST) -> Typed:
        """A number made from literals as pounds. Fails for other numbers."""
        if found.type.kind == "money":
            return found
        if found.type.kind not in NUMERIC or not found.type.pounds:
            self.unlike(node, found.type, MONEY)
        exact = self.as_number(found)
        kept = replace(MONEY, optional=found.type.optional)
        if exact.constant:
            pence, rest = divmod(exact.form[1] * 100, MILLION)
            if rest:
                self.fail(node, "expr.pence", "An amount of money has at most two decimal places.",
                          "Round it to the penny.")  # fmt: skip
            return Typed(["const", pence], kept)
        return Typed(["pounds", exact.form], kept)

    def alike(self, left: Typed, right: Typed, node: ast.AST) -> tuple[Typed, Typed]:
        """Both as one type, or fail: unlike things are not compared or added."""
        a, b = left.type.kind, right.type.kind
        if a == b:
            return left, right
        if a in NUMERIC and b in NUMERIC:
            if "money" in (a, b):
                return self.as_money(left, node), self.as_money(right, node)
            return self.as_number(left), self.as_number(right)
        if {a, b} == {"time", "text"}:
            return self.as_time(left, node), self.as_time(right, node)
        self.unlike(node, left.type, right.type)

    def as_time(self, found: Typed, node: ast.AST) -> Typed:
        """A time, from a quoted literal if need be."""
        if found.type.kind == "time":
            return found
        if found.constant and as_time(found.form[1]):
            return Typed(found.form, TIME)
        self.fail(
            node, "expr.time", "A time of day is compared with a time.", 'Write it as "09:30".'
        )

    def unlike(
        self,
        node: ast.AST,
        left: Type,
        right: Type,
        left_node: ast.AST | None = None,
        right_node: ast.AST | None = None,
    ) -> NoReturn:
        """Fail because two things are not alike."""
        mend = "Both sides must be of one kind."
        if "money" in (left.kind, right.kind) and {left.kind, right.kind} & {"whole", "number"}:
            mend = "Write the amount in pounds (£12.50), or multiply the number by an amount."
        elif "date" in (left.kind, right.kind) and "text" in (left.kind, right.kind):
            mend = "Write a date without quotes: 2026-03-31."
        elif "text" in (left.kind, right.kind) and {left.kind, right.kind} & NUMERIC:
            mend = "A number is written without quotes; a code is asked as text."
        self.fail(node, "expr.unlike",
                  f"`{self.said(node)}` puts together {left.said()} and {right.said()}.", mend)  # fmt: skip


def name_of(form: Form) -> str | None:
    """The name that a form reads, if it is just a name."""
    match form[0]:
        case "answer" | "row" | "work" | "fact" | "look_up":
            return str(form[1])
        case "value":
            return f"{form[1]}.{form[2]}"
    return None


def answered_if(form: Form, true: bool) -> frozenset[str]:
    """The names that are sure to be answered when `form` is true (or false)."""
    match form[0]:
        case "answered":
            name = name_of(form[1])
            if not true or name is None:
                return frozenset()
            # a value of a look-up that is there means that the look-up is there
            owner = {form[1][1]} if form[1][0] == "value" else set()
            return frozenset({name} | owner)
        case "not":
            return answered_if(form[1], not true)
        case "and" | "or":
            if (form[0] == "and") == true:
                return frozenset().union(*(answered_if(part, true) for part in form[1:]))
            parts = [answered_if(part, true) for part in form[1:]]
            return frozenset.intersection(*parts)
    return frozenset()


__all__ = ["BOOL", "Checker", "Typed", "answered_if", "name_of"]
