"""A morning in Wealdmere: a fixed time, staff who are signed in, and cases as residents make them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

sys.path.insert(0, str(Path(__file__).parent))

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=UTC)  # a Wednesday in an ordinary week


class Clock:
    """The time that every page reads; a test may let it pass."""

    def __init__(self) -> None:
        self.now = NOW

    def pass_(self, **time: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**time)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The present, so that the stories are true in any year."""
    told = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: told.now)
    return told


@pytest.fixture
def staff(council: Any, clock: Clock) -> Callable[[str], Any]:
    """Somebody of the council at the desk, by the start of their address: `staff("bryn")`."""
    from officer import Officer

    from moothall.people.models import User
    from moothall.people.testing import sign_in

    def somebody(name: str) -> Officer:
        client = Client()
        sign_in(client, User.objects.get(email__startswith=name))
        return Officer(client)

    return somebody


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


@pytest.fixture
def unpaid_permit(council: Any, clock: Clock) -> Any:
    """A parking permit that was applied for by phone and not paid yet."""
    from moothall.casework.actions import open_case
    from moothall.casework.types import ContactDetails
    from moothall.packs.queries import service
    from moothall.people.models import User
    from moothall.people.queries import actor_for
    from moothall.places.queries import address

    file = {"id": "", "name": "proof.png", "type": "image/png", "size": 70}
    return open_case(
        service=service("parking_permit"),
        answers={
            "address": dict(address("990000000003") or {}),
            "car_is": "mine",
            "registration": "XW26ABC",
            "engine": "low",
            "lasts": "year",
            "log_book": [{**file, "id": _proof("log_book")}],
            "proof_of_address": [{**file, "id": _proof("proof_of_address")}],
            "name": "Sam Rowan",
            "email": "sam.rowan@example.org",
            "phone": None,
        },
        look_ups={"zone": {"zone": "a", "permits_held": 0}},
        channel="phone",
        actor=actor_for(User.objects.get(email__startswith="asha")),
        key="permit",
        contact=ContactDetails(name="Sam Rowan", email="sam.rowan@example.org"),
        held_by="test-draft",
        minutes=6,
        now=clock.now,
    )


def _proof(name: str) -> str:
    from io import BytesIO

    from PIL import Image

    from moothall.files.actions import receive

    picture = BytesIO()
    Image.new("RGB", (4, 4), "white").save(picture, "PNG")
    picture.seek(0)
    return receive(picture, owner="test-draft", name=f"{name}.png").public_id


@pytest.fixture
def bulky_waste(council: Any, clock: Clock) -> Any:
    """A paid bulky waste collection for next week; two more times are free."""
    from moothall.casework.actions import open_case, start_payment
    from moothall.casework.types import ContactDetails
    from moothall.packs.queries import service
    from moothall.pay import actions as pay
    from moothall.pay.adapters import local
    from moothall.people.actor import applicant
    from moothall.places.queries import address
    from moothall.slots.models import Resource, Slot

    resource = Resource.objects.get(slug="bulky_waste")
    times = [
        Slot.objects.create(
            resource=resource,
            starts=clock.now + timedelta(days=days),
            ends=clock.now + timedelta(days=days, hours=5),
            place_number=90,
        )
        for days in (7, 8, 9)
    ]
    case = open_case(
        service=service("bulky_waste"),
        answers={
            "from_home": True,
            "address": dict(address("990000000005") or {}),
            "items": [
                {"_id": "r1", "thing": "sofa", "how_many": 1},
                {"_id": "r2", "thing": "bed", "how_many": 2},
            ],
            "where_left": "On the drive",
            "has_benefits": False,
            "collection_slot": times[0].as_answer(),
            "name": "Lowri Penrose",
            "email": "lowri.penrose@example.org",
            "phone": None,
        },
        look_ups={},
        channel="online",
        actor=applicant(),
        key="bulky",
        contact=ContactDetails(name="Lowri Penrose", email="lowri.penrose@example.org"),
        held_by="test-bulky",
        now=clock.now,
    )
    payment = start_payment(
        case.pk, actor=applicant(), return_url="https://example.org/", now=clock.now
    )
    local.end(payment.provider_id, "success", "")
    pay.refresh(payment.public_id, now=clock.now)
    case.refresh_from_db()
    return case
