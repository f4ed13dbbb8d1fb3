"""From the text of an expression to Python's syntax tree, with dates and pounds as literals."""

from __future__ import annotations

import ast
import re
from typing import Final

LONGEST: Final = 2000
MOST_NODES: Final = 400
DEEPEST: Final = 40
DATE_MARK: Final = "D0"
_STRING: Final = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'')
_DATE: Final = re.compile(r"(?<![\w.-])(\d{4})-(\d{2})-(\d{2})(?![\w-])", re.ASCII)
_POUNDS: Final = re.compile(r"£(?=\d)")
_ALLOWED: Final = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt,
    ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.Call, ast.keyword, ast.Name, ast.Load,
    ast.Attribute, ast.Constant, ast.IfExp, ast.List, ast.Tuple,
)  # fmt: skip


class ExpressionError(Exception):
    """An expression that is wrong: what, how to mend it, and at which character (from 0)."""

    def __init__(self, code: str, message: str, mend: str, column: int = 0) -> None:
        super().__init__(f"{message} {mend}")
        self.code = code
        self.message = message
        self.mend = mend
        self.column = column


def _outside_strings(source: str, pattern: re.Pattern[str], swap: str) -> tuple[str, set[int]]:
    """Replace `pattern` by text of the same length, but not in quoted parts."""
    quoted = [(found.start(), found.end()) for found in _STRING.finditer(source)]
    places: set[int] = set()

    def one(found: re.Match[str]) -> str:
        at = found.start()
        if any(start < at < end for start, end in quoted):
            return found.group()
        places.add(at)
        return found.expand(swap)

    return pattern.sub(one, source), places


def parse(source: str) -> tuple[ast.expr, str, set[int]]:
    """The syntax tree, the text it was parsed from, and where amounts in pounds start.

    A date is the name `D0yyyymmdd` in the tree. Raises ExpressionError.
    """
    if len(source) > LONGEST:
        raise ExpressionError(
            "expr.too_long", "The expression is longer than 2,000 characters.",
            "Give parts of it a name under `work_out`.",
        )  # fmt: skip
    text = re.sub(r"\s", " ", source)
    text, _ = _outside_strings(text, _DATE, rf"{DATE_MARK}\1\2\3")
    text, pounds = _outside_strings(text, _POUNDS, " ")
    if not text.strip():
        raise ExpressionError(
            "expr.empty", "The expression is empty.", "Write one or leave the key out."
        )
    try:
        tree = ast.parse(f"({text[1:]})" if text[0] == " " else text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _explain(source, error) from None
    nodes = 0
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        nodes += 1
        if nodes > MOST_NODES or depth > DEEPEST:
            raise ExpressionError(
                "expr.too_big", "The expression is too big to follow.",
                "Give parts of it a name under `work_out`.",
            )  # fmt: skip
        if not isinstance(node, _ALLOWED):
            raise _not_allowed(node)
        stack.extend((child, depth + 1) for child in ast.iter_child_nodes(node))
    return tree.body, text, pounds


def _not_allowed(node: ast.AST) -> ExpressionError:
    column = getattr(node, "col_offset", 0)
    said = {
        ast.Pow: ("`**` (to the power of) is not part of the language.", "Multiply instead."),
        ast.Mod: ("`%` is not part of the language.", "For a percentage multiply: `price * 0.2`."),
        ast.FloorDiv: ("`//` is not part of the language.", "Use `round_down(a / 2)`."),
        ast.JoinedStr: ("f-texts are not part of the language.", "Put {names} in the text itself."),
        ast.Subscript: ("`name[…]` is not part of the language.", "Use `any(items, …)` for rows."),
        ast.Dict: ("{…} is not part of an expression.", "Use a table under `work_out`."),
        ast.Lambda: ("`lambda` is not part of the language.", "Use `any(items, …)` for rows."),
        ast.NamedExpr: ("`:=` is not part of the language.", "Give it a name under `work_out`."),
    }.get(type(node))
    if said is None:
        said = (
            f"`{type(node).__name__}` is not part of the language.",
            "Use comparisons, and/or/not, is, in, arithmetic, `x if c else y` and the functions.",
        )
    return ExpressionError("expr.not_allowed", said[0], said[1], column)


_HINTS: Final = (
    (re.compile(r"&&|\|\|"), "Write `and` for && and `or` for ||."),
    (re.compile(r"<>"), "Write `is not` for an option and `!=` for a number."),
    (re.compile(r"!(?!=)"), "Write `not` for !."),
    (re.compile(r"=>|=<"), "Write >= or <=."),
    (re.compile(r"(?<![=<>!])=(?!=)"), "Write `is` to compare with an option, `==` with a number."),
    (re.compile(r"\bis\s+not\s+not\b"), "Write `is` or `is not`, once."),
    (re.compile(r"\bis\s+(an?|the)\b"), "Right of `is` comes just the option's id."),
    (re.compile(r"\?"), "Write `x if condition else y`."),
    (re.compile(r"\bthen\b"), "Write `x if condition else y`; there is no `then`."),
    (re.compile(r"(?<![\w.])0\d"), "A number does not start with 0; put a code in quotes."),
    (re.compile(r"[‘’“”]"), "Use straight quotes: \" or '."),
    (re.compile(r"\d+(st|nd|rd|th)\b|\d\s*%"), "Write plain numbers: 0.2 for 20%."),
)


def _explain(source: str, error: Exception) -> ExpressionError:
    column = (getattr(error, "offset", None) or 1) - 1
    said = source if len(source) <= 80 else source[:77] + "…"
    for pattern, mend in _HINTS:
        if pattern.search(_STRING.sub('""', source)):
            return ExpressionError("expr.syntax", f"`{said}` cannot be read.", mend, column)
    opened, closed = source.count("("), source.count(")")
    if opened != closed:
        more = "more ( than )" if opened > closed else "more ) than ("
        return ExpressionError(
            "expr.brackets", f"`{said}` has {more}.", "Every bracket needs its partner.", column
        )
    return ExpressionError(
        "expr.syntax", f"`{said}` cannot be read.",
        "Write it like `bin is garden and count(items) > 2`.", column,
    )  # fmt: skip
