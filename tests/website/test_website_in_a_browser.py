"""Every public page in both languages and at both widths passes axe and does not scroll sideways."""

from __future__ import annotations

import pytest

from tests.axe import assert_accessible, too_wide

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/services/",
    "/services/?q=bin",
    "/services/?kind=apply",
    "/services/bulky-waste/",
    "/track/",
    "/contact",
    "/accessibility",
    "/privacy",
    "/cookies",
    "/nothing-here",
)


@pytest.mark.parametrize(("width", "prefix"), [(320, ""), (1280, ""), (320, "/cy")])
def test_pages_pass_axe_and_fit(browse, width: int, prefix: str) -> None:
    page = browse(width=width)
    for url in PAGES:
        page.goto(prefix + url)
        assert_accessible(page)
        assert too_wide(page) == 0, f"{url} at {width}"


def test_text_at_four_times_the_size_still_fits(browse) -> None:
    # WCAG 2.2, 1.4.10 (reflow): 1280 pixels at 400% are 320; text alone at 200%, 1.4.4.
    page = browse(width=640)
    for url in ("/", "/services/missed-bin/", "/services/missed-bin/address/"):
        page.goto(url)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert too_wide(page) == 0, url


def test_printing_leaves_out_menus(browse) -> None:
    page = browse()
    page.goto("/contact")
    page.emulate_media(media="print")
    assert not page.locator(".mh-nav").is_visible()
    assert page.locator("h1").is_visible()
