"""An officer's day by the API: the same cases, the same rights, the same refusals as at the desk."""

from __future__ import annotations

import io

import pytest

from moothall import outbox
from moothall.casework.models import Case, Event
from moothall.people.models import User

pytestmark = pytest.mark.django_db


def _case(crm, case):
    return crm.get(f"/cases/{case.reference}").json


def test_a_missed_bin_is_worked_to_its_end(machine, missed_bin):
    case = missed_bin()
    crm = machine("bryn")
    here = f"/cases/{case.reference}"
    listed = crm.get("/cases?team=mine&order=newest")
    assert case.reference in [one["reference"] for one in listed.json["cases"]]
    assert crm.get("/cases/counts").json["all"] == 1

    moves = crm.get(f"{here}/moves")
    first = next(one for one in moves.json["moves"] if one["label"] == "Book a crew")
    at = f"{here}/moves/{first['id']}"
    assert crm.post(at).status == 428
    stale = crm.post(at, If_Match='"v0"')
    assert stale.status == 412
    assert stale.json["type"].endswith("#changed")
    taken = crm.post(at, If_Match=moves.headers["ETag"])
    assert taken.status == 200
    assert taken.headers["ETag"] == f'"v{taken.json["version"]}"'
    again = crm.post(at, If_Match=taken.headers["ETag"])
    assert (again.status, again.json["type"][-12:]) == (403, "#not-allowed")

    assert crm.post(f"{here}/assign", {"to": "me"}).json["assigned_to"] == crm.key.owner_id
    assert crm.post(f"{here}/assign", {"to": None}).json["assigned_to"] is None
    dilys = User.objects.get(email__startswith="dilys")
    people = [one["id"] for one in crm.get(f"{here}/assignable").json["people"]]
    assert dilys.pk in people
    assert crm.post(f"{here}/assign", {"to": dilys.pk}).status == 200

    note = crm.post(f"{here}/notes", {"text": "Rang the crew. @Dilys Farrow please look."})
    assert note.status == 201
    assert machine("dilys").get("/mentions").json["mentions"][0]["reference"] == case.reference
    assert machine("dilys").post(f"{here}/mentions/seen").json == {"seen": 1}

    assert crm.post(f"{here}/replies", {"text": "The crew comes on Friday."}).status == 201
    timeline = crm.get(f"{here}/timeline?part=messages").json["entries"]
    assert timeline[-1]["detail"] == "The crew comes on Friday."
    who = Event.objects.filter(case=case, kind="noted").get().actor["label"]
    assert who == "Bryn Oakshott (key: CRM)"

    emptied = next(
        one for one in crm.get(f"{here}/moves").json["moves"] if one["label"] == "Bin emptied"
    )
    done = crm.post(f"{here}/moves/{emptied['id']}", If_Match="*")
    assert done.json["ended_at"] is not None
    assert crm.get("/cases").json["cases"] == []
    assert crm.get("/cases?ended=yes").json["cases"][0]["reference"] == case.reference


def test_what_a_step_needs_is_pointed_to(machine, missed_bin):
    case = missed_bin()
    crm = machine("bryn")
    close = next(
        one
        for one in crm.get(f"/cases/{case.reference}/moves").json["moves"]
        if one["label"] == "Close without a visit"
    )
    assert {need["id"] for need in close["needs"]} >= {"reason"}
    refused = crm.post(f"/cases/{case.reference}/moves/{close['id']}", If_Match="*")
    assert refused.status == 422
    assert refused.json["errors"][0]["pointer"] == "/reason"


def test_pages_lead_to_each_other_and_cursors_cannot_be_made_up(machine, missed_bin):
    made = [missed_bin(uprn=f"99000000000{n}").reference for n in range(1, 6)]
    crm = machine("bryn")
    found, path = [], "/cases?limit=2&order=oldest"
    while path:
        page = crm.get(path)
        found += [one["reference"] for one in page.json["cases"]]
        link = page.headers.get("Link", "")
        path = link.partition("/api/v1")[2].partition(">")[0] if link else ""
    assert found == made
    assert page.json["next"] is None
    cursor = crm.get("/cases?limit=2&order=oldest").json["next"]
    assert crm.get(f"/cases?limit=2&order=newest&cursor={cursor}").status == 400
    forged = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert crm.get(f"/cases?limit=2&order=oldest&cursor={forged}").status == 400
    assert crm.get("/cases?sort=name").json["parameters"][0] == "assignee"


