"""Values at run time, and the arithmetic on them. Nothing here raises.

Inside expressions: a whole number is an int, money an int of pence, a number an int of millionths,
a date its ISO text, a choice its option's id. None is a missing value. Every int is clamped to
±10^15, every date to the years 1900 to 2199, so that a browser can do the same sums.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from moothall.language.facts import FIRST_DAY, LAST_DAY, clamp_day

BIGGEST: Final = 10**15
MILLION: Final = 10**6
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?\Z", re.ASCII)
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)


def clamp(value: int) -> int:
    """`value` kept within ±10^15."""
    return -BIGGEST if value < -BIGGEST else BIGGEST if value > BIGGEST else value


def rounded(top: int, bottom: int, how: str) -> int:
    """`top / bottom` as an int; `bottom` is not 0. `how`: half_up, up or down."""
    if bottom < 0:
        top, bottom = -top, -bottom
    if how == "up":
        return clamp(-((-top) // bottom))
    if how == "down":
        return clamp(top // bottom)
    return clamp((2 * top + bottom) // (2 * bottom))


@lru_cache(maxsize=8192)
def parse_date(text: str) -> date | None:
    """The date that an ISO text names, clamped; None if it names none."""
    if not _DATE.match(text):
        return None
    try:
        found = date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        return None
    return clamp_day(found)


def as_text(value: Any) -> str | None:
    """A text that is not blank, or None."""
    return value if isinstance(value, str) and value else None


def as_whole(value: Any) -> int | None:
    """A whole number, or None. True is no number."""
    if type(value) is int:
        return clamp(value)
    return None


def as_number(value: Any) -> int | None:
    """A number in millionths from an int, a Decimal, a float or text; None if it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return clamp(clamp(value) * MILLION)
    if isinstance(value, str) and not _NUMBER.match(value):
        return None
    try:
        exact = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    if not exact.is_finite():
        return None
    if not exact:
        return 0
    if exact.adjusted() > 15:
        return BIGGEST if exact > 0 else -BIGGEST
    top, bottom = exact.as_integer_ratio() if exact.adjusted() > -30 else (0, 1)
    return rounded(top * MILLION, bottom, "half_up")


def as_date(value: Any) -> str | None:
    """An ISO date within 1900 to 2199, or None."""
    if isinstance(value, str):
        found = parse_date(value)
        return found.isoformat() if found is not None else None
    if isinstance(value, date):
        return clamp_day(date(value.year, value.month, value.day)).isoformat()
    return None


def as_time(value: Any) -> str | None:
    """A time of day `HH:MM`, or None."""
    return value if isinstance(value, str) and _TIME.match(value) else None


def as_bool(value: Any) -> bool | None:
    """True, False, or None."""
    return value if isinstance(value, bool) else None


def as_texts(value: Any) -> list[str] | None:
    """A list of texts that is not empty, or None."""
    if isinstance(value, list | tuple):
        found = [item for item in value if isinstance(item, str)]
        return found or None
    return None


def as_rows(value: Any) -> list[Mapping[str, Any]] | None:
    """A list of mappings that is not empty, or None."""
    if isinstance(value, list | tuple):
        found = [item for item in value if isinstance(item, Mapping)]
        return found or None
    return None


def as_mapping(value: Any) -> Mapping[str, Any] | None:
    """A mapping that is not empty, or None."""
    return value if isinstance(value, Mapping) and value else None


COERCE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "text": as_text,
    "whole": as_whole,
    "money": as_whole,
    "number": as_number,
    "date": as_date,
    "time": as_time,
    "bool": as_bool,
    "choice": as_text,
    "choices": as_texts,
    "texts": as_texts,
    "address": as_mapping,
    "location": as_mapping,
    "slot": as_mapping,
    "bank": as_mapping,
    "look_up": as_mapping,
    "files": as_rows,
    "rows": as_rows,
}


def to_json(value: Any, kind: str) -> Any:
    """The JSON form of a value of an expression: a number becomes decimal text."""
    if kind == "number" and isinstance(value, int):
        return number_text(value)
    return value


def number_text(millionths: int) -> str:
    """`1500000` as `1.5`."""
    sign = "-" if millionths < 0 else ""
    whole, rest = divmod(abs(millionths), MILLION)
    return f"{sign}{whole}" + (f".{rest:06d}".rstrip("0") if rest else "")


def add_days(day: str, count: int) -> str:
    """`count` days after `day`, clamped."""
    start = parse_date(day) or FIRST_DAY
    count = max(-400_000, min(400_000, count))
    ordinal = max(FIRST_DAY.toordinal(), min(LAST_DAY.toordinal(), start.toordinal() + count))
    return date.fromordinal(ordinal).isoformat()


def add_months(day: str, count: int) -> str:
    """`count` months after `day`; the last of the month where there is no such day."""
    start = parse_date(day) or FIRST_DAY
    months = start.year * 12 + start.month - 1 + max(-12_000, min(12_000, count))
    year, month = divmod(months, 12)
    if year < 1900:
        return FIRST_DAY.isoformat()
    if year > 2199:
        return LAST_DAY.isoformat()
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last)).isoformat()


def years_between(start: str, end: str) -> int:
    """Whole years from `start` to `end`, as an age is counted."""
    first, last = parse_date(start) or FIRST_DAY, parse_date(end) or FIRST_DAY
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def band_label(value: int, edges: list[int], money: bool) -> str:
    """The band of `value` between `edges`: `under 18`, `18 to 64`, `65 and over`."""
    last = 1  # a penny or one whole number below the next edge
    if value < edges[0]:
        return f"under {_edge(edges[0], money)}"
    for low, high in pairwise(edges):
        if value < high:
            return f"{_edge(low, money)} to {_edge(high - last, money)}"
    return f"{_edge(edges[-1], money)} and over"


def _edge(value: int, money: bool) -> str:
    return money_text(value) if money else str(value)


def money_text(pence: int) -> str:
    """`1250` as `£12.50`, `120000` as `£1,200.00`, whole pounds as `£12`."""
    sign = "-" if pence < 0 else ""
    pounds, rest = divmod(abs(pence), 100)
    return f"{sign}£{pounds:,}" + (f".{rest:02d}" if rest else "")
