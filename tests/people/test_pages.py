"""Every page of signing in, in a real browser: it works, it reads at 320 pixels, axe finds nothing.

With MOOTHALL_TEST_PICTURES set to a folder, a picture of each page is left there to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.utils import timezone

from moothall.people import actions
from moothall.people.models import Team, User
from tests.axe import assert_accessible, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct-horse-battery"
PICTURES = os.environ.get("MOOTHALL_TEST_PICTURES", "")


@pytest.fixture
def browse(chromium: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Open a fresh browser on these tests' own server."""
    contexts: list[Any] = []

    def open_page(width: int = 1280, javascript: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            base_url=live_server.url,
            locale="en-GB",
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on(
            "console",
            lambda said: page.faults.append(said.text) if "Content Security" in said.text else None,
        )
        return page

    yield open_page
    for context in contexts:
        context.close()


def look(page: Any, name: str, *, scripts: bool = True) -> None:
    """The page as a person finds it: nothing too wide, nothing that axe or the policy minds."""
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        if scripts:
            assert too_wide(page) == 0, f"{name} at {width}"
    if scripts:
        assert_accessible(page)
    assert page.faults == []


def code_for(email: str) -> str:
    message = next(one for one in reversed(mail.outbox) if one.to == [email])
    found = re.search(r"^(\d{4}-\d{4})$", str(message.body), re.MULTILINE)
    assert found
    return found.group(1)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_resident_on_a_phone(browse: Any, javascript: bool) -> None:
    page = browse(width=320, javascript=javascript)
    name = "resident" if javascript else "resident-plain"
    page.goto("/account/sign-in/?next=/account/sign-in/")
    look(page, f"{name}-1-email", scripts=javascript)
    page.get_by_role("button", name="Email me a code").click()
    assert "Enter your email address" in page.content()
    look(page, f"{name}-2-error", scripts=javascript)
    page.get_by_label("Email address").fill("nell.fairwater@example.org")
    page.get_by_role("button", name="Email me a code").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    look(page, f"{name}-3-code", scripts=javascript)
    page.get_by_label("Code").fill("12")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    look(page, f"{name}-4-wrong", scripts=javascript)
    page.get_by_role("button", name="Send another code").click()
    page.get_by_text("We have sent another code").wait_for()
    look(page, f"{name}-5-again", scripts=javascript)
    page.get_by_label("Code").fill(code_for("nell.fairwater@example.org"))
    with page.expect_response(lambda answer: answer.status == 302) as answered:
        page.get_by_role("button", name="Continue").click()
    assert answered.value.headers["location"] == "/account/sign-in/"
    assert User.objects.filter(email="nell.fairwater@example.org").exists()


def test_every_page_of_an_account_reads_well(browse: Any, settings: Any) -> None:
    page = browse(width=320)
    page.goto("/account/sign-in/")
    page.get_by_label("Email address").fill("nell.fairwater@example.org")
    page.get_by_role("button", name="Email me a code").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    page.get_by_label("Code").fill(code_for("nell.fairwater@example.org"))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Your account", exact=True).wait_for()
    look(page, "account")
    for path, button in (
        ("messages/", ""),
        ("wishes/", ""),
        ("sessions/", ""),
        ("email/", "Email me a code"),
        ("data/", "Make a copy of my data"),
        ("delete/", "Delete my account"),
    ):
        page.goto(f"/account/{path}")
        look(page, f"account-{path.strip('/')}")
        if button:
            page.get_by_role("button", name=button).click()
            look(page, f"account-{path.strip('/')}-after")
    page.goto("/account/email/")
    page.get_by_label("New email address").fill("nell.new@example.org")
    page.get_by_role("button", name="Email me a code").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    look(page, "account-email-code")


def test_an_officer_makes_a_passkey_and_signs_in_with_it(browse: Any, live_server: Any) -> None:
    team = Team.objects.create(slug="test_team", name="A team", plays=["waste_team"])
    made = actions.add_staff(
        "ines.marlow@example.org", name="Ines Marlow", team=team.slug, job="officer"
    )
    page = browse()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(re.sub(r"^https?://[^/]+", "", made.link))
    look(page, "staff-1-password")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Save and sign in").click()
    look(page, "staff-2-password-error")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()

    page.get_by_role("heading", name="Sign in to the desk").wait_for()
    look(page, "staff-3-sign-in")
    page.get_by_label("Email address").fill("ines.marlow@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Set up a second factor").wait_for()
    look(page, "staff-4-choice")
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    look(page, "staff-5-app")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Set up a passkey").click()
    page.get_by_role("button", name="Make a passkey").wait_for()
    look(page, "staff-6-passkey")
    page.get_by_label("Name of this passkey").fill("Test laptop")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    look(page, "staff-7-codes")

    page.goto("/desk/second-factor/")
    assert "Test laptop" in page.content()
    look(page, "staff-8-mine")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in to the desk").wait_for()

    # A passkey alone: it is a thing that one has, and the device asked for a finger or a PIN.
    with page.expect_response(lambda answer: answer.status == 302) as answered:
        page.get_by_role("button", name="Sign in with a passkey").click()
    assert answered.value.headers["location"] == "/desk/"
    page.goto("/desk/second-factor/")
    page.get_by_role("button", name="Sign out").click()

    # A password, then the passkey as the second factor.
    page.get_by_label("Email address").fill("ines.marlow@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    look(page, "staff-9-wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Use your passkey").wait_for()
    look(page, "staff-10-second-factor")
    with page.expect_response(lambda answer: answer.status == 302) as answered:
        page.get_by_role("button", name="Use your passkey").click()
    assert answered.value.headers["location"] == "/desk/"


def test_an_officer_types_a_code_without_javascript(browse: Any) -> None:
    user = User.objects.create_user(
        "joe.colley@example.org", PASSWORD, name="Joe Colley", is_staff=True
    )
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    page = browse(width=320, javascript=False)
    page.goto("/desk/sign-in/?next=/desk/second-factor/")
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    page.get_by_label("Email address").fill("joe.colley@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    look(page, "staff-plain-1-code", scripts=False)
    counter = int(timezone.now().timestamp()) // 30
    page.get_by_label("Code").fill(totp.format_hotp_value(totp.hotp_value(secret, counter)))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Your second factors").wait_for()
    look(page, "staff-plain-2-mine", scripts=False)


def test_a_dead_link_says_what_to_do(browse: Any) -> None:
    page = browse()
    page.goto("/desk/password/1/dead/")
    assert "no longer works" in page.content()
    look(page, "staff-dead-link")
