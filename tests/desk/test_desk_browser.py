"""The desk in a real browser: every page and state at two widths, by keyboard alone, and without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.axe import assert_accessible, too_wide
from tests.house import House
from tests.resident import FIRST, Http, Resident
from tests.stories.answers import POSTCODE
from tests.stories.pages import sign_ins

pytestmark = pytest.mark.browser

WIDTHS = (320, 1280)


def report_a_bin(house: House, email: str = "robin.sallow@example.org") -> str:
    """A resident reports a missed bin today; the reference."""
    today = date.today()
    return Resident(Http(house.url)).report(
        "missed-bin",
        {
            "address-postcode": POSTCODE,
            "address": FIRST,
            "bin": "refuse",
            "missed_on-day": str(today.day),
            "missed_on-month": str(today.month),
            "missed_on-year": str(today.year),
            "was_out": "yes",
            "where_left": "By the side gate",
            "name": "Robin Sallow",
            "tell_me_by": "email",
            "email": email,
        },
    )


def at_the_desk(browse: Any, house: House, email: str, **how: Any) -> Any:
    """A page on which the person whose address starts with `email` is signed in."""
    person = next(one for one in sign_ins(house) if one["email"].startswith(email))
    page = browse(**how)
    page.goto("/desk/sign-in/")
    page.locator("main [name=email], main [name=login]").first.fill(person["email"])
    page.locator("main [type=password]").fill(person["password"])
    page.locator("main form button").first.click()
    page.locator("main [name=code]").fill(person["code"])
    page.locator("main form button").first.click()
    page.goto("/desk/")
    return page


def look(page: Any, address: str = "") -> None:
    """The page as a person finds it: nothing sideways, one heading, nothing that axe minds."""
    if address:
        answer = page.goto(address)
        assert answer.ok, f"{answer.status} at {address}"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert too_wide(page) == 0, f"{page.url} at {width}"
    assert page.locator("h1").count() == 1
    assert_accessible(page)


def test_every_page_and_state_of_the_desk_reads_well(browse: Any, house: House) -> None:
    reference = report_a_bin(house)
    at = f"/desk/cases/{reference}/"
    page = at_the_desk(browse, house, "marcus")
    for address in (
        "/desk/",
        "/desk/?due=late&service=missed_bin&done=yes",
        "/desk/?state=taken_back",
    ):
        look(page, address)
    for path in ("", "moves/close/", "assign/", "note/", "reply/", "received/", "contact/",
                 "correct/address/", "correct/bin/", "redact/", "restrict/", "hold/", "looked/"):  # fmt: skip
        look(page, at + path)
    page.goto(f"{at}moves/close/")
    page.get_by_role("button", name="Close without a visit").click()
    assert page.title().startswith("Error: Close without a visit")
    look(page)
    page.goto("/desk/search/")
    look(page)
    page.locator("#words").fill("zzzz")
    page.get_by_role("button", name="Search").click()
    look(page)
    for address in ("/insight/", "/insight/cost/", "/insight/promises/", "/insight/forms/",
                    "/insight/failure-demand/", "/insight/satisfaction/",
                    "/insight/forms/missed-bin/", "/insight/?from=2001-01&to=2001-02"):  # fmt: skip
        look(page, address)


def test_the_pages_of_many_cases_read_well(browse: Any, house: House) -> None:
    report_a_bin(house)
    page = at_the_desk(browse, house, "marcus")
    page.goto("/desk/?service=missed_bin&cols=state-team-opened-channel-changed-promise")
    page.locator("#view-name").evaluate("box => box.closest('details').open = true")
    page.locator("#view-name").fill("Bins of today")
    page.get_by_role("button", name="Save this view").click()
    look(page)
    for address in ("/desk/mine/", "/desk/team/", "/desk/team/workload/", "/desk/views/",
                    "/desk/settings/", "/desk/keys/", "/desk/staff/", "/desk/many/"):  # fmt: skip
        look(page, address)
    page.goto("/desk/?service=missed_bin")
    page.locator("#many-scope").select_option("all")
    page.get_by_role("button", name="Go on").click()
    look(page)
    page.locator("[name=move]").first.check()
    page.get_by_role("button", name="See what would happen").click()
    look(page)
    page.get_by_role("button", name="Do it in").click()
    page.get_by_text("It is done").wait_for()
    look(page)


def test_a_councillors_pages_read_well(browse: Any, house: House) -> None:
    page = at_the_desk(browse, house, "wilf")
    look(page, "/desk/ward/")
    look(page, "/desk/ward/casework/")
    page.get_by_role("button", name="Report a missed bin").click()
    assert page.title().startswith("Error: ")
    look(page)


def test_the_privacy_office_reads_well(browse: Any, house: House) -> None:
    reference = report_a_bin(house)
    page = at_the_desk(browse, house, "tom")
    page.goto("/desk/privacy/holds/")
    page.get_by_role("button", name="Place the hold").click()
    assert page.title().startswith("Error: ")
    look(page)
    page.locator("[name=covers][value=case]").check()
    page.locator("#reference").fill(reference)
    page.locator("#reason").fill("A claim")
    page.locator("#review_on").fill((date.today() + timedelta(days=90)).isoformat())
    page.get_by_role("button", name="Place the hold").click()
    page.get_by_text("The hold stands").wait_for()
    page.locator("table a").first.click()
    look(page)
    page.goto("/desk/privacy/requests/")
    page.get_by_role("button", name="Look for what we hold").click()
    look(page)
    page.locator("[name=kind][value=access]").check()
    for box, words in (
        ("name", "Robin Sallow"),
        ("email", "robin.sallow@example.org"),
        ("proof", "Seen at the desk"),
    ):
        page.locator(f"#{box}").fill(words)
    page.get_by_role("button", name="Look for what we hold").click()
    page.get_by_text("What we hold").wait_for()
    page.locator("details").first.evaluate("box => { box.open = true }")
    look(page)
    for address in ("", "looked/", "kept/", "record/"):
        look(page, f"/desk/privacy/{address}")


def test_keys_move_and_tick_and_can_be_turned_off(browse: Any, house: House) -> None:
    report_a_bin(house)
    report_a_bin(house)
    page = at_the_desk(browse, house, "bryn")
    page.goto("/desk/?service=missed_bin")
    focused = "document.activeElement.closest('tr') ? document.activeElement.innerText : ''"
    page.keyboard.press("j")
    first = page.evaluate(focused)
    page.keyboard.press("x")
    page.keyboard.press("j")
    assert page.evaluate(focused) not in ("", first)
    page.keyboard.press("Shift+X")
    assert page.locator("input.desk-tick[name=case]:checked").count() == 2
    page.keyboard.press("?")
    page.wait_for_url("**/desk/keys/")
    page.goto("/desk/settings/")
    page.locator("#shortcuts").uncheck()
    page.get_by_role("button", name="Save my settings").click()
    page.goto("/desk/?service=missed_bin")
    page.keyboard.press("j")
    assert page.evaluate(focused) == ""


def test_an_officer_works_a_case_by_keyboard_alone(browse: Any, house: House) -> None:
    reference = report_a_bin(house)
    page = at_the_desk(browse, house, "bryn")
    page.goto("/desk/?service=missed_bin&who=nobody")
    _tab_to(page, reference)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/cases/{reference}/")
    _tab_to(page, "Book a crew")
    page.keyboard.press("Enter")
    page.get_by_text("Done: Book a crew.").wait_for()
    _tab_to(page, "Bin emptied")
    page.keyboard.press("Enter")
    page.get_by_text("within the promise").first.wait_for()


def _tab_to(page: Any, words: str, most: int = 90) -> None:
    """Press Tab until what has the focus says `words`."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement ? document.activeElement.innerText : ''")
        if words in (said or ""):
            return
    raise AssertionError(f"“{words}” cannot be reached with Tab on {page.url}")


