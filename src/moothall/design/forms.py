"""Reading what a form sends, where a stranger may have typed or built any of it."""

from __future__ import annotations

LARGEST_DIGITS = 18
"""Any number with so many digits fits a database's column on either database."""


def whole_number(text: str) -> int | None:
    """Return `text` as a number of at most 18 plain digits, or None for anything else.

    `str.isdigit` is no such test: it takes `²`, which `int` refuses, and figures of any length.
    """
    fits = text.isascii() and text.isdigit() and len(text) <= LARGEST_DIGITS
    return int(text) if fits else None
