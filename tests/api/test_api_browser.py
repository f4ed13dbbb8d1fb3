"""The API's own page and the desk's screens for keys and webhooks, in a real browser at two widths."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.axe import assert_accessible, too_wide
from tests.house import House
from tests.stories.pages import sign_ins

pytestmark = pytest.mark.browser


def _look(page: Any, name: str) -> None:
    assert not too_wide(page), name
    assert page.locator("h1").count() == 1, name
    assert_accessible(page)
    if folder := os.environ.get("MOOTHALL_PICTURES"):
        page.screenshot(path=f"{folder}/{name}-{page.viewport_size['width']}.png", full_page=True)


def _tom(browse: Any, house: House, width: int) -> Any:
    person = next(one for one in sign_ins(house) if one["email"].startswith("tom"))
    page = browse(width=width)
    page.goto("/desk/sign-in/")
    page.locator("main [name=email], main [name=login]").first.fill(person["email"])
    page.locator("main [type=password]").fill(person["password"])
    page.locator("main form button").first.click()
    page.locator("main [name=code]").fill(person["code"])
    page.locator("main form button").first.click()
    return page


@pytest.mark.parametrize("width", [320, 1280])
def test_keys_webhooks_and_the_page_of_the_api(browse: Any, house: House, width: int) -> None:
    page = _tom(browse, house, width)
    page.goto("/api/v1/")
    _look(page, "api")
    page.goto("/desk/settings/")
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("button", name="Make the key").click()
    assert page.locator(".govuk-error-summary").is_visible()
    _look(page, "keys-wrong")
    page.get_by_label("Which system is it for?").fill(f"Customer system {width}")
    page.get_by_label("Whose rights does it have?").select_option(label="Bryn Oakshott")
    page.get_by_label("cases:read").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator(".api-secret").inner_text()
    assert secret.startswith("mh_")
    _look(page, "secret")
    answer = page.request.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["owner"]["name"] == "Bryn Oakshott"
    page.get_by_role("link", name="API keys").click()
    _look(page, "keys")
    page.get_by_role("link", name=f"Customer system {width}").click()
    _look(page, "key")
    page.goto("/desk/webhooks/")
    page.get_by_label("Which system is told?").fill(f"Customer system {width}")
    page.get_by_label("At which address?").fill("https://crm.wealdmere.example/moothall")
    page.get_by_label("Of whose cases is it told?").select_option(label="Bryn Oakshott")
    page.get_by_label("case.opened").check()
    page.get_by_role("button", name="Make the webhook").click()
    page.get_by_role("link", name="The webhook").click()
    page.get_by_role("button", name="Send a test").click()
    assert page.get_by_role("cell", name="webhook.test").or_(page.get_by_text("webhook.test")).first.is_visible()  # fmt: skip
    _look(page, "webhook")
    page.goto("/desk/webhooks/")
    _look(page, "webhooks")
