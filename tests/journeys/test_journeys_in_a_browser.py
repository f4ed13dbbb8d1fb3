"""In a real browser: every state passes axe and fits a small phone; keyboard, back button, no JavaScript."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from tests.axe import assert_accessible, too_wide
from tests.stories.answers import POSTCODE, a_photo

pytestmark = pytest.mark.browser
EMAIL = "robin.sallow@example.org"


def go_on(page: Any) -> None:
    """Press the button that continues."""
    page.locator("main form button").first.click()


def look(page: Any) -> None:
    """The page as it is passes axe and does not scroll sideways."""
    assert_accessible(page)
    assert too_wide(page) == 0, page.url


def choose(page: Any, name: str, value: str = "") -> None:
    """Pick an option (the first, where none is said) and go on."""
    found = page.locator(f"[name={name}][value='{value}']" if value else f"[name={name}]")
    found.first.check()
    go_on(page)


def put(page: Any, **fields: str) -> None:
    """Fill in and go on."""
    for name, words in fields.items():
        page.locator(f"[name={name}]").fill(words)
    go_on(page)


def the_address(page: Any) -> None:
    """Find an address by postcode and take the first."""
    page.locator("[name=address-postcode]").fill(POSTCODE)
    go_on(page)
    choose(page, "address")


def put_date(page: Any, name: str, when: date) -> None:
    """Type a date and go on."""
    for part in ("day", "month", "year"):
        page.locator(f"[name={name}-{part}]").fill(str(getattr(when, part)))
    go_on(page)


def test_every_state_of_a_report_passes_axe_on_a_small_phone(browse) -> None:
    page = browse(width=320, height=640)
    page.goto("/services/missed-bin/start")
    look(page)
    go_on(page)
    assert page.locator(".govuk-error-summary").is_visible()
    look(page)
    page.goto("/services/missed-bin/address/?by-hand")
    go_on(page)
    look(page)
    page.goto("/services/missed-bin/address/")
    page.locator("[name=address-postcode]").fill(POSTCODE)
    go_on(page)
    look(page)
    choose(page, "address")
    go_on(page)
    look(page)
    choose(page, "bin", "refuse")
    put(page, **{"missed_on-day": "45"})
    look(page)
    put_date(page, "missed_on", date.today())
    look(page)
    if page.locator("[name=was_out]").count():
        choose(page, "was_out", "yes")
    look(page)
    put(page, where_left="By the side gate")
    put(page, name="Robin Sallow")
    choose(page, "tell_me_by", "email")
    put(page, email="not an address")
    look(page)
    put(page, email=EMAIL)
    assert "Check your answers" in page.title()
    look(page)
    page.goto("/services/missed-bin/save/")
    look(page)
    page.goto("/services/missed-bin/check-answers/")
    go_on(page)
    reference = page.locator("[data-reference]").get_attribute("data-reference")
    look(page)
    page.goto(f"/track/{reference}")
    look(page)
    put(page, secret="nobody@example.org")
    look(page)
    put(page, secret=EMAIL)
    page.locator("summary", has_text="Ask us to ring you").click()
    look(page)
    page.get_by_role("button", name="Ask for a call").click()
    assert "Enter the phone number" in page.locator(".govuk-error-summary").inner_text()
    look(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_rows_times_and_paying_work_with_and_without_javascript(browse, javascript: bool) -> None:
    page = browse(width=320, height=640, javascript=javascript)

    def look(page: Any) -> None:
        if javascript:  # axe itself is a script
            assert_accessible(page)
            assert too_wide(page) == 0, page.url

    page.goto("/services/bulky-waste/start")
    choose(page, "from_home", "no")
    assert page.get_by_role("link", name="Go back and change your answer").is_visible()
    look(page)
    page.goto("/services/bulky-waste/from-home/")
    choose(page, "from_home", "yes")
    the_address(page)
    look(page)
    page.locator("[name=items-1-thing]").first.check()
    put(page, **{"items-1-how_many": "2"})
    look(page)
    go_on(page)
    look(page)
    page.get_by_role("link", name="Remove").first.click()
    look(page)
    choose(page, "sure", "no")
    choose(page, "items-another", "no")
    put(page, where_left="On the front path")
    choose(page, "has_benefits", "no")
    look(page)
    choose(page, "collection_slot")
    put(page, name="Jo Linnet")
    put(page, email=EMAIL)
    go_on(page)
    look(page)
    go_on(page)
    assert "/stand-ins/pay/" in page.url
    page.goto("/services/bulky-waste/pay/")
    assert "You have not paid yet" in page.title()
    look(page)
    page.get_by_role("link", name="Ask someone else to pay").click()
    go_on(page)
    assert "There is a problem" in page.locator("main").inner_text()
    look(page)
    put(page, name="Ash Fennel", email="ash.fennel@example.org")
    assert "We have written to them" in page.locator("main").inner_text()
    asked = page.locator("a[href*='/pay-for/']").first
    for _again in range(100):  # until the worker has sent it
        page.goto("/stand-ins/messages/?to=ash.fennel@example.org")
        if asked.count():
            break
        page.wait_for_timeout(200)
    page.goto(str(asked.get_attribute("href")))
    assert "Pay £24" in page.locator("main").inner_text()
    look(page)


def test_files_and_telling_pages_pass_axe(browse) -> None:
    page = browse(width=320, height=640)
    page.goto("/services/parking-permit/start")
    the_address(page)
    while not page.locator("input[type=file]").count():
        if page.locator("main input[type=radio]").count():
            page.locator("main input[type=radio]").first.check()
        else:
            page.locator("main input[type=text]").first.fill("XW26 ABC")
        go_on(page)
    go_on(page)
    look(page)
    address = page.url
    page.locator("input[type=file]").set_input_files(
        {"name": "a-rather-long-name-of-a-photo.jpg", "mimeType": "image/jpeg", "buffer": a_photo()}
    )
    go_on(page)
    page.goto(address)
    look(page)
    page.goto("/services/crisis-support/start")
    choose(page, "lives_here", "yes")
    choose(page, "in_danger", "yes")
    look(page)


def tab_to(page: Any, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(60):
        if page.evaluate("document.activeElement.name || ''") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {name}")


def test_a_report_can_be_made_with_the_keyboard_alone(browse) -> None:
    page = browse()
    page.goto("/services/missed-bin/start")
    page.wait_for_selector("body.js-enabled")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    tab_to(page, "address-postcode")
    page.keyboard.type(POSTCODE)
    page.keyboard.press("Enter")
    page.wait_for_selector("[name=address]")
    tab_to(page, "address")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/bin/"))
    go_on(page)
    page.wait_for_function("document.activeElement.className === 'govuk-error-summary'")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.name === 'bin'")


def test_the_back_button_shows_what_was_answered_and_a_change_counts(browse) -> None:
    page = browse()
    page.goto("/services/missed-bin/start")
    the_address(page)
    go_on(page)  # an error on the way, which the back button passes over
    choose(page, "bin", "refuse")
    page.wait_for_url(re.compile("/missed-on/"))
    page.go_back()
    page.wait_for_url(re.compile("/bin/"))
    choose(page, "bin", "recycling")
    page.wait_for_url(re.compile("/missed-on/"))
    page.goto("/services/missed-bin/bin/")
    assert page.locator("[name=bin][value=recycling]").is_checked()


def test_two_tabs_keep_what_each_said(browse) -> None:
    one = browse()
    one.goto("/services/missed-bin/start")
    the_address(one)
    two = one.context.new_page()
    two.goto(one.url)
    choose(one, "bin", "refuse")
    one.wait_for_url(re.compile("/missed-on/"))
    choose(two, "bin", "recycling")
    two.wait_for_url(re.compile("/missed-on/"))
    assert "in another tab or window" in two.locator("main").inner_text()
