"""Periods are whole months from an address, whatever the address says."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.insight.periods import MOST_MONTHS, Period, month_words, offered_months

TODAY = date(2026, 3, 11)


def test_the_last_twelve_months_come_first():
    period = Period.read({}, TODAY)
    assert (period.first, period.last) == (date(2025, 4, 1), date(2026, 3, 1))
    assert period.words == "April 2025 to March 2026"
    assert period.query == "from=2025-04&to=2026-03"
    assert len(period.keys) == 12
    assert period.last_day == date(2026, 3, 31)
    assert period.labels[0] == "Apr 2025"
    assert period.labels[9] == "Jan 2026"


def test_months_the_wrong_way_round_are_swapped_and_the_future_is_left_out():
    period = Period.read({"from": "2026-02", "to": "2025-12"}, TODAY)
    assert (period.first, period.last) == (date(2025, 12, 1), date(2026, 2, 1))
    assert Period.read({"to": "2031-01"}, TODAY).last == date(2026, 3, 1)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=8), st.text(max_size=8))
def test_any_address_gives_a_bounded_period(first, last):
    period = Period.read({"from": first, "to": last}, TODAY)
    assert period.first <= period.last
    assert 1 <= len(period.months) <= MOST_MONTHS
    assert period.since < period.until


def test_months_have_names():
    assert month_words("2026-03") == "March 2026"
    assert month_words("") == ""
    assert offered_months(TODAY)[0] == ("2026-03", "March 2026")
