"""Days of a story on another day of the calendar: working days are counted, the rest lie as they lie. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from moothall.language.clock import LONDON

FAR = 75
"""Days from the start beyond which a day is reckoned by the calendar alone (a permit's year)."""
UTC_OFFSETS = {0: "+00:00", 3600: "+01:00"}


class Days:
    """The council's working days over a span of years, for moving a story's days."""

    def __init__(self, is_working: Callable[[date], bool], first: date, last: date) -> None:
        self.base = first.toordinal()
        self.counts: list[int] = []
        """Working days up to and with each day of the span."""
        self.working: list[int] = []
        self.at_work: list[bool] = []
        for ordinal in range(self.base, last.toordinal() + 1):
            works = is_working(date.fromordinal(ordinal))
            if works:
                self.working.append(ordinal)
            self.at_work.append(works)
            self.counts.append(len(self.working))

    def works(self, ordinal: int) -> bool:
        """Whether it is a working day."""
        return self.at_work[ordinal - self.base]

    def next_working(self, ordinal: int) -> int:
        """The day itself where it is worked, or the next that is."""
        while not self.works(ordinal):
            ordinal += 1
        return ordinal

    def moved(self, day: int, start: int, to: int, by_work: bool) -> int:
        """Where `day` of a story that started on `start` lies in one that starts on `to`."""
        offset = day - start
        if offset == 0:
            return to
        if not by_work or abs(offset) > FAR:
            return to + offset
        if offset < 0:
            back = self.counts[start - self.base] - self.counts[day - self.base]
            before = self.working[self.counts[to - self.base] - 1 - back]
            return min(before, to + offset) if back == 0 else before
        ahead = self.counts[day - self.base] - self.counts[start - self.base]
        place = self.counts[to - self.base] - 1 + ahead
        last_worked = self.working[self.counts[day - self.base] - 1]
        return (self.working[place] if ahead else to) + day - last_worked


@lru_cache(maxsize=4096)
def _offset(ordinal: int) -> tuple[int, int]:
    """Seconds by which London is ahead of UTC at 3am of the day, and at midnight."""
    day = date.fromordinal(ordinal)
    three = datetime.combine(day, time(3), tzinfo=LONDON).utcoffset() or timedelta()
    midnight = datetime.combine(day, time(0), tzinfo=LONDON).utcoffset() or timedelta()
    return int(three.total_seconds()), int(midnight.total_seconds())


def offset_at(ordinal: int, seconds: int) -> int:
    """Seconds by which London is ahead of UTC at so many seconds after midnight by the clock."""
    three, midnight = _offset(ordinal)
    return three if seconds >= 7200 else midnight


EPOCH = date(1970, 1, 1).toordinal()


def utc_seconds(ordinal: int, seconds: int) -> int:
    """Seconds since 1970 of a moment by London's clock."""
    return (ordinal - EPOCH) * 86_400 + seconds - offset_at(ordinal, seconds)


def by_the_clock(utc: int) -> tuple[int, int]:
    """The day and the seconds after midnight in London of a moment in seconds since 1970."""
    ordinal, seconds = EPOCH + utc // 86_400, utc % 86_400
    seconds += offset_at(ordinal, min(86_399, seconds + 3600))
    return (ordinal + 1, seconds - 86_400) if seconds >= 86_400 else (ordinal, seconds)
