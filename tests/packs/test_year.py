"""The plan of the demonstration's year."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.packs.demo.year import LONDON, after_working_hours, plan_year

RECIPE = {
    "seed": 1,
    "cases": 300,
    "contacts_without_a_case": 60,
    "days": 365,
    "services": {
        "missed_bin": {"share": 60, "channels": {"online": 60, "phone": 40}},
        "crisis_support": {"share": 40, "channels": {"online": 30, "phone": 50, "desk": 20}},
    },
}
ENDS = date(2026, 3, 31)


def test_the_same_seed_gives_the_same_year() -> None:
    assert plan_year(RECIPE, ENDS) == plan_year(RECIPE, ENDS)
    assert plan_year({**RECIPE, "seed": 2}, ENDS) != plan_year(RECIPE, ENDS)


def test_the_year_is_as_its_recipe_says() -> None:
    plan = plan_year(RECIPE, ENDS)
    cases = [one for one in plan if one.case]
    assert (len(cases), len(plan)) == (300, 360)
    assert [one.at for one in plan] == sorted(one.at for one in plan)
    assert min(one.at.date() for one in plan) >= date(2025, 3, 31)
    shares = Counter(one.service for one in cases)
    assert 0.5 < shares["missed_bin"] / 300 < 0.7
    assert all(one.channel != "online" for one in plan if not one.case)
    assert all(one.minutes is None for one in plan if one.channel == "online")


def test_fewer_cases_bring_fewer_contacts() -> None:
    plan = plan_year(RECIPE, ENDS, cases=30)
    assert Counter(one.case for one in plan) == {True: 30, False: 6}


def test_people_shift_to_online_over_the_year() -> None:
    bins = [one for one in plan_year(RECIPE, ENDS, cases=3000) if one.service == "missed_bin"]
    first, last = bins[: len(bins) // 3], bins[-len(bins) // 3 :]
    online = [sum(one.channel == "online" for one in part) / len(part) for part in (first, last)]
    assert online[1] > online[0] + 0.05


@settings(max_examples=60)
@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    hours=st.floats(0, 300),
)
def test_staff_work_by_day_on_working_days(start: datetime, hours: float) -> None:
    closed = frozenset({date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1)})
    done = after_working_hours(start, hours, closed).astimezone(LONDON)
    assert done >= start
    assert 9 <= done.hour <= 17
    assert done.weekday() < 5
    assert done.date() not in closed


def test_a_day_of_work_is_eight_hours() -> None:
    friday = datetime(2026, 3, 6, 12, 0, tzinfo=LONDON)
    done = after_working_hours(friday, 8, frozenset())
    assert done == datetime(2026, 3, 9, 12, 0, tzinfo=LONDON)
    assert after_working_hours(friday, 8, frozenset(), every_day=True) == done - timedelta(days=2)
