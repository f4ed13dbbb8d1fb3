"""The promise: working days, holidays, pauses, hours, urgent ones, and expiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.language import (
    Calendar,
    Facts,
    clock_marks,
    expiry,
    keep_until,
    load_service,
    promise,
)
from moothall.language.clock import LONDON
from tests.language.files import bulky, small

EASTER = Calendar({date(2026, 4, 3), date(2026, 4, 6)})


def at(text: str) -> datetime:
    """A time of day in London: `2026-03-11 10:00`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)


def due(
    clock: str,
    started: str,
    *pauses: tuple[str, str | None],
    calendar: Calendar = EASTER,
    cars: int = 1,
) -> str | None:
    """When a case of a small service with this clock is due."""
    service = load_service(small(case=f"  clock: {clock}"))
    facts = Facts({"cars": cars}, calendar=calendar)
    given_pauses = [(at(a), at(b) if b else None) for a, b in pauses]
    found = promise(service, facts, started=at(started), pauses=given_pauses)
    return found.finish_by.strftime("%Y-%m-%d %H:%M") if found.finish_by else None


@pytest.mark.parametrize(
    ("clock", "started", "expected"),
    [
        ("{finish_within: {working_days: 3}}", "2026-03-11 10:00", "2026-03-16 23:59"),
        ("{finish_within: {working_days: 3}}", "2026-03-14 10:00", "2026-03-18 23:59"),  # a Saturday
        ("{finish_within: {working_days: 1}}", "2026-04-02 10:00", "2026-04-07 23:59"),  # Easter
        ("{finish_within: {working_days: 0}}", "2026-03-11 10:00", "2026-03-11 23:59"),
        ("{finish_within: {working_days: 3}, day_zero: the day before}", "2026-03-11 10:00", "2026-03-13 23:59"),
        ("{finish_within: {working_days: 3}, cut_off: '16:00'}", "2026-03-11 16:01", "2026-03-17 23:59"),
        ("{finish_within: {working_days: 3}, cut_off: '16:00'}", "2026-03-11 16:00", "2026-03-16 23:59"),
        ("{finish_within: {days: 3}}", "2026-04-02 10:00", "2026-04-05 23:59"),
        ("{finish_within: {weeks: 2}}", "2026-03-11 10:00", "2026-03-25 23:59"),
        ("{finish_within: {months: 1}}", "2026-01-31 10:00", "2026-02-28 23:59"),
        ("{finish_within: {years: 1}}", "2028-02-29 10:00", "2029-02-28 23:59"),
        ("{finish_within: {hours: 48}}", "2026-03-11 10:00", "2026-03-13 10:00"),
        ("{finish_within: {hours: 2}}", "2026-03-29 00:30", "2026-03-29 03:30"),  # clocks go forward
        ("{finish_within: {working_hours: 4}}", "2026-03-11 15:00", "2026-03-12 11:00"),
        ("{finish_within: {working_hours: 4}}", "2026-04-02 15:00", "2026-04-07 11:00"),
        ("{finish_within: {working_hours: 4}}", "2026-03-14 12:00", "2026-03-16 13:00"),
        ("{finish_within: {working_hours: 2}, working_hours: {from: '10:00', to: '12:00'}}", "2026-03-11 08:00", "2026-03-11 12:00"),
        ("{finish_within: {working_days: cars}}", "2026-03-11 10:00", "2026-03-12 23:59"),
    ],
)  # fmt: skip
def test_when_it_is_due(clock: str, started: str, expected: str) -> None:
    assert due(clock, started) == expected


def test_twenty_working_days_of_the_act() -> None:
    """Day one is the working day after it came; the bank holidays of Easter do not count."""
    clock = "{finish_within: {working_days: 20}, calendar: any-uk}"
    assert due(clock, "2026-03-16 12:00") == "2026-04-15 23:59"


def test_a_pause_takes_out_the_days_it_covers() -> None:
    clock = "{finish_within: {working_days: 3}}"
    # from Thursday to Monday: Friday and Monday are lost
    assert (
        due(clock, "2026-03-11 10:00", ("2026-03-12 09:00", "2026-03-16 09:00"))
        == "2026-03-18 23:59"
    )
    # within one day: nothing is lost
    assert (
        due(clock, "2026-03-11 10:00", ("2026-03-12 09:00", "2026-03-12 16:00"))
        == "2026-03-16 23:59"
    )
    # after it was due: too late to help
    assert (
        due(clock, "2026-03-11 10:00", ("2026-03-17 09:00", "2026-03-20 09:00"))
        == "2026-03-16 23:59"
    )
    # two that touch count once
    twice = (("2026-03-12 09:00", "2026-03-13 09:00"), ("2026-03-13 09:00", "2026-03-16 09:00"))
    assert due(clock, "2026-03-11 10:00", *twice) == "2026-03-18 23:59"


