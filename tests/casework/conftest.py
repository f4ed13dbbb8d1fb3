"""The council's cases in tests: who acts, what is asked for, and what day it is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from moothall.casework import access, actions, ledger
from moothall.casework.models import Case
from moothall.files import actions as files
from moothall.pay import actions as pay
from moothall.pay.models import Payment, StandInPayment
from moothall.people.actor import Actor, applicant
from moothall.people.models import User
from moothall.people.queries import actor_for
from moothall.places import queries as places

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 11, 10, 0, tzinfo=LONDON)
"""A Wednesday."""
_keys = itertools.count(1)


@pytest.fixture(autouse=True)
def _nothing_read_yet() -> Iterator[None]:
    access.forget()
    yield
    access.forget()


def staff(name: str) -> Actor:
    """A member of the demonstration's staff by the first name of their address."""
    return actor_for(User.objects.get(email__startswith=f"{name}.", is_staff=True))


def resident() -> Actor:
    """Somebody not signed in who was let in by reference and secret."""
    return applicant(None, "Robin Sallow")


def address(uprn: str = "990000000001") -> dict[str, Any]:
    """One of Wealdmere's addresses in its JSON form."""
    found = places.address(uprn)
    assert found is not None
    return dict(found)


def bin_answers(**other: Any) -> dict[str, Any]:
    """What somebody answers who reports a missed bin on 11 March 2026."""
    return {
        "address": address(),
        "bin": "refuse",
        "missed_on": "2026-03-10",
        "was_out": True,
        "where_left": "By the side gate",
        "name": "Robin Sallow",
        "tell_me_by": "email",
        "email": "robin.sallow@example.org",
        **other,
    }


BIN_LOOK_UPS: dict[str, Any] = {"collection": {"due_on": "2026-03-10", "crew_note": "none"}}


def missed_bin(now: datetime = NOW, key: str = "", **given: Any) -> Case:
    """A case of a missed bin, opened online by someone who is not signed in."""
    day_before = (now - timedelta(days=1)).date().isoformat()
    answers = given.pop("answers", None) or bin_answers(missed_on=day_before)
    return actions.open_case(
        service=given.pop("service", "missed_bin"),
        answers=answers,
        look_ups=BIN_LOOK_UPS,
        now=now,
        key=key or f"key-{next(_keys)}",
        **{"channel": "online", "actor": resident(), **given},
    )


def permit_answers(**other: Any) -> dict[str, Any]:
    """What somebody answers who wants a permit for a year: £45."""
    return {
        "address": address(),
        "car_is": "mine",
        "registration": "AB12CDE",
        "engine": "low",
        "lasts": "year",
        "log_book": [],
        "proof_of_address": [],
        "name": "Robin Sallow",
        "email": "robin.sallow@example.org",
        **other,
    }


def later(at: datetime = NOW, **step: float) -> datetime:
    """A while after `at`."""
    return at + timedelta(**step)


def photo(owner: str, colour: str = "red") -> dict[str, Any]:
    """A picture that was uploaded by `owner`, in its JSON form."""
    picture = BytesIO()
    Image.new("RGB", (12, 12), colour).save(picture, "PNG")
    stored = files.receive(ContentFile(picture.getvalue(), "photo.png"), owner=owner)
    return dict(stored.as_answer())


def permit(now: datetime = NOW, key: str = "", **given: Any) -> Case:
    """An application for a parking permit: £45, unpaid, opened online."""
    key = key or f"key-{next(_keys)}"
    answers = given.pop("answers", None) or permit_answers(
        log_book=[photo(key)], proof_of_address=[photo(key, "blue")]
    )
    return actions.open_case(
        service="parking_permit",
        answers=answers,
        look_ups={"zone": {"zone": "a", "permits_held": 0}},
        now=now,
        key=key,
        held_by=key,
        **{"channel": "online", "actor": resident(), **given},
    )


def pays(case: Case, now: datetime = NOW, **given: Any) -> Payment:
    """The person goes to the stand-in provider and pays."""
    payment = actions.start_payment(
        case.pk, actor=resident(), return_url="http://testserver/back", now=now, **given
    )
    StandInPayment.objects.filter(provider_id=payment.provider_id).update(status="success")
    return pay.refresh(payment.public_id, now=now)


def fresh(case: Case) -> Case:
    """The case as it is in the database now."""
    return Case.objects.get(pk=case.pk)


def kinds(case: Case) -> list[str]:
    """The kinds of the case's events, in order."""
    return list(case.events.order_by("sequence").values_list("kind", flat=True))


def is_whole(case: Case) -> None:
    """The chain verifies and the projection is what the events give."""
    case = fresh(case)
    assert ledger.check_case(case).why == ""
    assert ledger.differences(case, ledger.rebuilt(case)) == []
