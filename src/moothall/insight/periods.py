"""Whole months, from one to another: what every page of insight is about. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

MOST_MONTHS = 36
"""The longest period: a chart of more months can't be read, and queries stay bounded."""
OFFERED_MONTHS = 36
"""How far back the months offered go."""


def _add(month: date, number: int) -> date:
    total = month.year * 12 + month.month - 1 + number
    return date(total // 12, total % 12 + 1, 1)


@dataclass(frozen=True)
class Period:
    """The months from `first` to `last`, both the first day of their month, both included."""

    first: date
    last: date

    @staticmethod
    def read(given: Mapping[str, str], today: date) -> Period:
        """Return the period that `from` and `to` (`2026-03`) name; the last twelve months otherwise.

        Months that cannot be read or lie ahead are left out; from and to are swapped when they are
        the wrong way round; more than MOST_MONTHS keeps the latest ones.
        """
        this = today.replace(day=1)
        last = min(_month(given.get("to", "")) or this, this)
        first = min(_month(given.get("from", "")) or _add(last, -11), this)
        if first > last:
            first, last = last, first
        return Period(max(first, _add(last, 1 - MOST_MONTHS)), last)

    @property
    def months(self) -> tuple[date, ...]:
        """The first day of each month, in order."""
        out = [self.first]
        while out[-1] < self.last:
            out.append(_add(out[-1], 1))
        return tuple(out)

    @property
    def keys(self) -> tuple[str, ...]:
        """The months as casework and measures name them: `2026-03`."""
        return tuple(f"{month:%Y-%m}" for month in self.months)

    @property
    def labels(self) -> tuple[str, ...]:
        """The months for an axis: `Mar`, with the year at its first month shown."""
        out = []
        for n, month in enumerate(self.months):
            out.append(f"{month:%b %Y}" if n == 0 or month.month == 1 else f"{month:%b}")
        return tuple(out)

    @property
    def since(self) -> datetime:
        """The first moment of the period."""
        return timezone.make_aware(datetime.combine(self.first, time()))

    @property
    def until(self) -> datetime:
        """The first moment after the period."""
        return timezone.make_aware(datetime.combine(_add(self.last, 1), time()))

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return date.fromordinal(_add(self.last, 1).toordinal() - 1)

    @property
    def words(self) -> str:
        """The period in words: `March 2025 to February 2026`."""
        if self.first == self.last:
            return f"{self.first:%B %Y}"
        return f"{self.first:%B %Y} to {self.last:%B %Y}"

    @property
    def query(self) -> str:
        """The period as it is in an address."""
        return f"from={self.first:%Y-%m}&to={self.last:%Y-%m}"


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def month_words(key: str) -> str:
    """Return `March 2026` for `2026-03`; anything else as it is."""
    month = _month(key)
    return f"{month:%B %Y}" if month else key


def offered_months(today: date) -> list[tuple[str, str]]:
    """Return the months to choose from, newest first: (`2026-03`, `March 2026`)."""
    this = today.replace(day=1)
    months = [_add(this, -n) for n in range(OFFERED_MONTHS)]
    return [(f"{month:%Y-%m}", f"{month:%B %Y}") for month in months]
