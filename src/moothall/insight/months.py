"""Names of months in the language of a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from moothall.insight.periods import Period


def month_name(day: date, lang: str, *, short: bool = False) -> str:
    """Return `March 2026` or `Mar 2026` in English or Welsh."""
    words = format_date(
        day, "LLL y" if short else "LLLL y", locale="cy" if lang == "cy" else "en_GB"
    )
    return words[:1].upper() + words[1:]


def months_between(period: Period, keys: Sequence[str], lang: str) -> str:
    """Return the first and the last of some months: `March 2025 to February 2026`."""
    days = [day for day, key in zip(period.months, period.keys) if key in set(keys)]
    between = " i " if lang == "cy" else " to "
    return f"{month_name(days[0], lang)}{between}{month_name(days[-1], lang)}"
