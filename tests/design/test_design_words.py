"""Dates, times, money and Markdown as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from moothall.design import charts, markdown, words


@pytest.mark.parametrize(
    ("pence", "said"),
    [(0, "£0"), (1200, "£12"), (1250, "£12.50"), (125000, "£1,250"), (-5, "-£0.05"), (None, "")],
)
def test_pounds(pence: int | None, said: str) -> None:
    assert words.pounds(pence) == said


def test_amount_takes_decimal_pounds() -> None:
    assert words.amount(Decimal("8.62")) == "£8.62"


@given(st.integers(-(10**9), 10**9))
def test_pounds_say_the_exact_amount(pence: int) -> None:
    said = words.pounds(pence).replace("£", "").replace(",", "")
    assert Decimal(said) * 100 == pence


def test_days_and_times_in_both_languages() -> None:
    noon = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    with translation.override("en-gb"):
        assert words.day(date(2026, 3, 3)) == "Tuesday 3 March 2026"
        assert words.moment(noon) == "1 July 2026 at midday"
        assert words.clock("14:30") == "2:30pm"
        assert words.clock("00:00") == "midnight"
        assert words.clock("09:00") == "9am"
    with translation.override("cy"):
        assert words.day("2026-03-03") == "Dydd Mawrth 3 Mawrth 2026"


def test_markdown_is_dressed_and_never_lets_html_or_scripts_through() -> None:
    made = markdown.html("# Hello\n\n- one\n- [two](https://example.org)\n\n<script>x</script>")
    assert '<h2 class="govuk-heading-m">' in made
    assert 'class="govuk-list govuk-list--bullet"' in made
    assert "<script>" not in made
    assert "href" not in markdown.html("[x](javascript:alert(1))")


@given(st.text(max_size=200))
def test_markdown_makes_no_script_of_any_text(text: str) -> None:
    made = markdown.html(text)
    assert "<script" not in made


def test_bars_have_a_name_and_the_same_figures_as_a_table() -> None:
    made = charts.bars([("Phone", 3), ("Online", 12)], title="Contacts", value_heading="Contacts")
    assert 'role="img"' in made
    assert 'aria-label="Contacts"' in made
    assert made.count("12") >= 2
    assert "<table" in made
    assert "style=" not in made


def test_bars_escape_what_they_are_given() -> None:
    made = charts.bars([("<b>x</b>", 1)], title="<i>t</i>")
    assert "<b>" not in made
    assert "<i>" not in made


def test_no_rows_say_so() -> None:
    with translation.override("en-gb"):
        assert "nothing to show" in charts.bars([], title="Empty")
