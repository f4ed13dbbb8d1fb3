"""A booking opened, paid for and paid back by the API; a case that goes on elsewhere; an end that is opened again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from moothall import outbox
from moothall.casework.models import Case
from moothall.packs import queries as packs
from moothall.pay.adapters import local
from moothall.pay.models import Payment
from moothall.slots.models import Resource, Slot

pytestmark = pytest.mark.django_db


def _times(clock, days=(7, 8)):
    resource = Resource.objects.get(slug="bulky_waste")
    return [
        Slot.objects.create(
            resource=resource,
            starts=clock.now + timedelta(days=day),
            ends=clock.now + timedelta(days=day, hours=5),
            place_number=90,
        )
        for day in days
    ]


def _answers(slot: str) -> dict:
    return {
        "from_home": True,
        "address": {"uprn": "990000000005"},
        "items": [{"thing": "sofa", "how_many": 1}, {"thing": "bed", "how_many": 2}],
        "where_left": "On the drive",
        "has_benefits": False,
        "collection_slot": {"id": slot},
        "name": "Lowri Penrose",
        "email": "lowri.penrose@example.org",
        "phone": "01632 960101",
    }


def test_a_booking_is_opened_paid_by_phone_and_paid_back(machine, clock):
    _times(clock)
    adviser, boss = machine("asha"), machine("marcus")
    times = adviser.get("/services/bulky_waste/times/collection_slot").json["times"]
    assert times
    tried = adviser.post("/services/bulky_waste/form", {"answers": _answers(times[0]["id"])}).json
    assert (tried["complete"], tried["fee"], tried["errors"]) == (True, 3600, [])
    wrong = adviser.post(
        "/cases",
        {
            "service": "bulky_waste", "channel": "phone",
            "answers": {
                **_answers("999999"),
                "items": [{"thing": "sofa", "how_many": 99}, {"thing": "rocket", "how_many": 1}],
            },
        },
    )  # fmt: skip
    pointers = {one["pointer"] for one in wrong.json["errors"]}
    assert {"/answers/items/0/how_many", "/answers/items/1/thing", "/answers/collection_slot"} <= pointers  # fmt: skip
    rubble = adviser.post(
        "/cases",
        {"service": "bulky_waste", "channel": "phone",
         "answers": {"from_home": False}},
    )  # fmt: skip
    assert (rubble.status, rubble.json["stop"]) == (422, "not_from_home")

    made = adviser.post(
        "/cases",
        {"service": "bulky_waste", "channel": "api", "answers": _answers(times[0]["id"])},
        Idempotency_Key="b1",
    )
    assert made.status == 201, made.json
    assert made.json["fee_due"] == 3600
    here = f"/cases/{made.json['reference']}"
    started = adviser.post(f"{here}/payments", None, Idempotency_Key="p1")
    assert started.status == 201
    again = adviser.post(f"{here}/payments", None, Idempotency_Key="p1")
    assert again.json["id"] == started.json["id"]
    local.end(Payment.objects.get().provider_id, "success", "")
    paid = adviser.post(f"{here}/payments/{started.json['id']}/refresh")
    assert (paid.status, paid.json["state"], paid.json["paid"]) == (200, "paid", 3600)
    assert adviser.get(f"{here}/payment").json["owed"] == 0
    case = adviser.get(here).json
    assert case["state"] == "booked"
    assert [one["words"] for one in case["answers"] if one["question"] == "items.thing"] == [
        "Sofa or armchair", "Bed or mattress",
    ]  # fmt: skip

    assert machine("asha").post(f"{here}/refunds", {"pence": 100, "reason": "x"}).status == 403
    body = {"pence": 1200, "reason": "One bed less"}
    back = boss.post(f"{here}/refunds", body, Idempotency_Key="r1")
    assert back.status == 201
    assert boss.post(f"{here}/refunds", body, Idempotency_Key="r1").status == 201
    outbox.drain(clock.now)
    assert boss.get(f"{here}/payment").json["refunded"] == 1200
    assert boss.post(f"{here}/refunds", {"pence": 9999, "reason": "x"}).status == 422


def test_a_case_goes_on_in_another_service_and_an_ended_one_is_opened_again(machine, missed_bin):
    case = missed_bin()
    boss = machine("marcus")
    here = f"/cases/{case.reference}"
    missing = boss.post(f"{here}/hand-over", {"service": "complaint", "reason": "It is one"})
    assert missing.status == 422, missing.json
    assert missing.json["errors"][0]["pointer"].startswith("/answers")
    assert Case.objects.get(pk=case.pk).handed_to == ""
    wrong = boss.post(
        f"{here}/hand-over", {"service": "street_light", "reason": "x", "answers": {"cat": 1}}
    )
    assert wrong.json["errors"][0]["pointer"] == "/answers/cat"

    complaint = packs.service("complaint")
    example = next(one for one in complaint.examples if not one.expect.stop and one.answers)
    answers = {
        name: value
        for name, value in dict(example.answers).items()
        if name in complaint.questions and name not in {"name", "email", "phone", "address"}
    }
    body = {"service": "complaint", "reason": "It is one", "answers": answers}
    gone = boss.post(f"{here}/hand-over", body, Idempotency_Key="h1")
    assert gone.status == 201, gone.json
    again = boss.post(f"{here}/hand-over", body, Idempotency_Key="h1")
    assert again.json == gone.json
    assert boss.get(here).json["handed_to"] == gone.json["reference"]
    assert Case.objects.get(reference=gone.json["reference"]).answers["name"] == "Ida Rowan"

    other = missed_bin(uprn="990000000002")
    there = f"/cases/{other.reference}"
    close = next(
        one for one in boss.get(f"{there}/moves").json["moves"] if one["label"].startswith("Close")
    )
    given = {"reason": "Twice", "message": "We emptied it."}
    ended = boss.post(
        f"{there}/moves/{close['id']}",
        {need["id"]: given[need["id"]] for need in close["needs"] if need["id"] in given},
        If_Match="*",
    )
    assert ended.json["ended_at"], ended.json
    if "reopen" in boss.get(there).json["can"]:
        again = boss.post(f"{there}/reopen", {"reason": "It was not emptied"})
        assert again.json["ended_at"] is None
    assert machine("bryn").post(f"{there}/reopen", {"reason": "x"}).status == 403


def test_a_bulk_step_is_previewed_and_taken(machine, missed_bin):
    made = [missed_bin(uprn=f"99000000000{n}") for n in range(1, 4)]
    boss = machine("marcus")
    seen = boss.get("/cases").json["cases"]
    run = boss.post(
        "/bulk",
        {
            "kind": "move",
            "cases": [{"reference": one["reference"], "version": one["version"]} for one in seen],
        },
    ).json
    offers = boss.get(f"/bulk/{run['id']}/choices").json
    crew = next(one for one in offers["moves"] if one["label"] == "Book a crew")
    assert crew["cases"] == len(made)
    assert offers["people"]
    assert boss.post(f"/bulk/{run['id']}/settle", {"move": crew["move"]}).status == 200
    machine("bryn").post(f"/cases/{made[0].reference}/notes", {"text": "Changed meanwhile"})
    preview = boss.get(f"/bulk/{run['id']}/preview").json
    assert preview["can"] + preview["cannot"] == len(made)
    assert boss.post(f"/bulk/{run['id']}/start").status == 200
    outbox.drain(strict=True)
    assert boss.get("/bulk").json["runs"][0]["status"] == "finished"
    done = boss.get(f"/bulk/{run['id']}/results").json["cases"]
    assert len(done) == len(made)
    both = boss.post("/cases/assign", {"to": "me", "cases": [
        {"reference": made[1].reference, "version": 0}, {"reference": "WM-AAA-AAA", "version": 1},
    ]})  # fmt: skip
    assert both.json["done"] == []
    assert {one["reference"] for one in both.json["refused"]} == {made[1].reference, "WM-AAA-AAA"}
