"""The main job: a missed bin, from a phone without JavaScript to the emptied bin."""

from __future__ import annotations

from datetime import date

import pytest

from tests.house import House
from tests.stories.answers import missed_bin
from tests.stories.pages import Journey, officer

pytestmark = pytest.mark.browser


def test_a_resident_on_a_small_phone_reports_and_follows_and_an_officer_finishes(
    browse, house: House
) -> None:
    page = browse(width=320, height=640, javascript=False)
    resident = Journey(page)
    resident.start("missed-bin")
    resident.walk(missed_bin(date.today()))
    assert "By the side gate" in resident.text()
    reference = resident.submit()

    said = resident.follow(reference, "robin.sallow@example.org")
    assert reference in said
    assert "Reported" in said

    desk = officer(browse, house, "bryn.oakshott@wealdmere.example")
    desk.open_case(reference)
    desk.move("book_a_crew")
    desk.open_case(reference)
    desk.move("bin_emptied")
    assert "Bin emptied" in desk.text()

    assert "Bin emptied" in resident.follow(reference, "robin.sallow@example.org")


def test_the_same_in_welsh_keeps_its_language(browse, house: House) -> None:
    page = browse(width=320, height=640, javascript=False)
    resident = Journey(page, prefix="/cy")
    resident.start("missed-bin")
    assert page.locator("html").get_attribute("lang") == "cy"
    resident.walk(missed_bin(date.today(), name="Gwen Helyg"))
    reference = resident.submit()
    assert page.locator("html").get_attribute("lang") == "cy"
    page.goto("/stand-ins/messages/")
    page.wait_for_timeout(100)
    for _ in range(100):
        page.reload()
        if reference in page.locator("main").inner_text():
            break
        page.wait_for_timeout(100)
    assert reference in page.locator("main").inner_text()
