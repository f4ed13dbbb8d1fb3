"""How the desk says a promise, a time and a reference."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.desk.words import clock, count, day, moment, promise, spelt
from moothall.language import Calendar

DAYS = Calendar(frozenset({date(2026, 4, 3), date(2026, 4, 6)}))  # Good Friday, Easter Monday
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)  # a Wednesday


def due(year: int, month: int, day_: int) -> datetime:
    return datetime(year, month, day_, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("finish_by", "urgency", "short"),
    [
        (due(2026, 3, 9), "late", "2 working days late"),
        (due(2026, 3, 10), "late", "1 working day late"),
        (due(2026, 3, 11), "today", "Due today"),
        (due(2026, 3, 12), "soon", "Due tomorrow"),
        (due(2026, 3, 16), "soon", "Due in 3 working days"),
        (due(2026, 3, 17), "later", "Due in 4 working days"),
        (None, "none", "No promise"),
    ],
)
def test_a_running_case_says_how_near_its_promise_is(finish_by, urgency, short):
    found = promise(now=NOW, calendar=DAYS, finish_by=finish_by)
    assert (found.urgency, found.short) == (urgency, short)


def test_a_promise_that_passed_earlier_today_is_late_and_not_by_nought_days():
    found = promise(now=NOW, calendar=DAYS, finish_by=NOW - timedelta(hours=1))
    assert (found.urgency, found.short) == ("late", "Late since today")


def test_days_that_nobody_works_do_not_count():
    thursday = datetime(2026, 4, 2, 9, tzinfo=UTC)
    found = promise(now=thursday, calendar=DAYS, finish_by=due(2026, 4, 7))
    assert found.long == "Promised by Tuesday 7 April. 1 working day left."


def test_a_stopped_clock_says_since_when_and_why():
    since = datetime(2026, 3, 9, 9, tzinfo=UTC)
    found = promise(
        now=NOW, calendar=DAYS, finish_by=None, paused_since=since, state="We need more from you"
    )
    assert found.urgency == "paused"
    assert found.short == "Clock stopped for 2 working days"
    assert "since Monday 9 March: we need more from you" in found.long


def test_a_finished_case_says_whether_the_promise_was_kept():
    ended = datetime(2026, 3, 12, 9, tzinfo=UTC)
    kept = promise(now=NOW, calendar=DAYS, finish_by=due(2026, 3, 12), ended_at=ended)
    broken = promise(now=NOW, calendar=DAYS, finish_by=due(2026, 3, 10), ended_at=ended)
    assert kept.long == "Finished on Thursday 12 March 2026, within the promise."
    assert broken.long == "Finished on Thursday 12 March 2026, 2 working days after the promise."


def test_times_are_said_in_london_and_as_people_say_them():
    summer = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    assert clock(summer) == "midday"
    assert clock(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "12:30am"
    assert day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "Thursday 2 July"
    assert moment(summer, summer + timedelta(hours=2)) == "today at midday"
    assert moment(summer, summer + timedelta(days=1)) == "yesterday at midday"
    assert moment(summer, summer + timedelta(days=400)) == "1 July 2026 at midday"


def test_counts_have_their_plural_and_their_comma():
    assert count(1, "case") == "1 case"
    assert count(1200, "case") == "1,200 cases"
    assert count(2, "answer is", "answers are") == "2 answers are"


def test_a_reference_is_spelt_so_that_it_can_be_written_down():
    assert spelt("WM-7K3-9QF") == "Whiskey, Mike; seven, Kilo, three; nine, Quebec, Foxtrot"


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.one_of(st.none(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))),
    st.one_of(st.none(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))),
)
def test_whatever_the_times_a_promise_has_words(now, finish_by, ended):
    found = promise(
        now=now.replace(tzinfo=UTC),
        calendar=DAYS,
        finish_by=finish_by and finish_by.replace(tzinfo=UTC),
        ended_at=ended and ended.replace(tzinfo=UTC),
    )
    assert found.short
    assert found.long.endswith(".")
    assert (found.urgency == "done") == (ended is not None)
