"""A resident without a browser: reads the forms of the form contract and fills them in.

Works over a Django test client or over HTTP, so that the same story runs inside a test, in a storm
of many people at once, and in a benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

FIRST = "*"
"""As an answer: the first thing that is offered."""

Answers = Mapping[str, "str | list[str] | tuple[str, bytes, str]"]


class Answer(Protocol):
    """What comes back from either client."""

    status: int
    text: str
    url: str


@dataclass
class Choice:
    """A field of a form: its kind, its value now and, for a choice, what is offered."""

    kind: str
    values: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """One page: its main form, heading, errors and reference."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, Choice] = {}
        self.action: str | None = None
        self.heading = ""
        self.reference = ""
        self.errors: list[str] = []
        self.buttons: list[tuple[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self._in_main = False
        self._in_form = False
        self._select = ""
        self._area = ""
        self._capture: list[str] = []
        self._text: dict[str, str] = {}
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what matters of a tag."""
        a = {name: value or "" for name, value in attrs}
        classes = a.get("class", "").split()
        if tag == "main":
            self._in_main = True
        if not self._in_main:
            return
        if "data-reference" in a:
            self._begin("reference", tag)
            self.reference = a["data-reference"]
        if tag == "h1":
            self._begin("heading", tag)
        if "govuk-error-message" in classes:
            self._begin("error", tag)
        if tag == "a":
            self._begin("link:" + a.get("href", ""), tag)
        if tag == "form" and a.get("method", "").lower() == "post" and self.action is None:
            self._in_form, self.action = True, a.get("action", "")
        if not self._in_form:
            return
        name = a.get("name", "")
        if tag == "input" and name:
            kind = a.get("type", "text")
            if kind in {"radio", "checkbox"}:
                found = self.fields.setdefault(name, Choice(kind))
                found.options.append(a.get("value", "on"))
                if "checked" in a:
                    found.values.append(a.get("value", "on"))
            elif kind not in {"submit", "button"}:
                self.fields.setdefault(name, Choice(kind)).values = [a.get("value", "")]
        elif tag == "textarea" and name:
            self._area = name
            self.fields[name] = Choice("textarea", [""])
            self._begin("area", tag)
        elif tag == "select" and name:
            self._select = name
            self.fields[name] = Choice("select")
        elif tag == "option" and self._select:
            found = self.fields[self._select]
            found.options.append(a.get("value", ""))
            if "selected" in a:
                found.values = [a.get("value", "")]
        elif tag == "button" and name:
            self.buttons.append((name, a.get("value", "")))

    def _begin(self, what: str, tag: str) -> None:
        self._capture.append(f"{what}\0{tag}")
        self._text[what] = ""

    def handle_data(self, data: str) -> None:
        """Collect words for whatever is open."""
        for item in self._capture:
            self._text[item.split("\0")[0]] += data

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "main":
            self._in_main = False
        if tag == "form":
            self._in_form = False
        if tag == "select":
            self._select = ""
        for item in [i for i in self._capture if i.endswith(f"\0{tag}")][-1:]:
            self._capture.remove(item)
            what = item.split("\0")[0]
            words = " ".join(self._text[what].split())
            if what == "heading" and not self.heading:
                self.heading = words
            elif what == "reference":
                self.reference = self.reference or words
            elif what == "error":
                self.errors.append(words)
            elif what.startswith("link:"):
                self.links.append((words, what[5:]))
            elif what == "area":
                self.fields[self._area].values = [self._text[what].lstrip("\n")]

    def data(self, answers: Answers) -> dict[str, Any]:
        """Return what this page's form sends when filled in from `answers`."""
        sent: dict[str, Any] = {}
        for name, found in self.fields.items():
            given = answers.get(name)
            if found.kind == "file":
                if isinstance(given, tuple):
                    sent[name] = given
                continue
            if given is None or found.kind == "hidden":
                if found.values and (found.values != [""] or found.kind == "hidden"):
                    sent[name] = found.values if len(found.values) > 1 else found.values[0]
                continue
            if given == FIRST:
                given = next(o for o in found.options if o)
            sent[name] = given
        return sent


class Http:
    """Speaks HTTP to a running house, with its own cookies, following redirects by hand."""

    def __init__(self, base: str, timeout: float = 60) -> None:
        import requests

        self.session = requests.Session()
        self.base = base
        self.timeout = timeout

    def get(self, url: str) -> Answer:
        """GET, following redirects."""
        return self._wrap(self.session.get(urljoin(self.base, url), timeout=self.timeout))

    def post(self, url: str, data: dict[str, Any]) -> Answer:
        """POST a form, files included, following redirects."""
        files = {k: v for k, v in data.items() if isinstance(v, tuple)}
        rest = {k: v for k, v in data.items() if not isinstance(v, tuple)}
        return self._wrap(
            self.session.post(
                urljoin(self.base, url),
                data=rest,
                files=files or None,
                timeout=self.timeout,
                headers={"Referer": urljoin(self.base, url)},
            )
        )

    @staticmethod
    def _wrap(response: Any) -> Answer:
        response.status = response.status_code
        return response  # type: ignore[no-any-return]


class Inside:
    """Speaks to the application in this process through Django's test client."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def get(self, url: str) -> Answer:
        """GET, following redirects."""
        return self._wrap(self.client.get(_path(url), follow=True), url)

    def post(self, url: str, data: dict[str, Any]) -> Answer:
        """POST a form, files included, following redirects."""
        from django.core.files.uploadedfile import SimpleUploadedFile

        sent = {
            k: SimpleUploadedFile(v[0], v[1], content_type=v[2]) if isinstance(v, tuple) else v
            for k, v in data.items()
        }
        return self._wrap(self.client.post(_path(url), sent, follow=True), url)

    @staticmethod
    def _wrap(response: Any, url: str) -> Answer:
        chain = getattr(response, "redirect_chain", [])
        for target, _ in chain:
            url = urljoin(url, target)
        response.url = url
        response.status = response.status_code
        response.text = response.content.decode()
        return response  # type: ignore[no-any-return]


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


class Resident:
    """Walks a service from its start to its reference, answering from a table of answers."""

    def __init__(self, client: Http | Inside, prefix: str = "") -> None:
        self.client = client
        self.prefix = prefix
        self.page: Page
        self.url = ""
        self.seen: list[str] = []

    def open(self, url: str) -> Page:
        """Open an address."""
        return self._arrive(self.client.get(url))

    def start(self, slug: str) -> Page:
        """Open a service's first question."""
        return self.open(f"{self.prefix}/services/{slug}/start")

    def press(self, answers: Answers | None = None, **button: str) -> Page:
        """Fill the page's form in from `answers` and press its button."""
        data = {**self.page.data(answers or {}), **button}
        return self._arrive(self.client.post(urljoin(self.url, self.page.action or self.url), data))

    def _arrive(self, answer: Answer) -> Page:
        assert answer.status < 500, f"{answer.status} at {answer.url}"
        self.status = answer.status
        self.url = answer.url
        self.page = Page(answer.text)
        self.seen.append(urlsplit(self.url).path)
        return self.page

    def fill(self, answers: Answers, until: str = "/check-answers/", most: int = 60) -> Page:
        """Answer page after page until an address that ends in `until`; fails on an error or a stop."""
        for _ in range(most):
            path = urlsplit(self.url).path
            if path.endswith(until) or self.page.action is None:
                return self.page
            before = (self.url, dict(self.page.fields))
            self.press(answers)
            if self.page.errors:
                raise AssertionError(f"{path}: {self.page.errors} (fields {list(before[1])})")
        raise AssertionError(f"no end after {most} pages: {self.seen[-5:]}")

    def report(self, slug: str, answers: Answers) -> str:
        """Walk a service that takes no payment from its start to its reference."""
        self.start(slug)
        self.fill(answers)
        self.press(answers)
        assert self.page.reference, f"no reference at {self.url}: {self.page.heading}"
        return self.page.reference
