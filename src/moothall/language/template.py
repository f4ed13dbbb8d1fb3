"""Texts with `{expressions}` inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from moothall.language.expressions import (
    Expression,
    ExpressionError,
    Rules,
    Scope,
    compile_expression,
)

_HOLE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
Part = str | Expression


def compile_text(text: str, scope: Scope, rules: Rules, path: str = "") -> tuple[Part, ...]:
    """The parts of a text: words, and expressions between { and }. `{{` is a plain {.

    A value in a text may be missing: it is then left out. Raises ExpressionError.
    """
    parts: list[Part] = []
    at = 0
    for hole in _HOLE.finditer(text):
        parts.append(text[at : hole.start()])
        at = hole.end()
        found = hole.group()
        if found in ("{{", "}}"):
            parts.append(found[0])
        elif found in ("{", "}"):
            raise ExpressionError(
                "text.brace", f"A `{found}` stands alone in the text.",
                f"Close it, or write `{found * 2}` for a plain `{found}`.", hole.start(),
            )  # fmt: skip
        else:
            expression = compile_expression(
                hole.group(1).strip() or " ", scope, rules, path=path, optional=True
            )
            if expression.type.kind == "look_up":
                raise ExpressionError(
                    "text.look_up", f"`{hole.group(1)}` is a look-up, not a value.",
                    "Say which of its values you mean.", hole.start(),
                )  # fmt: skip
            parts.append(expression)
    parts.append(text[at:])
    return _joined(parts)


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    out: list[Part] = []
    for part in parts:
        if isinstance(part, str) and out and isinstance(out[-1], str):
            out[-1] += part
        elif part != "":
            out.append(part)
    return tuple(out)
