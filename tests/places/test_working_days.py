"""Bank holidays and working-day calendars."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from moothall.packs.sections import PackError
from moothall.places import holidays, queries
from moothall.places.models import WorkingCalendar
from moothall.places.pack import CalendarsSection

PROCLAIMED = {
    # Added or moved by proclamation: jubilees, the royal wedding of 2011 and the coronation, the
    # funeral of the Queen, and the early May bank holidays moved for VE Day.
    dt.date(2012, 6, 4), dt.date(2012, 6, 5), dt.date(2012, 5, 28),
    dt.date(2020, 5, 8), dt.date(2020, 5, 4),
    dt.date(2022, 6, 2), dt.date(2022, 6, 3), dt.date(2022, 5, 30),
    dt.date(2022, 9, 19), dt.date(2023, 5, 8),
}  # fmt: skip
WORLD_CUP = dt.date(2026, 6, 15)
"""Scotland's extra day of 2026, by proclamation."""


@pytest.mark.parametrize("division", holidays.DIVISIONS)
def test_the_rules_give_the_published_list_but_for_proclamations(division: str) -> None:
    published = holidays.published()[division]
    years = range(min(published).year, max(published).year + 1)
    ruled = {day for year in years for day in holidays.by_rule(division, year)}
    assert (published ^ ruled) <= PROCLAIMED | {WORLD_CUP}


@pytest.mark.parametrize(
    ("year", "day"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2038, "2038-04-25")]
)
def test_easter(year: int, day: str) -> None:
    assert holidays.easter_sunday(year).isoformat() == day


def test_days_after_the_published_list_are_still_holidays() -> None:
    calendar = queries.calendar  # asked without a pack, below
    days = holidays.bank_holidays("england-and-wales")
    assert dt.date(2040, 12, 25) in days
    assert dt.date(2033, 12, 27) in days, "Christmas Day 2033 is a Sunday: its substitute"
    assert calendar is not None


@pytest.mark.django_db
def test_the_councils_calendar_counts_its_own_closed_days(tmp_path: Path) -> None:
    (tmp_path / "calendars.yaml").write_text(
        "default: council\n"
        "calendars:\n"
        "  - calendar: council\n"
        "    name: A council\n"
        "    closed: [2026-12-29]\n"
        "  - calendar: tip\n"
        "    name: The tip\n"
        "    weekend: [sunday]\n"
        "    bank_holidays: []\n"
    )
    section = CalendarsSection()
    data = section.read(tmp_path)
    assert data is not None
    section.apply(data)
    assert section.plan(data) == []
    council = queries.calendar("council")
    assert council == queries.calendar("default")
    # Thursday 24 December 2026: Christmas, its weekend with the substitute on Monday 28, 29 closed.
    assert council.add_working_days(dt.date(2026, 12, 24), 1) == dt.date(2026, 12, 30)
    assert queries.calendar().add_working_days(dt.date(2026, 12, 24), 1) == dt.date(2026, 12, 29)
    assert queries.calendar("tip").is_working_day(dt.date(2026, 12, 26)), "a Saturday"


@pytest.mark.django_db
def test_freedom_of_information_counts_holidays_of_any_part(borough: None) -> None:
    any_part = queries.calendar("any_part_of_the_uk")
    england = queries.calendar("england-and-wales")
    for day, name in [
        (dt.date(2026, 1, 2), "2 January, Scotland"),
        (dt.date(2026, 3, 17), "St Patrick's Day, Northern Ireland"),
        (dt.date(2026, 11, 30), "St Andrew's Day, Scotland"),
    ]:
        assert england.is_working_day(day), name
        assert not any_part.is_working_day(day), name
    # Section 10: 20 working days after the day of receipt.
    assert any_part.add_working_days(dt.date(2026, 3, 2), 20) == dt.date(2026, 3, 31)
    assert england.add_working_days(dt.date(2026, 3, 2), 20) == dt.date(2026, 3, 30)


@pytest.mark.django_db
def test_an_unknown_calendar_names_the_known_ones(borough: None) -> None:
    with pytest.raises(queries.UnknownCalendar, match="england-and-wales"):
        queries.calendar("narnia")


@pytest.mark.django_db
def test_a_changed_calendar_is_seen_at_once(borough: None, django_assert_num_queries: Any) -> None:
    queries.calendar("council")
    with django_assert_num_queries(1):
        before = queries.calendar("council")
    row = WorkingCalendar.objects.get(name="council")
    row.closed = ["2026-03-12"]
    row.save()
    assert before.is_working_day(dt.date(2026, 3, 12))
    assert not queries.calendar("council").is_working_day(dt.date(2026, 3, 12))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "default: x\ncalendars:\n  - {calendar: council, name: C}\n",
            "calendars.yaml:1: .*default x",
        ),
        (
            "default: c\ncalendars:\n  - calendar: c\n    name: C\n    bank_holidays: [wales]\n",
            "calendars.yaml:5: .*wales is not one of",
        ),
        (
            "default: c\ncalendars:\n  - calendar: c\n    name: C\n    weekend: [caturday]\n",
            "caturday is not a day of the week",
        ),
        (
            "default: c\ncalendars:\n  - {calendar: c, name: C}\n  - {calendar: c, name: D}\n",
            "calendars.yaml:4: .*there twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "calendars.yaml").write_text(text)
    with pytest.raises(PackError, match=words):
        CalendarsSection().read(tmp_path)


@pytest.mark.django_db
def test_what_is_exported_plans_no_change(borough: None, tmp_path: Path) -> None:
    section = CalendarsSection()
    section.export(tmp_path)
    again = section.read(tmp_path)
    assert again is not None
    assert section.plan(again) == []
    original = section.read(Path(settings.PACK))
    assert original is not None
    assert section.plan(original) == []