def test_a_pause_that_still_runs_leaves_no_date() -> None:
    service = load_service(small(case="  clock: {finish_within: {working_days: 3}}"))
    facts = Facts({})
    found = promise(
        service, facts, started=at("2026-03-11 10:00"), pauses=[(at("2026-03-12 09:00"), None)]
    )
    assert (found.finish_by, found.warn_at, found.paused) == (None, None, True)
    assert (
        due("{finish_within: {hours: 3}}", "2026-03-11 10:00", ("2026-03-11 11:00", None)) is None
    )
    assert (
        due("{finish_within: {working_hours: 30}}", "2026-03-11 10:00", ("2026-03-11 11:00", None))
        is None
    )
    # it was due before the pause began
    assert (
        due("{finish_within: {hours: 1}}", "2026-03-11 10:00", ("2026-03-11 12:00", None))
        == "2026-03-11 11:00"
    )


def test_pauses_in_hours_are_exact() -> None:
    pause = ("2026-03-11 11:00", "2026-03-11 12:30")
    assert due("{finish_within: {hours: 3}}", "2026-03-11 10:00", pause) == "2026-03-11 14:30"
    assert (
        due("{finish_within: {working_hours: 7}}", "2026-03-11 10:00", pause) == "2026-03-12 10:30"
    )


def test_the_urgent_have_a_shorter_promise_and_a_reason() -> None:
    service = bulky()
    rows = [{"kind": "fridge", "number": 3}]
    found = promise(service, Facts({"items": rows}), started=at("2026-03-11 10:00"))
    assert found.urgent
    assert found.why == "Much gas (48 hours)"
    assert found.finish_by == at("2026-03-13 10:00")
    calm = promise(service, Facts({"items": []}), started=at("2026-03-11 10:00"))
    assert (calm.urgent, calm.why) == (False, "10 working days")


def test_warnings_and_marks_are_shares_of_the_time() -> None:
    service = bulky()
    found = promise(service, Facts({}), started=at("2026-03-11 10:00"))
    assert found.finish_by == datetime(2026, 3, 25, 23, 59, 59, tzinfo=LONDON)
    assert found.warn_at == at("2026-03-18 09:00")
    assert found.marks == (("clock:50", at("2026-03-18 09:00")),)
    assert clock_marks(service) == ("clock:50", "expiry:7")


def test_a_state_expires_after_a_time_or_on_a_date() -> None:
    service = bulky()
    facts = Facts({}, started=date(2026, 3, 11))
    waiting = expiry(service, facts, state="asking", entered=at("2026-03-11 10:00"))
    assert waiting is not None
    assert (waiting.at.date(), waiting.move) == (date(2026, 4, 8), "lapse")
    done = expiry(service, facts, state="collected", entered=at("2026-03-11 10:00"))
    assert done is not None
    assert (done.at.date(), done.move) == (date(2027, 3, 11), "forget")
    assert expiry(service, facts, state="booked", entered=at("2026-03-11 10:00")) is None
    assert expiry(service, Facts({}), state="collected", entered=at("2026-03-11 10:00")) is None


def test_how_long_data_is_kept() -> None:
    service = bulky()
    assert keep_until(service, started=date(2026, 1, 1), ended=None) is None
    assert keep_until(service, started=date(2026, 1, 1), ended=date(2028, 2, 29)) == date(
        2030, 2, 28
    )


def test_a_service_without_a_clock_promises_nothing() -> None:
    found = promise(load_service(small()), Facts({}), started=at("2026-03-11 10:00"))
    assert (found.finish_by, found.urgent, found.marks) == (None, False, ())


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@settings(max_examples=100)
@given(DAYS, st.integers(-60, 60), st.sets(DAYS, max_size=20))
def test_adding_working_days_and_counting_them_agree(
    day: date, count: int, holidays: set[date]
) -> None:
    calendar = Calendar(holidays)
    other = calendar.add_working_days(day, count)
    if count > 0:
        assert calendar.is_working_day(other)
        assert calendar.working_days(day, other) == count
    assert calendar.working_days(day, day) == 0
    slow = sum(
        calendar.is_working_day(day + timedelta(days=step))
        for step in range(1, (other - day).days + 1)
    )
    assert max(0, calendar.working_days(day, other)) == slow


@settings(max_examples=60)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 5_000)), max_size=4),
    st.sampled_from(["working_days", "days", "hours", "working_hours", "weeks", "months"]),
    st.integers(0, 40),
)
def test_pauses_only_ever_put_the_promise_off(
    started: datetime, minutes: list[tuple[int, int]], unit: str, amount: int
) -> None:
    service = load_service(small(case=f"  clock: {{finish_within: {{{unit}: {amount}}}}}"))
    begin = started.replace(tzinfo=LONDON)
    pauses = [
        (begin + timedelta(minutes=start), begin + timedelta(minutes=start + length))
        for start, length in minutes
    ]
    plain = promise(service, Facts({}), started=begin)
    put_off = promise(service, Facts({}), started=begin, pauses=pauses)
    assert plain.finish_by is not None
    assert put_off.finish_by is not None
    assert put_off.finish_by >= plain.finish_by
    assert put_off.warn_at is not None
    assert replace(put_off, finish_by=None).paused is False


def test_a_calendar_without_a_working_week_falls_back_to_the_usual_one() -> None:
    assert Calendar((), weekend=(0, 1, 2, 3, 4, 5, 6)).add_working_days(
        date(2026, 3, 13), 1
    ) == date(2026, 3, 16)
    assert Calendar().add_working_days(date(2199, 12, 30), 500) == date(2199, 12, 31)
