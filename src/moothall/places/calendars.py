"""Working-day calendars by name: the pack's own, and the United Kingdom's divisions."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from moothall.language import Calendar
from moothall.places import generation
from moothall.places.holidays import DIVISIONS, bank_holidays
from moothall.places.models import WorkingCalendar

ANY_PART = "any_part_of_the_uk"
"""Freedom of Information Act 2000, section 10(6): any day other than a Saturday, a Sunday, Christmas
Day, Good Friday or a bank holiday in any part of the United Kingdom."""


class UnknownCalendar(LookupError):
    """There is no calendar of this name."""


def built_in(name: str) -> Calendar | None:
    """Return a calendar that needs no pack: a division of the UK, or any part of it; else None."""
    name = name.replace("_", "-")
    if name in DIVISIONS:
        return _make((name,), (5, 6), ())
    if name in {"any-part-of-the-uk", "united-kingdom", "uk"}:
        return _make(DIVISIONS, (5, 6), ())
    return None


@lru_cache(maxsize=64)
def _make(
    divisions: tuple[str, ...], weekend: tuple[int, ...], closed: tuple[str, ...]
) -> Calendar:
    days = frozenset().union(*(bank_holidays(one) for one in divisions))
    return Calendar(
        holidays=days | {dt.date.fromisoformat(day) for day in closed},
        weekend=weekend,
    )


@lru_cache(maxsize=64)
def _of_generation(token: str, name: str) -> Calendar:
    row = (
        WorkingCalendar.objects.filter(is_default=True).first()
        if name in {"", "default"}
        else WorkingCalendar.objects.filter(name=name).first()
    )
    if row is not None:
        return _make(tuple(row.bank_holidays), tuple(row.weekend), tuple(row.closed))
    found = built_in(name or "england-and-wales")
    if found is None and name == "default":
        found = built_in("england-and-wales")
    if found is None and name == "council":
        found = _of_generation(token, "default")
    if found is None:
        raise UnknownCalendar(
            f"There is no calendar '{name}'. Name one of calendars.yaml, "
            f"or one of {', '.join([*DIVISIONS, ANY_PART])}."
        )
    return found


def calendar(name: str = "england-and-wales") -> Calendar:
    """Return the working days of the calendar `name`.

    The pack's calendars come first ("council", …), then the UK's divisions and
    "any_part_of_the_uk". "default" is the pack's default, or England and Wales without a pack.
    Raises UnknownCalendar. One query of a single row; the days are kept while nothing changes.
    """
    return _of_generation(generation.token("calendars"), name)