def test_the_same_idempotency_key_does_it_once(machine, missed_bin):
    case = missed_bin()
    crm = machine("bryn")
    at, key = f"/cases/{case.reference}/notes", "8e03978e-40d5-43e8-bc93-6894a57f9324"
    first = crm.post(at, {"text": "Once"}, Idempotency_Key=key)
    second = crm.post(at, {"text": "Once"}, Idempotency_Key=key)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Event.objects.filter(case=case, kind="noted").count() == 1
    other = crm.post(at, {"text": "Twice"}, Idempotency_Key=key)
    assert (other.status, other.json["type"].rpartition("#")[2]) == (422, "key-used")
    # What was refused is not kept: mended and sent again, it is done.
    assert crm.post(at, {"text": ""}, Idempotency_Key="second").status == 422
    assert crm.post(at, {"text": "Mended"}, Idempotency_Key="second").status == 201
    # Another system may use the same one.
    assert machine("dilys").post(at, {"text": "Hers"}, Idempotency_Key=key).status == 201


def test_around_a_case(machine, missed_bin, clock):
    case, other = missed_bin(), missed_bin(name="Ned Rowan", email="ned@example.org")
    crm = machine("bryn")
    here = f"/cases/{case.reference}"
    task = crm.post(f"{here}/tasks", {"text": "Check the alley", "days": 2})
    assert task.status == 201
    mine = crm.get("/tasks").json["tasks"]
    assert [one["text"] for one in mine] == ["Check the alley"]
    assert crm.post(f"{here}/tasks/{mine[0]['number']}/finish", {"note": "Clear"}).status == 200
    asked = crm.post(f"{here}/call-backs", {"phone": "01632 960123", "window": "morning"})
    assert asked.status == 201
    call = crm.get("/tasks?kind=call_back").json["tasks"][0]["number"]
    assert crm.post(f"{here}/call-backs/{call}/calls", {"outcome": "reached"}).status == 201

    fixed = crm.post(
        f"{here}/corrections",
        {"question": "where_left", "value": "By the back gate", "reason": "She rang"},
        If_Match="*",
    )
    assert fixed.status == 200
    changes = crm.get(f"{here}/timeline?part=changes").json["entries"][-1]
    assert (changes["before"], changes["after"]) == ("By the side gate", "By the back gate")

    received = crm.post(f"{here}/received", {"text": "It is still here", "channel": "phone"})
    assert received.status == 201
    assert crm.post(f"{here}/contacts", {"channel": "phone", "minutes": 4}).status == 201
    related = crm.get(f"{here}/related").json["cases"]
    assert other.reference in [one["reference"] for one in related]
    merged = crm.post(
        f"/cases/{other.reference}/merge", {"into": case.reference, "reason": "The same bin"}
    )
    assert merged.status == 200
    assert _case(crm, case)["followers"] == [other.reference]
    assert crm.post(f"/cases/{other.reference}/unmerge", {"reason": "Not the same"}).status == 200
    assert crm.post(f"{here}/redactions", {"fields": ["name"], "reason": "No"}).status == 403
    boss = machine("marcus")
    assert boss.post(f"{here}/redactions", {"fields": ["name"], "reason": "Asked"}).status == 200
    assert _case(boss, case)["contact"]["name"] == ""
    hidden = boss.post(f"{here}/restriction", {"restricted": True, "reason": "Hers"})
    assert hidden.json == {
        "reference": case.reference, "version": hidden.json["version"], "state": "",
        "state_label": "", "ended_at": None, "team": "", "assigned_to": None, "visible": False,
    }  # fmt: skip
    assert boss.get(here).status == crm.get(here).status == 404


def test_search_does_not_put_a_name_into_an_address(machine, missed_bin):
    case = missed_bin()
    crm = machine("bryn")
    found = crm.post("/cases/search", {"words": case.reference})
    assert [one["reference"] for one in found.json["cases"]] == [case.reference]
    found = crm.post("/cases/search", {"words": "ida.rowan@example.org"})
    assert [one["reference"] for one in found.json["cases"]] == [case.reference]
    assert crm.get("/cases?words=ida").status == 400


def test_many_cases_at_once(machine, missed_bin):
    made = [missed_bin(uprn=f"99000000000{n}") for n in range(1, 4)]
    boss = machine("marcus")
    run = boss.post("/bulk", {"kind": "note", "filters": {"service": ["missed_bin"]}})
    assert (run.status, run.json["total"]) == (201, 3)
    at = f"/bulk/{run.json['id']}"
    assert boss.post(f"{at}/start").status == 403
    assert boss.post(f"{at}/settle", {"text": "Snow: all rounds are late."}).status == 200
    assert boss.get(f"{at}/preview").json["can"] == 3
    assert boss.post(f"{at}/start").json["status"] in {"running", "finished"}
    outbox.drain(strict=True)
    done = boss.get(at).json
    assert (done["status"], done["done"]) == ("finished", 3)
    noted = Event.objects.filter(case=made[0], kind="noted").get()
    assert noted.actor["label"] == "Marcus Quill (key: CRM)"
    results = boss.get(f"{at}/results?status=done").json["cases"]
    assert {one["reference"] for one in results} == {one.reference for one in made}
    assert machine("dilys").get(at).status == 404
    narrow = machine("marcus", services=["parking_permit"])
    assert narrow.get(at).status == 404


