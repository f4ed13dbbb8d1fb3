"""The main job: a missed bin, from a phone without JavaScript to the emptied bin."""

from __future__ import annotations

from datetime import date

import pytest
from tests.stories.pages import Journey, officer

from tests.house import House
from tests.stories.answers import POSTCODE

pytestmark = pytest.mark.browser


def test_a_resident_on_a_small_phone_without_javascript_reports_and_follows(
    browse, house: House
) -> None:
    page = browse(width=320, height=640, javascript=False)
    journey = Journey(page)
    journey.start("missed-bin")
    journey.address(POSTCODE)
    journey.choose("bin", "refuse")
    journey.date("missed_on", date.today())
    journey.choose("was_out", "yes")
    journey.type("where_left", "By the side gate")
    journey.type("name", "Robin Sallow")
    journey.choose("tell_me_by", "email")
    journey.type("email", "robin.sallow@example.org")
    assert "Check your answers" in page.title()
    assert page.get_by_text("By the side gate").is_visible()
    reference = journey.submit()

    page.goto(f"/track/{reference}")
    journey.identify("robin.sallow@example.org")
    assert reference in page.locator("main").inner_text()
    assert "Reported" in page.locator("main").inner_text()

    desk = officer(browse, house, "waste_team")
    desk.open_case(reference)
    desk.move("book_a_crew")
    desk.move("bin_emptied")

    page.goto(f"/track/{reference}")
    assert "Bin emptied" in page.locator("main").inner_text()
