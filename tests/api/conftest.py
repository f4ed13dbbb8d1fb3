"""Another system with a key, and cases as residents make them, on a fixed morning."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)  # a Wednesday in an ordinary week
EVERYTHING = (
    "cases:read", "cases:write", "cases:open", "cases:reply", "payments", "bulk", "reports:read",
    "services:read", "staff:read", "troubles", "replies:manage", "webhooks:manage",
)  # fmt: skip


class Clock:
    """The time that every request reads; a test may let it pass."""

    def __init__(self) -> None:
        self.now = NOW

    def pass_(self, **time: float) -> datetime:
        """Let time pass."""
        from datetime import timedelta

        self.now += timedelta(**time)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The present, so that the stories are true in any year."""
    from moothall.people import limits

    told = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: told.now)
    limits.forget()
    return told


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    body: bytes
    json: Any = field(default=None)


class Machine:
    """Another system: calls with its key and speaks JSON."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client(raise_request_exception=True)

    def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None,
        kind: str = "application/json", **headers: str,
    ) -> Answer:  # fmt: skip
        """Call `/api/v1<path>`; headers are given with underscores."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            given.setdefault("Authorization", f"Bearer {self.secret}")
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        more = {"content_type": kind} if method != "GET" else {}
        answer = self.client.generic(method, f"/api/v1{path}", data, headers=given, **more)
        content = answer.getvalue()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(
            answer.status_code, answer.headers, content,
            json.loads(content) if is_json and content else None,
        )  # fmt: skip

    def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST JSON; an empty object when nothing is said."""
        return self.call("POST", path, {} if body is None else body, **headers)


@pytest.fixture
def machine(council: Any, clock: Clock) -> Callable[..., Machine]:
    """A system with a key of somebody: `machine("bryn", scopes=[…])`."""
    from moothall.api import keys
    from moothall.people.actor import SYSTEM
    from moothall.people.models import User

    def make(owner: str, scopes: Sequence[str] = EVERYTHING, **limits: Any) -> Machine:
        person = User.objects.get(email__startswith=owner)
        made = keys.make("CRM", person, scopes, actor=SYSTEM, now=clock.now, **limits)
        found = Machine(made.secret)
        found.key = made.key  # type: ignore[attr-defined]
        return found

    return make


@pytest.fixture
def missed_bin(council: Any, clock: Clock) -> Callable[..., Any]:
    """A missed bin as a resident reports it: `missed_bin(uprn="990000000002")` gives the case."""
    from moothall.casework.actions import open_case
    from moothall.casework.types import ContactDetails
    from moothall.packs.queries import service
    from moothall.people.actor import applicant
    from moothall.places.queries import address

    made: list[int] = []

    def report(
        uprn: str = "990000000001",
        name: str = "Ida Rowan",
        email: str = "ida.rowan@example.org",
        now: datetime | None = None,
        **changes: Any,
    ) -> Any:
        at = now or clock.now
        made.append(1)
        answers = {
            "address": dict(address(uprn) or {}),
            "bin": "refuse",
            "missed_on": at.date().isoformat(),
            "was_out": True,
            "where_left": "By the side gate",
            "name": name,
            "tell_me_by": "email",
            "email": email,
            **changes,
        }
        return open_case(
            service=service("missed_bin"),
            answers=answers,
            look_ups={"collection": {"due_on": at.date().isoformat(), "crew_note": "none"}},
            channel="online",
            actor=applicant(),
            key=f"test-{len(made)}",
            contact=ContactDetails(name=name, email=email),
            now=at,
        )

    return report
