"""What is done around one case, in a real browser: each page and state at two widths, and what axe says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.desk.test_desk_browser import at_the_desk, look, report_a_bin
from tests.house import House

pytestmark = pytest.mark.browser


def seen(page: Any, address: str = "", name: str = "") -> None:
    """Look at the page, and keep pictures of it where the environment names a folder."""
    look(page, address)
    folder = os.environ.get("MOOTHALL_TEST_PICTURES")
    for width in (320, 1280) if folder and name else ():
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=str(Path(folder or "") / f"{name}_{width}.png"), full_page=True)


def test_all_that_can_be_done_around_a_case_reads_well(browse: Any, house: House) -> None:
    lost = report_a_bin(house, "perm-fail@example.org")
    first, second = report_a_bin(house), report_a_bin(house)
    at = f"/desk/cases/{first}/"
    page = at_the_desk(browse, house, "marcus")
    seen(page, f"{at}tasks/", "task")
    page.get_by_role("button", name="Set the task").click()
    assert page.title().startswith("Error: Set a task")
    seen(page)
    page.locator("textarea[name=text]").fill(
        "Ring the crew about the lid, and tell her when they come"
    )
    page.get_by_role("button", name="Set the task").click()
    page.get_by_text("The task was set.").wait_for()
    seen(page, f"{at}call-back/", "call_back")
    page.locator("[name=phone]").fill("07700 900123")
    page.get_by_role("button", name="Promise the call").click()
    page.get_by_text("The call is promised.").wait_for()
    page.get_by_role("button", name="Record a call").first.click()
    seen(page, "", "call")
    page.goto(f"{at}note/")
    page.locator("textarea[name=text]").fill("@Dilys Farrow do you know this house?")
    page.get_by_role("button", name="Save note").click()
    for path, name in (
        ("", "case"),
        ("?show=notes", ""),
        ("related/", "related"),
        (f"merge/?into={second}", "merge"),
        ("team/", "team"),
        ("hand-over/", "hand_over"),
        ("reply/", "reply"),
    ):
        seen(page, f"{at}{path}", name)
    page.locator("select[name=template]").select_option(label="Leave the bin out")
    page.get_by_role("button", name="Put in its words").click()
    seen(page, "", "reply_filled")
    page.get_by_role("button", name="See it before").click()
    page.get_by_role("heading", name="Is this right?").wait_for()
    seen(page, "", "reply_preview")
    page.goto(f"{at}correct/where_left/")
    page.locator("textarea[name=where_left]").fill("By the front gate")
    page.locator("textarea[name=reason]").fill("She rang")
    page.get_by_role("button", name="Save the correction").click()
    page.get_by_text("The answer was corrected.").wait_for()
    seen(page, f"{at}?show=changes", "changes")
    for address, name in (
        ("/desk/replies/", "replies"),
        ("/desk/replies/new/", "reply_new"),
        ("/desk/trouble/", "trouble"),
    ):
        seen(page, address, name)
    told = page.get_by_role("heading", name="An email did not arrive")
    for _ in range(150):  # until the worker has tried to send it
        page.goto(f"/desk/cases/{lost}/")
        if told.count():
            break
        page.wait_for_timeout(200)
    seen(page, "", "case_in_trouble")
    assert told.count() == 1
    page.get_by_role("button", name="Mark as dealt with").click()
    page.get_by_text("Marked as dealt with.").wait_for()
    page.goto(f"{at}merge/?into={second}")
    page.locator("textarea[name=reason]").fill("The same bin, told twice")
    page.get_by_role("button", name="Join the cases").click()
    page.get_by_text("The case was joined.").wait_for()
    seen(page, "", "merged")
    seen(page, f"{at}unmerge/", "unmerge")
    page.goto(f"/desk/cases/{second}/moves/close/")
    page.locator("textarea[name=reason]").fill("Done by hand")
    page.locator("textarea[name=message]").fill("It is done.")
    page.get_by_role("button", name="Close without a visit").click()
    page.get_by_text("Done: Close").wait_for()
    seen(page, f"/desk/cases/{second}/reopen/", "reopen")
