"""A story of a service file, lived through the pages: the resident's form, their own page, the desk.

Nothing here knows a service: the pages say what they ask, the example says what is answered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from moothall.casework.clock import wake
from moothall.casework.events import Kind
from moothall.casework.models import Case
from moothall.connectors import registry
from moothall.journeys.fields import raw_of
from moothall.language import Calendar, Question, Service, plain_answer
from moothall.language.answers import example_look_up
from moothall.language.clock import LONDON
from moothall.language.models import ExampleMove, ExampleSpec
from moothall.pay.actions import refresh
from moothall.pay.models import Payment
from moothall.people.models import User
from moothall.people.queries import actor_for
from moothall.people.testing import sign_in
from moothall.places import queries as places
from tests.resident import Inside, Page, Resident

FILES = {"file", "photo", "signature"}
PLACE = "1 Abbot Close, Wealdmere"
"""A place that a person types in words: the gazetteer knows it, so no map and no script is needed."""
MOST_PAGES = 120


@cache
def _bytes_of(kind: str) -> bytes:
    """A small real file of this kind."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), (40, 90, 70)).save(out, kind)
    return out.getvalue()


def upload(name: str, media: str) -> SimpleUploadedFile:
    """A file as a browser sends it: what an example calls `bill.pdf` is a PDF."""
    if media == "application/pdf" or name.endswith(".pdf"):
        return SimpleUploadedFile(name, _bytes_of("PDF"), content_type="application/pdf")
    name = name if name.endswith((".jpg", ".jpeg")) else f"{name}.jpg"
    return SimpleUploadedFile(name, _bytes_of("JPEG"), content_type="image/jpeg")


@dataclass
class Clock:
    """The time that every page reads."""

    now: datetime = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)


