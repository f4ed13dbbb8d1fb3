"""The stand-in's page as people see it: without JavaScript, on a phone, and by axe.

With MOOTHALL_TEST_PICTURES set to a folder, a picture of each page is left there to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from moothall.pay import actions
from moothall.pay.models import StandInPayment
from tests.axe import assert_accessible, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = os.environ.get("MOOTHALL_TEST_PICTURES", "")


def begin(**more: Any) -> str:
    return actions.start(
        subject_ref="WM-7K3-9QF",
        amount=Decimal("54.50"),
        description="Resident parking permit, zone B, 12 months",
        return_url="/health/live",
        key="browser",
        **more,
    ).next_url


@pytest.fixture
def open_page(chromium: Any, live_server: Any) -> Iterator[Callable[[bool], Any]]:
    contexts: list[Any] = []

    def opened(javascript: bool) -> Any:
        context = chromium.new_context(
            viewport={"width": 320, "height": 640},
            java_script_enabled=javascript,
            base_url=live_server.url,
        )
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def look(page: Any, name: str) -> None:
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert_accessible(page)
        assert too_wide(page) == 0
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("moto", [False, True])
def test_a_payment_needs_no_javascript(open_page: Any, moto: bool) -> None:
    page = open_page(False)
    page.goto(begin(moto=moto))
    if moto:
        page.get_by_role("button", name="The caller has finished").click()
    else:
        page.get_by_label("Test card number").fill("5105 1051 0510 5100")
        page.get_by_role("button", name="Pay £54.50").click()
        assert page.get_by_role("alert").inner_text().startswith("There is a problem")
        page.get_by_label("Test card number").fill("4444 3333 2222 1111")
        page.get_by_role("button", name="Pay £54.50").click()
    page.wait_for_url("**/health/live")
    assert StandInPayment.objects.get().status == "success"


@pytest.mark.parametrize("moto", [False, True])
def test_every_state_of_the_page_reads_well(open_page: Any, moto: bool) -> None:
    page = open_page(True)
    address = begin(moto=moto)
    kind = "moto" if moto else "card"
    page.goto(address)
    look(page, f"pay-{kind}")
    if not moto:
        page.get_by_label("Test card number").fill("5105 1051 0510 5100")
        page.get_by_role("button", name="Pay £54.50").click()
        look(page, "pay-error")
    page.get_by_role("button", name="Time runs out").click()
    page.wait_for_url("**/health/live")
    page.goto(address)
    look(page, f"pay-{kind}-over")