def test_an_adviser_takes_a_contact_on_a_phone_sized_screen_without_javascript(
    browse: Any, house: House
) -> None:
    today = date.today()
    page = at_the_desk(browse, house, "asha", width=320, height=640, javascript=False)
    page.goto("/desk/assisted/")
    page.get_by_role("button", name="Report a missed bin").click()
    page.locator("[name=address-postcode]").fill(POSTCODE)
    page.locator("button[value=look]").first.click()
    page.locator("select[name=address]").select_option(index=1)
    page.locator("[name=bin][value=refuse]").check()
    for part, number in (("day", today.day), ("month", today.month), ("year", today.year)):
        page.locator(f"[name=missed_on-{part}]").fill(str(number))
    page.locator("[name=name]").fill("Robin Sallow")
    page.locator("[name=tell_me_by][value=nothing]").check()
    page.locator("button[value=look]").first.click()
    if page.locator("[name=was_out]").count():  # not asked where the crew noted a blocked road
        page.locator("[name=was_out][value=yes]").check()
    page.locator("button[value=send]").first.click()
    reference = page.locator("[data-reference]").first.inner_text()
    assert "Whiskey, Mike" in page.locator("main").inner_text()
    page.goto(f"/desk/cases/{reference}/")
    assert "Case opened by phone" in page.locator("main").inner_text()