@dataclass
class Story:
    """One example, as it happens. `at_desk` is who signs in for a role of the service file."""

    service: Service
    example: ExampleSpec
    clock: Clock
    address: str
    at_desk: Callable[[str], User]
    person: Resident = field(init=False)
    case: Case | None = None
    most_due: int = 0
    """The most that was to be paid for the case at any time, in pence."""
    made: int = 0
    """How many steps have been taken."""
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(init=False)
    desks: dict[tuple[int, date], Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set the clock to the example's day, and read its answers."""
        at = time.fromisoformat(self.example.at)
        day = date.fromisoformat(self.example.today)
        self.clock.now = datetime.combine(day, at, LONDON).astimezone(UTC)
        self.person = Resident(Inside(Client(REMOTE_ADDR=self.address)))
        self.answers = {
            name: plain_answer(self.service, name, value)
            for name, value in self.example.answers.items()
        }

    # ---- The form ----

    def fill_in(self) -> Page:
        """Go through the form as its pages ask; the page at which it ends: check answers or a stop."""
        if self.service.file.sign_in == "required":
            resident = User.objects.get(email="maggie.thistlewood@example.org")
            sign_in(self.person.client.client, resident)  # type: ignore[union-attr]
        self.person.start(self.service.slug)
        for _ in range(MOST_PAGES):
            path = urlsplit(self.person.url).path
            if path.endswith("/tasks/"):
                ready = [u for _w, u in self.person.page.links if "/check-answers/" in u]
                self.person.open(ready[0] if ready else f"/services/{self.service.slug}/go-on")
                continue
            if path.endswith("/check-answers/") or self._ended(path):
                return self.person.page
            self.press(path)
            assert not self.person.page.errors, (path, self.person.page.errors)
        raise AssertionError(f"no end: {self.person.seen[-6:]}")

    def _ended(self, path: str) -> bool:
        page = next((p for p in self.service.pages if path.endswith(f"/{p.slug}/")), None)
        return page is not None and (
            page.kind == "stop" or (page.kind == "look_up" and bool(self.person.page.heading))
        )

    def press(self, path: str) -> None:
        """Fill this page in and go on."""
        page = next(p for p in self.service.pages if path.endswith(f"/{p.slug}/"))
        data = self.person.page.data({})
        if page.kind == "repeat":
            data |= self._row(page.id)
        for name in page.questions if page.kind == "ask" else ():
            question = self.service.questions[name]
            if not any(
                key == name or key.startswith(f"{name}-") for key in self.person.page.fields
            ):
                continue
            if name not in self.asked:
                self.asked.append(name)
            data |= self.given(question, self.answers.get(name), name)
        self.person._arrive(self.person.client.post(self.person.url, data))

    def _row(self, repeat: str) -> dict[str, Any]:
        """The next row of a repeat, what is still asked of it, or that there are no more."""
        fields = self.person.page.fields
        rows = self.answers.get(repeat) or []
        number = next(
            (int(m[1]) for key in fields if (m := re.match(rf"{repeat}-(\d+)-", key))), None
        )
        if number is None:
            have = len(re.findall(r'href="\?(?:change&amp;)?remove=', self.person.page.text))
            return {} if f"{repeat}-full" in fields else {
                f"{repeat}-another": "yes" if have < len(rows) else "no"
            }  # fmt: skip
        row = rows[number - 1] if number <= len(rows) else {}
        data: dict[str, Any] = {}
        for key in {key.split("-")[2] for key in fields if key.startswith(f"{repeat}-{number}-")}:
            if key == "_id":
                continue
            question = self.service.questions[f"{repeat}.{key}"]
            data |= self.given(question, row.get(key), f"{repeat}-{number}-{key}")
        return data

    def given(self, question: Question, value: Any, name: str) -> dict[str, Any]:
        """What a person sends for one question, on the page as it stands."""
        if question.type in FILES:
            return {name: [upload(one["name"], one["type"]) for one in value]} if value else {}
        if value is None:  # a box that is left blank is sent all the same
            return {name: ""} if name in self.person.page.fields else {}
        if question.type == "slot":
            return {name: self._time(name, value)}
        if question.type == "location":
            return {f"{name}-words": PLACE}
        if question.type == "address":
            found = places.address(str(value.get("uprn") or "0"))
            if found is None:
                return {f"{name}-postcode": value["postcode"], name: "not-listed"} | (
                    raw_of(question, {**value, "typed": True}, name)
                )
            return {f"{name}-postcode": found["postcode"], name: found["uprn"]}
        return raw_of(question, value, name)

    def _time(self, name: str, value: Mapping[str, Any]) -> str:
        """The time that the example names where it is offered, else the first that is."""
        from moothall.slots.models import Slot

        shown = self.person.page.fields
        offered = [one for one in shown[name].options if one] if name in shown else []
        assert offered, f"no time is offered for {name}"
        wanted = datetime.fromisoformat(value["starts"]).replace(tzinfo=LONDON)
        same = Slot.objects.filter(pk__in=offered, starts=wanted).first()
        return str(same.pk) if same is not None else offered[0]

    # ---- Sending it in ----

    def send(self) -> None:
        """Send what was checked, pay where there is something to pay, and read the reference."""
        self.person.press()
        self.pay_if_asked()
        assert self.person.page.reference, (self.person.url, self.person.page.heading)
        self.case = Case.objects.get(reference=self.person.page.reference)
        self.most_due = self.case.fee_pence

    def pay_if_asked(self) -> None:
        """Pay at the stand-in, when the pages have led there."""
        if "/stand-ins/pay/" in self.person.url:
            self.person.press(action="pay")
            for one in Payment.objects.filter(status__in=["created", "started"]):
                refresh(one.public_id, now=self.clock.now)  # as the worker does a moment later

    # ---- What happens then ----

    def move(self, step: ExampleMove) -> None:
        """Let the clock come to this step, and have whoever makes it make it, on their own page."""
        assert self.case is not None
        until = self.clock.now
        if step.on is not None:
            day = date.fromisoformat(step.on)
            local = self.clock.now.astimezone(LONDON)
            until = datetime.combine(day, local.time(), LONDON).astimezone(UTC)
        by = step.by or self.service.moves[step.move].by[0]
        if by == "clock":
            self.case.refresh_from_db()
            assert self.case.expires_at is not None, step.move
            if step.on is not None:  # an example may tell of it a while after it happened
                early = self.case.expires_at - until
                assert early <= timedelta(days=1), (step.move, self.case.expires_at, until)
            until = max(until, self.case.expires_at)
        self.let_pass(until)
        if by == "applicant":
            self._by_applicant(step)
        elif by == "system":
            self._by_the_machine(step)
        elif by != "clock":
            self._by_staff(step, by)
        self.case.refresh_from_db()
        self.most_due = max(self.most_due, self.case.fee_pence)
        made = self.case.events.filter(kind=Kind.MOVED).order_by("sequence")
        # What follows by itself may have followed already.
        assert step.move in [one.fields["move"] for one in made][self.made :], step.move
        self.made += 1

    def let_pass(self, until: datetime) -> None:
        """Let time pass, waking the case at each moment for which it asked."""
        assert self.case is not None
        for _ in range(60):
            self.case.refresh_from_db()
            if self.case.wake_at is None or self.case.wake_at > until:
                break
            self.clock.now = max(self.clock.now, self.case.wake_at)
            wake(self.case.pk, self.clock.now)
        self.clock.now = max(self.clock.now, until)

    def _by_the_machine(self, step: ExampleMove) -> None:
        """What Moothall does by itself has happened, or it waits for the payment."""
        assert self.case is not None
        self.case.refresh_from_db()
        if self.case.state == self.service.moves[step.move].to:
            return
        self._open_own_page()
        assert 'name="pay"' in self.person.page.text, (step.move, self.case.state)
        self._post_own_page({"pay": "yes"})
        self.pay_if_asked()

    def _open_own_page(self, move: str = "") -> None:
        """Open the case by the link of a message, as the applicant."""
        from moothall.casework.queries import link_token

        assert self.case is not None
        self.person.open(f"/track/{self.case.reference}/{link_token(self.case)}/")
        if move:
            self.person.open(f"/track/{self.case.reference}?move={move}")

    def _post_own_page(self, data: dict[str, Any]) -> None:
        assert self.case is not None
        self.person._arrive(self.person.client.post(f"/track/{self.case.reference}", data))
        assert not self.person.page.errors, self.person.page.errors

    def _by_applicant(self, step: ExampleMove) -> None:
        self._open_own_page(step.move)
        data = self.person.page.data({})
        assert data.get("move") == step.move, (step.move, self.person.page.heading)
        for name in self.service.moves[step.move].needs:
            if name in self.service.questions:
                value = plain_answer(self.service, name, step.answers.get(name))
                data |= self.given(self.service.questions[name], value, name)
        self._post_own_page(data | self._said(step))

    def _said(self, step: ExampleMove) -> dict[str, Any]:
        needs = self.service.moves[step.move].needs
        said: dict[str, Any] = {}
        if "reason" in needs:
            said["reason"] = step.reason or "It is so."
        if "message" in needs:
            said["message"] = step.message or "This is what we say."
        return said

    def _by_staff(self, step: ExampleMove, role: str) -> None:
        assert self.case is not None
        user = self.at_desk(role)
        key = (user.pk, self.clock.now.date())
        if key not in self.desks:  # a sign-in lasts a day at the most
            self.desks[key] = Client(REMOTE_ADDR=self.address)
            sign_in(self.desks[key], user)
        desk = self.desks[key]
        at = f"/desk/cases/{self.case.reference}/moves/{step.move}/"
        shown = desk.get(at)
        assert shown.status_code == 200, (at, shown.status_code, user)
        self.person.page = page = Page(shown.content.decode())
        data = {k: v for k, v in page.data({}).items() if k in {"expected", "csrfmiddlewaretoken"}}
        assert "expected" in data, (step.move, role, page.heading)
        move = self.service.moves[step.move]
        for name in move.needs:
            if name in self.service.questions:
                value = plain_answer(self.service, name, step.answers.get(name))
                data |= self.given(self.service.questions[name], value, name)
        if {"photo", "files"} & set(move.needs):
            data["files"] = [upload("done.jpg", "image/jpeg")]
        sent = desk.post(at, data | self._said(step))
        assert sent.status_code == 303, (at, Page(sent.content.decode()).errors)

    # ---- What came of it ----

    def told(self) -> list[str]:
        """The messages of the file that were sent, in order."""
        assert self.case is not None
        queued = self.case.events.filter(kind=Kind.MESSAGE_QUEUED).order_by("sequence")
        told = [str(one.fields["told"]) for one in queued]
        return [one for one in told if one in self.service.tell]


def answering(monkeypatch: pytest.MonkeyPatch, service: Service, example: ExampleSpec) -> None:
    """Have each look-up answer as the example says, and close the council on its holidays only."""
    closed = Calendar(date.fromisoformat(one) for one in example.holidays)
    for name in ("_of_generation", "built_in"):
        monkeypatch.setattr(f"moothall.places.calendars.{name}", lambda *_which: closed)
    for page in service.pages:
        if page.kind != "look_up":
            continue
        source = page.spec.source
        value = next((example.fakes[k] for k in (page.id, source) if k in example.fakes), None)
        found = example_look_up(service, page.id, value)

        def answer(_argument: Any, _today: date, found: Any = found) -> Mapping[str, Any]:
            if found is None:
                raise registry.LookUpFailed("It does not answer in this example.")
            return dict(found)

        known = registry.find(source)
        assert known is not None, source
        monkeypatch.setitem(registry._connectors, source, replace(known, fn=answer))


def staff_by_role() -> dict[str, User]:
    """Somebody of the council's staff for each role of the service files."""
    found: dict[str, User] = {}
    for user in User.objects.filter(is_staff=True).order_by("pk"):
        for role in actor_for(user).roles:
            found.setdefault(role, user)
    return found
