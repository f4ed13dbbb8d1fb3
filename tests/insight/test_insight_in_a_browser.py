"""The public figures and the satisfaction question in a real browser, narrow and wide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.axe import assert_accessible, too_wide

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_for_everyone_are_accessible(browse: Any, width: int) -> None:
    page = browse(width=width)
    for address in (
        "/performance/",
        "/performance/missed-bin/",
        "/cy/performance/",
        "/services/missed-bin/feedback/thanks",
        "/services/missed-bin/feedback",
    ):
        assert page.goto(address).ok, address
        assert_accessible(page)
        assert not too_wide(page), address
    page.locator("main form button").click()
    assert page.title().startswith("Error:")
    assert_accessible(page)


def test_how_it_went_is_said_without_javascript(browse: Any) -> None:
    page = browse(width=320, javascript=False)
    page.goto("/services/missed-bin/feedback?after=case")
    page.locator("main form button").click()
    assert (
        page.locator(".govuk-error-summary").inner_text().endswith("Choose how satisfied you are")
    )
    page.get_by_label("Very satisfied").check()
    page.locator("main form button").click()
    assert page.locator("h1").inner_text() == "Thank you"
