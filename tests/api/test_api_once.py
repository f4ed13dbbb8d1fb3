"""At the same moment, after a crash, in the middle of a failure: what was asked for is done once or not at all."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from moothall.api import contract, hooks
from moothall.api.models import Answered
from moothall.casework.models import Case, Event
from moothall.journeys.models import Draft
from tests.api.conftest import Machine

ANSWERS = {
    "address": {"uprn": "990000000001"},
    "bin": "refuse",
    "missed_on": "2026-03-10",
    "was_out": True,
    "where_left": "By the side gate",
    "name": "Ida Rowan",
    "tell_me_by": "email",
    "email": "ida.rowan@example.org",
}
OPEN = {"service": "missed_bin", "channel": "phone", "answers": ANSWERS}


def _together(number: int, do: Any) -> list[Any]:
    """The same thing from several threads at once; what came back."""
    found: list[Any] = []
    start = threading.Barrier(number)

    def one() -> None:
        try:
            start.wait()
            found.append(do())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_moment_is_done_once(machine, missed_bin):
    case = missed_bin()
    crm, adviser = machine("bryn"), machine("asha")
    at = f"/cases/{case.reference}/notes"
    answers = _together(
        4, lambda: Machine(crm.secret).post(at, {"text": "Once"}, Idempotency_Key="k1")
    )
    assert {one.status for one in answers} == {201}
    assert len({one.body for one in answers}) == 1
    assert Event.objects.filter(case=case, kind="noted").count() == 1

    opened = _together(
        3, lambda: Machine(adviser.secret).post("/cases", OPEN, Idempotency_Key="call-7")
    )
    assert {one.status for one in opened} <= {201, 409}
    assert any(one.status == 201 for one in opened)
    assert Case.objects.count() == 2
    assert adviser.post("/cases", OPEN, Idempotency_Key="call-7").status == 201
    assert Case.objects.count() == 2


@pytest.mark.django_db
def test_a_server_killed_before_it_answered_opens_one_case(machine, clock, monkeypatch):
    adviser = machine("asha")

    def killed(*_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(contract, "_keep", killed)
    with pytest.raises(SystemExit):
        adviser.post("/cases", OPEN, Idempotency_Key="call-1")
    monkeypatch.undo()
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.now)
    row = Answered.objects.get()
    assert row.status is None
    busy = adviser.post("/cases", OPEN, Idempotency_Key="call-1")
    assert (busy.status, busy.headers["Retry-After"]) == (409, "2")
    clock.pass_(minutes=3)
    again = adviser.post("/cases", OPEN, Idempotency_Key="call-1")
    assert again.status == 201
    assert Case.objects.get().reference == again.json["reference"]


@pytest.mark.django_db
def test_what_breaks_halfway_leaves_nothing_and_says_nothing(machine, missed_bin, monkeypatch):
    case = missed_bin()
    crm = machine("bryn")

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("ida.rowan@example.org")

    monkeypatch.setattr("moothall.api.doing.changed", broken)
    at = f"/cases/{case.reference}/notes"
    answer = crm.post(at, {"text": "Lost"}, Idempotency_Key="k1")
    assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"rowan" not in answer.body
    assert not Event.objects.filter(case=case, kind="noted").exists()
    assert not Answered.objects.exists()
    monkeypatch.undo()


@pytest.mark.django_db
def test_answers_are_forgotten_after_a_day(machine, missed_bin, clock):
    at = f"/cases/{missed_bin().reference}/notes"
    crm = machine("bryn")
    assert crm.post(at, {"text": "A"}, Idempotency_Key="k").status == 201
    hooks.look_after(clock.now + timedelta(hours=23))
    assert Answered.objects.count() == 1
    hooks.look_after(clock.now + timedelta(hours=25))
    assert not Answered.objects.exists()


@pytest.mark.django_db
def test_a_form_that_is_only_tried_leaves_nothing(machine, clock):
    adviser = machine("asha")
    tried = adviser.post("/services/missed_bin/form", {"answers": ANSWERS})
    assert tried.json["complete"], tried.json
    wrong = adviser.post("/cases", {**OPEN, "answers": {**ANSWERS, "email": "nonsense"}})
    assert wrong.json["errors"][0]["pointer"] == "/answers/email"
    assert not Draft.objects.exists()
    assert not Case.objects.exists()
