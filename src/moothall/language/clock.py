"""The promise: when a case should be finished, in working days or hours, with pauses.

A promise in days ends with its last day (23:59:59, Europe/London); one in hours to the minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from moothall.language.expressions import Env
from moothall.language.expressions.values import add_months, parse_date
from moothall.language.facts import Calendar, Facts, clamp_day
from moothall.language.models import ClockSpec, Duration, WorkingHours
from moothall.language.results import Expiry, Promise
from moothall.language.service import Service

LONDON: Final = ZoneInfo("Europe/London")
END_OF_DAY: Final = time(23, 59, 59)
MORNING: Final = time(9, 0)
MOST: Final = 20_000
Pauses = Sequence[tuple[datetime, datetime | None]]


class _Paused(Exception):
    """The clock is paused now, so that there is no end to reckon."""


def promise(service: Service, facts: Facts, *, started: datetime, pauses: Pauses = ()) -> Promise:
    """When the case should be finished. `started` and `pauses` are aware datetimes.

    A pause whose end is None still runs; the promise is then `paused`. `finish_by` is reckoned
    from the file's `case.clock`, with the shorter time of `urgent` where its condition is true.
    """
    clock = service.case.clock
    if clock is None:
        return Promise(None, None, False, "")
    env = Env(service.rules, facts)
    urgent, path, duration = False, "case.clock.finish_within", clock.finish_within
    test = service.expressions.get("case.clock.urgent.when")
    if clock.urgent is not None and test is not None and test.run(env):
        urgent = True
        if clock.urgent.finish_within is not None:
            path, duration = "case.clock.urgent.finish_within", clock.urgent.finish_within
    amount = _amount(service, duration, path, env)
    why = f"{amount} {_unit_words(duration.unit, amount)}"
    if urgent and clock.urgent is not None and clock.urgent.why:
        why = f"{clock.urgent.why} ({why})"
    count = _Count(clock, duration.unit, facts.calendar, started, _tidy(pauses, started))
    try:
        finish = count.share(amount, 100)
        warn = count.share(amount, clock.warn_at)
        marks = tuple((f"clock:{share}", count.share(amount, share)) for share in _shares(service))
    except _Paused:
        return Promise(None, None, urgent, why, paused=True)
    return Promise(finish, warn, urgent, why, marks=marks)


def _shares(service: Service) -> list[int]:
    return sorted(
        {spec.when.clock for spec in service.tell.values() if spec.when.clock is not None}
    )


def _amount(service: Service, duration: Duration, path: str, env: Env) -> int:
    expression = service.expressions.get(f"{path}.{duration.unit}")
    value = expression.run(env) if expression is not None else None
    return max(0, min(MOST, value or 0))


def _unit_words(unit: str, amount: int) -> str:
    words = unit.replace("_", " ")
    return words.removesuffix("s") if amount == 1 else words


def _tidy(pauses: Pauses, started: datetime) -> list[tuple[datetime, datetime | None]]:
    """In order, not before the start, and overlapping ones made one."""
    out: list[tuple[datetime, datetime | None]] = []
    for begin, end in sorted(pauses, key=lambda pair: pair[0]):
        begin = max(begin, started)
        if end is not None and end <= begin:
            continue
        if out:
            last_begin, last_end = out[-1]
            if last_end is None:
                break
            if begin <= last_end:
                out[-1] = (last_begin, None if end is None else max(last_end, end))
                continue
        out.append((begin, end))
    return out


class _Count:
    """Counts one promise's time from its start, leaving the pauses out."""

    def __init__(
        self,
        clock: ClockSpec,
        unit: str,
        calendar: Calendar,
        started: datetime,
        pauses: list[tuple[datetime, datetime | None]],
    ) -> None:
        self.clock = clock
        self.unit = unit
        self.calendar = calendar
        if not 1900 <= started.year <= 2199:
            started = started.replace(year=min(max(started.year, 1900), 2199), day=1)
        self.started = started.astimezone(LONDON)
        self.pauses = pauses

    def share(self, amount: int, percent: int) -> datetime:
        """When `percent` of `amount` units have gone. Raises _Paused."""
        if self.unit == "hours":
            return self._add_time(timedelta(hours=amount) * percent / 100)
        if self.unit == "working_hours":
            return self._add_working_time(timedelta(hours=amount) * percent / 100)
        if percent == 100:
            return _at(self._add_days(amount), END_OF_DAY)
        rounded_up = -(-amount * percent // 100)
        part = amount * percent // 100 if percent < 100 else rounded_up
        if self.unit in ("weeks", "months", "years"):
            whole = (self._add_days(amount) - self._day_zero()).days
            day = self._day_zero() + timedelta(days=whole * percent // 100)
        else:
            day = self._add_days(part)
        return max(_at(clamp_day(day), MORNING), self.started)

    def _day_zero(self) -> date:
        day = clamp_day(self.started.date())
        if self.clock.cut_off and self.started.strftime("%H:%M") > self.clock.cut_off:
            day = self.calendar.add_working_days(day, 1)
        if self.clock.day_zero == "the day before":
            day -= timedelta(days=1)
        return day

    def _add_days(self, amount: int) -> date:
        working = self.unit == "working_days"
        due = self._step(self._day_zero(), amount)
        for begin, end in self.pauses:
            first = begin.astimezone(LONDON).date()
            if first > due:
                break
            if end is None:
                raise _Paused
            last = end.astimezone(LONDON).date()
            lost = self.calendar.working_days(first, last) if working else (last - first).days
            due = (
                self.calendar.add_working_days(due, lost)
                if working
                else clamp_day(due) + timedelta(days=min(lost, MOST))
            )
        return clamp_day(due)

    def _step(self, day: date, amount: int) -> date:
        if self.unit == "working_days":
            return self.calendar.add_working_days(day, amount)
        if self.unit in ("months", "years"):
            months = amount * (12 if self.unit == "years" else 1)
            return parse_date(add_months(day.isoformat(), months)) or day
        days = amount * (7 if self.unit == "weeks" else 1)
        return clamp_day(date.fromordinal(min(day.toordinal() + days, date.max.toordinal())))

    def _add_time(self, length: timedelta) -> datetime:
        due = self.started.astimezone(ZoneInfo("UTC")) + length
        for begin, end in self.pauses:
            if begin >= due:
                break
            if end is None:
                raise _Paused
            due += end - begin
        return due.astimezone(LONDON)

    def _add_working_time(self, length: timedelta) -> datetime:
        hours, left = self.clock.working_hours, length
        day = clamp_day(self.started.date())
        for _ in range(MOST):
            if self.calendar.is_working_day(day):
                for begin, end in self._open(day, hours):
                    if left <= end - begin:
                        return (begin + left).astimezone(LONDON)
                    left -= end - begin
            if day >= date(2199, 12, 30):
                break
            if (
                self.pauses
                and self.pauses[-1][1] is None
                and _at(day, END_OF_DAY) > self.pauses[-1][0]
            ):
                raise _Paused
            day += timedelta(days=1)
        return _at(day, END_OF_DAY)

    def _open(self, day: date, hours: WorkingHours) -> list[tuple[datetime, datetime]]:
        """The stretches of a working day in which the clock runs, in UTC."""
        utc = ZoneInfo("UTC")
        begin = max(_at(day, _time(hours.start)), self.started).astimezone(utc)
        end = _at(day, _time(hours.end)).astimezone(utc)
        stretches = [(begin, end)]
        for pause_begin, pause_end in self.pauses:
            until = pause_end or _at(date(2199, 12, 31), END_OF_DAY).astimezone(utc)
            cut: list[tuple[datetime, datetime]] = []
            for a, b in stretches:
                cut.append((a, min(b, pause_begin.astimezone(utc))))
                cut.append((max(a, until.astimezone(utc)), b))
            stretches = [(a, b) for a, b in cut if a < b]
        return [(a, b) for a, b in stretches if a < b]


def _time(text: str) -> time:
    return time(int(text[:2]), int(text[3:5]))


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=LONDON)


def expiry(service: Service, facts: Facts, *, state: str, entered: datetime) -> Expiry | None:
    """When `state` runs out for a case that came into it at `entered`, and the clock's move.

    None where the state does not expire, or its date is not known.
    """
    found = service.states.get(state)
    if found is None or found.expires is None:
        return None
    env = Env(service.rules, facts)
    path = f"case.states.{state}.expires"
    spec = found.expires
    if spec.after is None:
        expression = service.expressions.get(f"{path}.on")
        day = parse_date(expression.run(env) or "") if expression else None
        return Expiry(_at(day, END_OF_DAY), spec.move) if day else None
    amount = _amount(service, spec.after, f"{path}.after", env)
    clock = service.case.clock or ClockSpec(finish_within=Duration(days="1"))
    plain = clock.model_copy(update={"day_zero": "the day it starts", "cut_off": ""})
    count = _Count(plain, spec.after.unit, facts.calendar, entered, [])
    return Expiry(count.share(amount, 100), spec.move)


def clock_marks(service: Service) -> tuple[str, ...]:
    """The moments that the clock brings: `clock:<percent>` and `expiry:<days>`, as told."""
    marks: dict[str, Any] = {}
    for spec in service.tell.values():
        if spec.when.clock is not None or spec.when.days_before_expiry is not None:
            marks[spec.when.mark] = None
    return tuple(sorted(marks))
