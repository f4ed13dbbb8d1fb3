"""Page objects: a resident's journey and an officer's desk, as a person uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.house import House


class Journey:
    """One resident in one service, a question a page."""

    def __init__(self, page: Any, prefix: str = "") -> None:
        self.page = page
        self.prefix = prefix

    def start(self, slug: str) -> None:
        """From the service's own page, by its start button."""
        self.page.goto(f"{self.prefix}/services/{slug}/")
        self.page.locator("main a[href$='/start']").first.click()

    def go_on(self) -> None:
        """Press the button that continues."""
        self.page.locator(
            "main form button[type=submit], main form button:not([type])"
        ).first.click()

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

    def identify(self, email: str) -> None:
        """Give the email address that a followed case asks for."""
        self.page.locator("main form input[type=text], main form input[type=email]").last.fill(
            email
        )
        self.go_on()


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

    def move(self, label: str, **needs: str) -> None:
        """Make a move by its button's words, giving what it needs."""
        self.page.get_by_role("link", name=label).or_(
            self.page.get_by_role("button", name=label)
        ).first.click()
        for name, words in needs.items():
            self.page.locator(f"[name={name}]").fill(words)
        if re.search(r"/moves?/", self.page.url):
            self.page.locator("main form button").first.click()

    def text(self) -> str:
        """What the page says."""
        return str(self.page.locator("main").inner_text())


def officer(browse: Callable[..., Any], house: House, role: str, **kwargs: Any) -> Desk:
    """Sign in as the first demonstration member of staff with `role`, with password and code."""
    person = next(p for p in sign_ins(house) if role in (p["role"], *p.get("plays", [])))
    page = browse(**kwargs)
    page.goto("/desk/sign-in/")
    page.locator("main input[type=email], main [name=login], main [name=email]").first.fill(
        person["email"]
    )
    page.locator("main input[type=password]").fill(person["password"])
    page.locator("main form button").first.click()
    page.locator("main [name=code]").fill(person["code"])
    page.locator("main form button").first.click()
    assert "sign-in" not in page.url, page.locator("main").inner_text()
    return Desk(page)
