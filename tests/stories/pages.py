"""Page objects: a resident's journey and an officer's desk, as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.house import House
from tests.resident import FIRST


def press(page: Any, button: Any) -> None:
    """Click what leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        button.click()


class Journey:
    """One resident in one service, a question a page."""

    def __init__(self, page: Any, prefix: str = "") -> None:
        self.page = page
        self.prefix = prefix

    def start(self, slug: str) -> None:
        """From the service's own page, by its start button."""
        self.page.goto(f"{self.prefix}/services/{slug}/")
        press(self.page, self.page.locator("main a[href$='/start']").first)

    def go_on(self) -> None:
        """Press the button that continues."""
        press(
            self.page,
            self.page.locator("main form button[type=submit], main form button:not([type])").first,
        )

    def address(self, postcode: str, question: str = "address") -> None:
        """Find an address by postcode and take the first."""
        self.page.locator(f"[name={question}-postcode]").fill(postcode)
        self.go_on()
        self.page.locator(f"[name={question}]").first.check()
        self.go_on()

    def choose(self, question: str, value: str) -> None:
        """Pick one option."""
        self.page.locator(f"[name={question}][value='{value}']").check()
        self.go_on()

    def date(self, question: str, when: date) -> None:
        """Type a date in its three fields."""
        self.page.locator(f"[name={question}-day]").fill(str(when.day))
        self.page.locator(f"[name={question}-month]").fill(str(when.month))
        self.page.locator(f"[name={question}-year]").fill(str(when.year))
        self.go_on()

    def type(self, question: str, words: str) -> None:
        """Type words in one field."""
        self.page.locator(f"[name={question}]").fill(words)
        self.go_on()

    def walk(self, answers: Mapping[str, Any], most: int = 40) -> None:
        """Answer page after page, as each asks, until check answers."""
        for _ in range(most):
            if "/check-answers" in self.page.url:
                return
            before = self.page.url
            for name, value in answers.items():
                self._answer(name, value)
            self.go_on()
            errors = self.page.locator(".govuk-error-message").all_inner_texts()
            assert not errors, f"{before}: {errors}"
        raise AssertionError(f"no end at {self.page.url}")

    def one_screen(self, answers: Mapping[str, Any], most: int = 12) -> None:
        """Fill in the adviser's one screen, updating until everything is asked, then send it in."""
        for _ in range(most):
            for name, value in answers.items():
                self._answer(name, value)
            if self.page.locator("main button[name=do]").first.get_attribute("value") == "send":
                break
            press(self.page, self.page.locator("main button[name=do][value=look]"))
        press(self.page, self.page.locator("main button[name=do][value=send]"))
        errors = self.page.locator(".govuk-error-message").all_inner_texts()
        assert not errors, errors

    def _answer(self, name: str, value: Any) -> None:
        field = self.page.locator(f"main form [name='{name}']")
        if field.count() == 0:
            return
        kind = field.first.get_attribute("type") or "text"
        if field.first.evaluate("node => node.tagName") == "SELECT":
            if value == FIRST:
                value = field.locator("option:not([value=''])").first.get_attribute("value")
            field.first.select_option(value)
            return
        if kind in {"radio", "checkbox"}:
            (
                field.first if value == FIRST else field.locator(f"xpath=self::*[@value='{value}']")
            ).check()
        elif kind == "file":
            file_name, content, mime = value
            field.set_input_files({"name": file_name, "mimeType": mime, "buffer": content})
        elif kind != "hidden":
            field.first.fill(value)

    def upload(self, question: str, name: str, content: bytes, kind: str) -> None:
        """Choose a file and go on."""
        self.page.locator(f"[name={question}]").set_input_files(
            {"name": name, "mimeType": kind, "buffer": content}
        )
        self.go_on()

    def submit(self) -> str:
        """Send from check answers; the reference."""
        assert "check-answers" in self.page.url, f"{self.page.url}: {self.heading()}"
        self.go_on()
        return self.reference()

    def reference(self) -> str:
        """The reference on the done page."""
        found = self.page.locator("[data-reference]").first
        return str(found.get_attribute("data-reference") or found.inner_text()).strip()

    def heading(self) -> str:
        """The page's heading."""
        return str(self.page.locator("h1").first.inner_text())

    def follow(self, reference: str, secret: str) -> str:
        """Follow a case by reference and the email or postcode given; what the page says."""
        self.page.goto(f"{self.prefix}/track/{reference}")
        if self.page.locator("main [name=secret]").count():
            self.page.locator("main [name=secret]").fill(secret)
            self.go_on()
        return self.text()

    def text(self) -> str:
        """What the page says."""
        return str(self.page.locator("main").inner_text())


def sign_ins(house: House) -> list[dict[str, Any]]:
    """The demonstration's sign-ins with codes that work now."""
    found = json.loads(house.moothall("sign_ins", "--json"))
    assert isinstance(found, list)
    return found


class Desk:
    """An officer who has signed in."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def open_case(self, reference: str) -> None:
        """Open a case by its reference."""
        self.page.goto(f"/desk/cases/{reference}/")
        assert reference in self.page.locator("main").inner_text()

    def move(self, move: str, **needs: str) -> None:
        """Make a move by its id, giving what it needs."""
        at = f"/moves/{move}/"
        button = self.page.locator(f"main a[href$='{at}'], main form[action$='{at}'] button")
        press(self.page, button.first)
        if "/moves/" in self.page.url:
            for name, words in needs.items():
                self.page.locator(f"main [name={name}]").fill(words)
            press(self.page, self.page.locator("main form button").first)
        assert "/moves/" not in self.page.url, self.text()

    def text(self) -> str:
        """What the page says."""
        return str(self.page.locator("main").inner_text())


def officer(browse: Callable[..., Any], house: House, email: str, **kwargs: Any) -> Desk:
    """Sign in to the desk with password and the code from the app."""
    page = browse(**kwargs)
    page.goto("/desk/sign-in/")
    person = next(p for p in sign_ins(house) if p["email"] == email)
    page.locator("main [name=email]").fill(person["email"])
    page.locator("main [name=password]").fill(person["password"])
    press(page, page.locator("main form button").first)
    page.locator("main [name=code]").fill(person["code"])
    press(page, page.locator("main form:has([name=code]) button").first)
    assert "sign-in" not in page.url, page.locator("main").inner_text()
    return Desk(page)
