"""A parking permit: applied and paid for on a phone, taken over the phone, worked to its end."""

from __future__ import annotations

import pytest

from tests.house import House
from tests.stories.answers import parking_permit, postcode_in_a_zone
from tests.stories.pages import Journey, officer, press

pytestmark = pytest.mark.browser

OFFICER = "nadia.holloway@wealdmere.example"
ADVISER = "asha.merrow@wealdmere.example"


def test_a_resident_pays_and_the_officer_asks_for_more_and_gives_it(browse, house: House) -> None:
    page = browse(width=320, height=640, javascript=False)
    resident = Journey(page)
    resident.start("parking-permit")
    resident.walk(parking_permit(postcode_in_a_zone()))
    resident.go_on()
    assert "/stand-ins/pay/" in page.url, resident.text()
    press(page, page.locator("main button[value=pay]"))
    reference = resident.reference()

    desk = officer(browse, house, OFFICER)
    desk.open_case(reference)
    desk.move("start_check")
    desk.open_case(reference)
    desk.move("ask_for_more", message="Please send page two of the log book.")
    assert "Please send page two" in resident.follow(reference, "sam.rowan@example.org")
    desk.open_case(reference)
    assert "We need more from you" in desk.text()


def test_a_payment_that_is_declined_leads_back_and_can_be_paid(browse, house: House) -> None:
    page = browse(width=320, height=640, javascript=False)
    resident = Journey(page)
    resident.start("parking-permit")
    resident.walk(parking_permit(postcode_in_a_zone(), name="Pat Gorse"))
    resident.go_on()
    press(page, page.locator("main button[value=decline]"))
    assert "/stand-ins/pay/" not in page.url
    assert page.locator("h1").count() == 1
    # The way on is a link or a button that starts the payment again.
    press(page, page.locator("main form button, main a.govuk-button").first)
    assert "/stand-ins/pay/" in page.url, resident.text()
    press(page, page.locator("main button[value=pay]"))
    assert resident.reference()


def test_an_adviser_takes_it_over_the_phone_and_the_contact_is_counted(
    browse, house: House
) -> None:
    desk = officer(browse, house, ADVISER, javascript=False)
    page = desk.page
    page.goto("/desk/assisted/")
    page.locator("main [name=channel][value=phone]").check()
    press(page, page.locator("main button[name=service][value=parking_permit]"))
    call = Journey(page)
    call.one_screen(parking_permit(postcode_in_a_zone(), name="Ceri Ash"))
    reference = call.reference()

    page.goto(f"/desk/cases/{reference}/payment/")
    press(page, page.get_by_role("button", name="Open the payment line"))
    caller = page.locator("main a[target=_blank]").get_attribute("href")
    keypad = browse()
    keypad.goto(caller)
    assert keypad.locator("[name=card_number]").count() == 0, (
        "the number is keyed in, never typed here"
    )
    press(keypad, keypad.locator("main button[value=pay]"))
    press(page, page.get_by_role("button", name="Ask again how it stands"))
    assert "is paid" in desk.text()

    manager = officer(browse, house, "marcus.quill@wealdmere.example")
    manager.page.goto("/insight/")
    assert "Phone" in manager.text()
