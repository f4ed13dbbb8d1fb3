"""The page of sent messages as people see it: on a phone, and by axe."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest

from moothall import outbox
from moothall.notify import actions
from tests.axe import assert_accessible, too_wide

PICTURES = os.environ.get("MOOTHALL_TEST_PICTURES", "")
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_of_messages_fits_a_phone(chromium: Any, live_server: Any) -> None:
    link = "https://example.org/track/" + "a" * 120
    for key, to, means, body in (
        ("b1", "ann@example.org", "email", f"We have your report.\n\nFollow it at {link}"),
        ("b2", "perm-fail@example.org", "email", "We could not reach you."),
        ("b3", "07700 900123", "text", "A crew will come on Tuesday."),
        ("b4", "Ann Lee\n1 High Street\nXW1 1AA", "letter", "Dear Ann Lee"),
    ):
        actions.queue(to=to, means=means, subject="Your report", body=body, key=key)  # type: ignore[arg-type]  # from a list
    outbox.drain(datetime(2400, 1, 1, tzinfo=UTC))
    context = chromium.new_context(viewport={"width": 320, "height": 640}, base_url=live_server.url)
    page = context.new_page()
    page.goto("/stand-ins/messages/")
    assert page.get_by_role("article").count() == 4
    assert_accessible(page)
    assert too_wide(page) == 0
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/messages-320.png", full_page=True)
    page.get_by_label("Email address or phone number").fill("ann@example.org")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_role("article").count() == 1
    assert "ann" not in page.url
    assert page.get_by_role("link", name=link).is_visible()
    context.close()
