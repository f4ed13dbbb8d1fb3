"""Somebody at the desk, without a browser: reads every form of a page and presses its buttons by their words."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile


@dataclass
class Form:
    """One form: where it goes, what it holds now, and its buttons by their words."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Buttons that send the form to an address of their own."""


class DeskPage(HTMLParser):
    """The main part of a page: words, headings, title, links, errors and forms."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = text
        self.title = ""
        self.headings: list[str] = []
        self.words = ""
        self.links: dict[str, str] = {}
        self.errors: list[str] = []
        self.forms: list[Form] = []
        self.reference = ""
        self._main = False
        self._open: list[tuple[str, str, list[str]]] = []
        self._form: Form | None = None
        self._select = ""
        self._formaction = ""
        self.feed(text)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        self._main = self._main or tag == "main"
        if tag == "title" or tag in {"h1", "h2", "a", "button", "textarea"}:
            self._open.append((tag, a.get("href") or a.get("name", ""), [a.get("value", "")]))
            self._formaction = a.get("formaction", "")
        elif "govuk-error-message" in a.get("class", ""):
            self._open.append((tag, "error", [""]))
        if not self._main:
            return
        self.reference = a.get("data-reference", self.reference)
        if tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        name = a.get("name", "")
        if tag == "input" and name:
            kind = a.get("type", "text")
            if kind in {"radio", "checkbox"}:
                self._form.offered.setdefault(name, []).append(a.get("value", "on"))
                self._form.values.setdefault(name, [])
                if "checked" in a:
                    self._form.values[name].append(a.get("value", "on"))
            elif kind != "file":
                self._form.values.setdefault(name, []).append(a.get("value", ""))
        elif tag == "select":
            self._select = name
            self._form.values[name] = []
        elif tag == "option" and self._select:
            self._form.offered.setdefault(self._select, []).append(a.get("value", ""))
            if "selected" in a:
                self._form.values[self._select] = [a.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._main:
            self.words += f" {data}"
        for _tag, _name, said in self._open:
            said.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._main = False
        if tag == "select":
            self._select = ""
        if self._open and self._open[-1][0] == tag:
            _tag, name, said = self._open.pop()
            words = " ".join("".join(said[1:]).split())
            if tag == "title":
                self.title = words
            elif tag in {"h1", "h2"}:
                self.headings.append(words)
            elif tag == "a" and self._main:
                self.links.setdefault(words, name)
            elif tag == "button" and self._form is not None:
                self._form.buttons.setdefault(words, (name, said[0]))
                if self._formaction:
                    self._form.elsewhere.setdefault(words, self._formaction)
            elif tag == "textarea" and self._form is not None:
                self._form.values[name] = ["".join(said[1:]).lstrip("\n")]
            elif name == "error":
                self.errors.append(words)
        if tag == "form":
            self._form = None


class Officer:
    """Opens pages, follows links and presses buttons, as one person with one session."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.page = DeskPage("")
        self.url = ""
        self.status = 0

    def open(self, url: str) -> DeskPage:
        """Open an address and follow where it leads."""
        return self._arrive(self.client.get(url, follow=True), url)

    def follow(self, words: str) -> DeskPage:
        """Follow the link that says `words`, or begins with them."""
        found = next((u for w, u in self.page.links.items() if w.startswith(words)), None)
        assert found is not None, f"no link “{words}” at {self.url}: {list(self.page.links)}"
        return self.open(urljoin(self.url, found))

    def press(self, words: str, /, **answers: Any) -> DeskPage:
        """Fill in the form that has the button `words` and press it."""
        form = next((f for f in self.page.forms for b in f.buttons if b.startswith(words)), None)
        assert form is not None, (
            f"no button “{words}” at {self.url}: {[list(f.buttons) for f in self.page.forms]}"
        )
        said = next(b for b in form.buttons if b.startswith(words))
        name, value = form.buttons[said]
        data: dict[str, Any] = {k: list(v) for k, v in form.values.items()}
        for key, given in answers.items():
            key = key.replace("__", "-")
            if isinstance(given, tuple):
                data[key] = SimpleUploadedFile(given[0], given[1], content_type=given[2])
            else:
                data[key] = given if isinstance(given, list) else [given]
        if name:
            data[name] = [value]
        address = urljoin(self.url, form.elsewhere.get(said) or form.action or self.url)
        send = self.client.post if form.method == "post" else self.client.get
        return self._arrive(send(address, data, follow=True), address)

    def _arrive(self, response: Any, url: str) -> DeskPage:
        for target, _status in getattr(response, "redirect_chain", []):
            url = urljoin(url, target)
        self.url, self.status = (
            urlsplit(url)._replace(scheme="", netloc="").geturl(),
            response.status_code,
        )
        self.page = DeskPage(response.content.decode())
        return self.page
