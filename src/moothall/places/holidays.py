"""Bank holidays of the United Kingdom by division, for any year from 2012.

Published years come from GOV.UK's list as the govuk-bank-holidays package ships it. Years after the
list ends are worked out from the standing rules (Banking and Financial Dealings Act 1971, schedule
1, with the proclaimed and customary days), so that a promise that runs past the list still counts
them; days that a proclamation adds later come with the next release of the package, or today in
the pack's `closed`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays

DIVISIONS = ("england-and-wales", "scotland", "northern-ireland")
LAST_YEAR = 2100


@cache
def published() -> dict[str, frozenset[dt.date]]:
    """Return the published days of each division."""
    data = BankHolidays(use_cached_holidays=True).data
    return {
        division: frozenset(event["date"] for event in data[division]) for division in DIVISIONS
    }


@cache
def bank_holidays(division: str) -> frozenset[dt.date]:
    """Return the bank holidays of `division` until the year 2100. Raises KeyError for another name."""
    known = published()[division]
    after = max(day.year for day in known) + 1
    return known | {day for year in range(after, LAST_YEAR + 1) for day in by_rule(division, year)}


def by_rule(division: str, year: int) -> Iterator[dt.date]:
    """Yield the bank holidays of `year` by the standing rules, substitute days included."""
    taken: set[dt.date] = set()

    def or_substitute(month: int, day: int) -> dt.date:
        """A holiday at a weekend is moved to the next weekday that is not one already."""
        found = dt.date(year, month, day)
        while found.weekday() >= 5 or found in taken:
            found += dt.timedelta(days=1)
        taken.add(found)
        return found

    easter = easter_sunday(year)
    yield or_substitute(1, 1)
    if division == "scotland":
        yield or_substitute(1, 2)
    if division == "northern-ireland":
        yield or_substitute(3, 17)
    yield easter - dt.timedelta(days=2)
    if division != "scotland":
        yield easter + dt.timedelta(days=1)
    yield _monday(year, 5, 1)
    yield _monday(year, 6, 1) - dt.timedelta(days=7)
    if division == "northern-ireland":
        yield or_substitute(7, 12)
    if division == "scotland":
        yield _monday(year, 8, 1)
        yield or_substitute(11, 30)
    else:
        yield _monday(year, 9, 1) - dt.timedelta(days=7)
    # Christmas Day keeps its own place where Boxing Day alone falls at a weekend.
    christmas, boxing = dt.date(year, 12, 25), dt.date(year, 12, 26)
    if boxing.weekday() < 5:
        taken.add(boxing)
    if christmas.weekday() >= 5:
        yield or_substitute(12, 25)
    else:
        yield christmas
        taken.add(christmas)
    yield boxing if boxing.weekday() < 5 else or_substitute(12, 26)


def _monday(year: int, month: int, day: int) -> dt.date:
    """Return the first Monday on or after this day."""
    found = dt.date(year, month, day)
    return found + dt.timedelta(days=-found.weekday() % 7)


def easter_sunday(year: int) -> dt.date:
    """Return Easter Sunday (the Gregorian computus as Meeus, Jones and Butcher give it)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)