def test_figures_are_for_managers_and_troubles_too(machine, missed_bin):
    case = missed_bin()
    boss, crm = machine("marcus"), machine("bryn")
    for what in ("workload", "ageing", "broken", "weeks", "answers"):
        assert boss.get(f"/teams/{case.team}/{what}").status == 200, what
        assert crm.get(f"/teams/{case.team}/{what}").status == 403, what
    assert boss.get("/troubles").json == {"troubles": []}
    assert crm.get("/troubles").status == 403
    assert machine("wilf").get("/ward").json["wards"] == ["X05000001"]


def test_replies_that_are_kept(machine, missed_bin):
    case = missed_bin()
    boss, crm = machine("marcus"), machine("bryn")
    body = {"name": "Snow", "text": "Hello {name}, we are late.", "service": "missed_bin"}
    assert crm.post("/reply-templates", body).status == 403
    made = boss.post("/reply-templates", body)
    assert made.status == 201
    number = made.json["id"]
    filled = crm.get(f"/cases/{case.reference}/reply-templates/{number}").json
    assert filled["text"] == "Hello Ida Rowan, we are late."
    sent = crm.post(f"/cases/{case.reference}/replies", {"template": number})
    assert sent.status == 201
    wrong = boss.call("PUT", f"/reply-templates/{number}", {**body, "text": "Hello {nobody}"})
    assert wrong.status == 422
    assert boss.call("DELETE", f"/reply-templates/{number}").status == 204


def test_a_case_is_opened_for_somebody_as_the_form_would(machine, clock):
    adviser = machine("asha")
    answers = {
        "address": {"uprn": "990000000001"},
        "bin": "refuse",
        "missed_on": "2026-03-10",
        "was_out": True,
        "where_left": "By the side gate",
        "name": "Ida Rowan",
        "tell_me_by": "email",
        "email": "ida.rowan@example.org",
    }
    form = adviser.post("/services/missed_bin/form", {"answers": {"address": answers["address"]}})
    assert form.status == 200, form.json
    assert not form.json["complete"]
    wrong = adviser.post(
        "/cases",
        {"service": "missed_bin", "channel": "phone", "answers": {**answers, "email": "nonsense", "bin": "pink", "cat": 1}},
    )  # fmt: skip
    assert wrong.status == 422
    pointers = {one["pointer"] for one in wrong.json["errors"]}
    assert {"/answers/bin", "/answers/cat"} <= pointers
    body = {"service": "missed_bin", "channel": "phone", "answers": answers, "minutes": 5}
    made = adviser.post("/cases", body, Idempotency_Key="call-1")
    assert made.status == 201, made.json
    assert made.headers["Location"] == f"/api/v1/cases/{made.json['reference']}"
    again = adviser.post("/cases", body, Idempotency_Key="call-1")
    assert again.json["reference"] == made.json["reference"]
    case = Case.objects.get(reference=made.json["reference"])
    assert (case.channel, case.contact_email) == ("phone", "ida.rowan@example.org")
    assert machine("tom").post("/cases", body).status == 403


def test_files_are_looked_at_and_go_with_the_case(machine, missed_bin):
    from PIL import Image

    case = missed_bin()
    crm = machine("bryn")
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(picture, "JPEG")
    sent = crm.call(
        "POST", f"/cases/{case.reference}/files?name=bin.jpg", raw=picture.getvalue(),
        kind="application/octet-stream",
    )  # fmt: skip
    assert sent.status == 201, sent.body
    received = crm.post(
        f"/cases/{case.reference}/received",
        {"text": "A photo", "channel": "email", "files": [sent.json["id"]]},
    )
    assert received.status == 201
    fetched = crm.get(f"/cases/{case.reference}/files/{sent.json['id']}")
    assert fetched.status == 200
    assert fetched.headers["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(fetched.body)).size == (8, 8)
    at, kind = f"/cases/{case.reference}/files", "application/octet-stream"
    first = crm.call("POST", at, raw=picture.getvalue(), kind=kind, Idempotency_Key="f1")
    second = crm.call("POST", at, raw=picture.getvalue(), kind=kind, Idempotency_Key="f1")
    assert first.json["id"] == second.json["id"]
    assert crm.call("POST", at, raw=b"other", kind=kind, Idempotency_Key="f1").status == 422
    bad = crm.call(
        "POST", f"/cases/{case.reference}/files", raw=b"#!/bin/sh", kind="application/octet-stream"
    )
    assert bad.status == 422
