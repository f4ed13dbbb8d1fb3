"""What a decision is made from: answers, look-ups, the day, and the calendar that counts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
MOST_DAYS: Final = 20_000


class Calendar:
    """Working days: all days but the weekend and the holidays.

    Nothing here raises: dates beyond 1900-2199 are clamped, and so are counts beyond 20,000 days.
    """

    __slots__ = ("_hash", "_in_week", "_sorted", "holidays", "weekend")

    def __init__(
        self,
        holidays: Iterable[date] = frozenset(),
        weekend: tuple[int, ...] = (5, 6),
    ) -> None:
        self.holidays: frozenset[date] = frozenset(holidays)
        self.weekend: tuple[int, ...] = tuple(weekend) if len(set(weekend)) < 7 else (5, 6)
        self._in_week = tuple(day not in self.weekend for day in range(7))
        self._sorted = sorted(
            day.toordinal() for day in self.holidays if self._in_week[day.weekday()]
        )
        self._hash = hash((self.holidays, self.weekend))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Calendar)
            and self.holidays == other.holidays
            and self.weekend == other.weekend
        )

    def __hash__(self) -> int:
        return self._hash

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is neither weekend nor holiday."""
        return self._in_week[day.weekday()] and day not in self.holidays

    def add_working_days(self, day: date, count: int) -> date:
        """The working day that is `count` working days after `day` (before, if negative).

        `day` itself is day nought, whether it is a working day or not. 0 gives `day` itself.
        """
        count = max(-MOST_DAYS, min(MOST_DAYS, count))
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            if not FIRST_DAY < day < LAST_DAY:
                return clamp_day(day)
            day += step
            if self._in_week[day.weekday()] and day not in self.holidays:
                left -= 1
        return day

    def working_days(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative if `end` is the earlier one.

        The day it starts is not counted, so that a case opened and finished on one day took 0.
        """
        if end < start:
            return -self.working_days(end, start)
        first, last = start.toordinal() + 1, end.toordinal()
        whole_weeks, rest = divmod(last - first + 1, 7)
        total = whole_weeks * sum(self._in_week)
        weekday = (first + 6) % 7
        total += sum(self._in_week[(weekday + step) % 7] for step in range(rest))
        return total - (bisect_right(self._sorted, last) - bisect_left(self._sorted, first))


def clamp_day(day: date) -> date:
    """`day`, or the nearest day of the years 1900 to 2199."""
    return min(max(day, FIRST_DAY), LAST_DAY)


WEEKDAYS: Final = Calendar()


@dataclass(frozen=True)
class Facts:
    """Everything that a decision may depend on. Values are in their JSON forms (docs/language.md).

    `look_ups` holds what each look-up gave; None means that it failed, an absent key that it has
    not run. A look-up's mapping may carry `_with`, the argument it was asked with: when the answer
    it depends on changes, `walk` then asks for it again. `fee` is in pence.
    """

    answers: Mapping[str, Any]
    look_ups: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    today: date = date(2000, 1, 1)
    now: datetime | None = None
    state: str | None = None
    started: date | None = None
    ended: date | None = None
    fee: int | None = None
    reference: str | None = None
    finish_by: date | None = None
    calendar: Calendar = WEEKDAYS
