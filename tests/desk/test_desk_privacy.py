"""The privacy office: what is held stays, people get their data and nobody else's, and looking is seen."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from moothall import outbox
from moothall.casework import access, holds, ledger, looked, retention
from moothall.casework.models import AccessLog, Case, Hold, RetentionRun, SubjectRequest
from moothall.people.actor import CLOCK
from moothall.people.queries import actor_for

pytestmark = pytest.mark.django_db


def _admin() -> Any:
    from moothall.people.models import User

    return actor_for(User.objects.get(email__startswith="tom.ravensworth"))


def text(answer: Any) -> str:
    """The whole body of an answer."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return html.unescape(body.decode())


def _over(case: Any, clock: Any) -> Case:
    """The case, ended and past its time."""
    row = Case.objects.get(pk=case.pk)
    Case.objects.filter(pk=row.pk).update(state="collected", ended_at=clock.now, outcome="done")
    clock.pass_(days=800)
    return row


def test_a_held_case_outlives_its_time_and_goes_when_the_hold_is_lifted(
    staff: Callable[[str], Any], missed_bin: Callable[..., Any], clock: Any
) -> None:
    tom = staff("tom.ravensworth").client
    case, other = missed_bin(), missed_bin(uprn="990000000002", email="jo@example.org")
    review = (clock.now + timedelta(days=200)).date().isoformat()
    page = tom.post("/desk/privacy/holds/", {"covers": "case", "reference": case.reference})
    assert page.status_code == 422
    assert "Say why" in text(page)
    assert "Enter the day of the review" in text(page)
    page = tom.post(
        "/desk/privacy/holds/",
        {"covers": "case", "reference": case.reference.lower(), "reason": "Claim 7",
         "review_on": review},
    )  # fmt: skip
    assert page.status_code == 303
    page = tom.get("/desk/privacy/holds/")
    assert case.reference in text(page)
    assert "Claim 7" in text(page)
    assert [hold.case_id for hold in holds.of_case(Case.objects.get(pk=case.pk))] == [case.pk]

    _over(case, clock)
    _over(other, clock)
    outlook = {one.service_id: one for one in retention.outlook(clock.now)}["missed_bin"]
    assert (outlook.due, outlook.held, outlook.later, outlook.unknown) == (1, 1, 0, 0)
    dry = retention.run(clock.now, dry_run=True)
    assert (dry.anonymised, dry.held) == ({"missed_bin": 1}, {"missed_bin": 1})
    assert not RetentionRun.objects.exists()
    done = retention.run(clock.now)
    assert (done.anonymised, done.held) == ({"missed_bin": 1}, {"missed_bin": 1})
    assert Case.objects.get(pk=case.pk).contact_name == "Ida Rowan"
    assert Case.objects.get(pk=other.pk).contact_name == ""
    assert RetentionRun.objects.get().held == {"missed_bin": 1}
    retention.anonymise(case.pk, now=clock.now)
    assert Case.objects.get(pk=case.pk).contact_name == "Ida Rowan", "nothing gets past a hold"

    number = Hold.objects.get().pk
    tom = staff("tom.ravensworth").client
    assert "look at it again" in text(tom.get(f"/desk/privacy/holds/{number}/")).lower()
    assert tom.post(f"/desk/privacy/holds/{number}/", {"do": "lift"}).status_code == 422
    page = tom.post(f"/desk/privacy/holds/{number}/", {"do": "lift", "reason": "Settled"})
    assert page.status_code == 303
    assert "Settled" in text(tom.get("/desk/privacy/holds/?ended=yes"))
    assert retention.run(clock.now).anonymised == {"missed_bin": 1}
    assert Case.objects.get(pk=case.pk).contact_name == ""
    assert not ledger.verify(reference=case.reference).broken


def test_a_hold_covers_a_person_or_a_service_of_a_period(
    council: Any, missed_bin: Callable[..., Any], clock: Any
) -> None:
    admin, review = _admin(), (clock.now + timedelta(days=30)).date()
    ida, jo = missed_bin(email="Ida@Example.org"), missed_bin(email="jo@example.org")
    by_person = holds.place("A claim", review, actor=admin, email="ida@example.ORG", now=clock.now)
    assert holds.stops(Case.objects.get(pk=ida.pk))
    assert not holds.stops(Case.objects.get(pk=jo.pk))
    holds.lift(by_person.pk, "Over", actor=admin, now=clock.now)
    today = clock.now.date()
    for since, until, stops in (
        (None, None, True),
        (today, today, True),
        (today + timedelta(days=1), None, False),
        (None, today - timedelta(days=1), False),
    ):
        hold = holds.place(
            "An inquiry", review, actor=admin, service_id="missed_bin", opened_since=since,
            opened_until=until, now=clock.now,
        )  # fmt: skip
        row = Case.objects.get(pk=jo.pk)
        assert holds.stops(row) is stops
        assert Case.objects.filter(holds.standing().query(), pk=jo.pk).exists() is stops
        assert bool(holds.of_case(row)) is stops
        holds.lift(hold.pk, "Over", actor=admin, now=clock.now)
    assert not holds.standing()


def test_a_manager_holds_a_case_of_their_team_and_sees_who_looked(
    staff: Callable[[str], Any], missed_bin: Callable[..., Any], clock: Any
) -> None:
    case = missed_bin()
    bryn, marcus = staff("bryn").client, staff("marcus").client
    at = f"/desk/cases/{case.reference}/"
    assert "Keep it beyond its time" not in text(bryn.get(at))
    assert bryn.get(f"{at}hold/").status_code == 404
    assert bryn.get(f"{at}looked/").status_code == 404
    page = marcus.get(at)
    assert "Keep it beyond its time" in text(page)
    assert "1 year after end" in text(page) or "years after end" in text(page)
    assert marcus.post(f"{at}hold/", {"reason": "Complaint"}).status_code == 422
    sent = {"reason": "Complaint", "review_on": "1/9/2026", "expected": case.lock_version}
    assert marcus.post(f"{at}hold/", sent).status_code == 303
    page = marcus.get(at)
    assert "On hold" in text(page)
    assert "Legal hold placed" in text(page)
    number = Hold.objects.get().pk
    assert bryn.get(f"/desk/privacy/holds/{number}/").status_code == 404
    assert marcus.get(f"/desk/privacy/holds/{number}/").status_code == 200
    assert marcus.get("/desk/privacy/holds/").status_code == 403
    page = marcus.get(f"{at}looked/")
    assert "Bryn Oakshott" in text(page)
    assert "Opened the case" in text(page)


def test_who_looked_is_a_page_and_a_file_and_says_what_is_unusual(
    staff: Callable[[str], Any], missed_bin: Callable[..., Any], clock: Any
) -> None:
    from moothall.people.models import User

    bryn = User.objects.get(email__startswith="bryn")
    case = missed_bin(name="Una Oakshott")
    actor = actor_for(bryn)
    access.note(actor, case.reference, "case", now=clock.now)
    access.note(actor, case.reference, "case", now=clock.now.replace(hour=2))
    Case.objects.filter(pk=case.pk).update(team="parking")
    access.flush()
    busy = [
        AccessLog(at=clock.now.replace(hour=14), actor_kind="staff", user_id=bryn.pk,
                  roles="officer", reference=f"WM-AAA-{n:03}", why="case")
        for n in range(looked.MANY + 1)
    ]  # fmt: skip
    AccessLog.objects.bulk_create(busy)
    tom = staff("tom.ravensworth").client
    page = tom.get(f"/desk/privacy/looked/?case={case.reference.lower()}")
    assert text(page).count("The same surname") == 2
    assert text(page).count("At night") == 1
    assert text(page).count(">No work in it<") == 2
    page = tom.get(f"/desk/privacy/looked/?who={bryn.pk}&unusual=yes")
    assert "More than 60 cases within the hour" in text(page)
    assert tom.get("/desk/privacy/looked/?since=yesterday").status_code == 422
    assert tom.get("/desk/privacy/looked/?case=12").status_code == 422
    assert "Nobody looked" in text(tom.get("/desk/privacy/looked/?since=2031-01-01"))
    file = text(tom.get(f"/desk/privacy/looked.csv?who={bryn.pk}"))
    assert len(file.splitlines()) == 3 + len(busy)
    assert staff("marcus").client.get("/desk/privacy/looked/").status_code == 403


def test_a_copy_of_everything_in_one_step_with_others_marked(
    staff: Callable[[str], Any], missed_bin: Callable[..., Any], clock: Any
) -> None:
    tom = staff("tom.ravensworth").client
    case = missed_bin(
        where_left="By the gate. My neighbour Mr Alan Frost (alan.frost@example.net) saw it.",
    )
    other = missed_bin(
        uprn="990000000002",
        name="Lee Poole",
        email="lee@example.org",
        where_left="Next to Ida Rowan",
    )
    marcus = staff("marcus").client
    marcus.post(
        f"/desk/cases/{case.reference}/note/", {"text": "Ring the landlord on 07700 900456"}
    )
    sent = {"kind": "access", "name": "Ida Rowan", "email": "IDA.rowan@example.org ", "proof": ""}
    page = tom.post("/desk/privacy/requests/", sent)
    assert page.status_code == 422
    assert "Say how you made sure that it is them" in text(page)
    page = tom.post("/desk/privacy/requests/", {**sent, "proof": "Wrote from her account"})
    assert page.status_code == 303
    asked = SubjectRequest.objects.get()
    assert asked.due_on.isoformat() == "2026-04-11"
    at = page.headers["Location"]
    page = tom.get(at)
    assert "<mark>Mr Alan Frost</mark>" in text(page)
    assert "<mark>alan.frost@example.net</mark>" in text(page)
    assert "<mark>07700 900456</mark>" in text(page)
    assert "<mark>ida.rowan@example.org</mark>" not in text(page)
    assert "another person’s case that speaks of them" in text(page)
    assert other.reference in text(page)

    assert tom.get(f"{at}copy.zip").status_code == 404
    assert tom.post(at, {"do": "build"}).status_code == 303
    assert "being put together" in text(tom.get(at))
    outbox.drain(clock.now, strict=True)
    asked.refresh_from_db()
    assert asked.state == SubjectRequest.State.OPEN
    answer = tom.get(f"{at}copy.zip")
    body = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert {"Read me first.html", "data.json"} <= set(archive.namelist())
        words = archive.read("Read me first.html").decode()
        data = json.loads(archive.read("data.json"))
    for said in (words, json.dumps(data, ensure_ascii=False)):
        assert "By the gate" in said
        assert "Ida Rowan" in said
        assert "Alan Frost" not in said
        assert "900456" not in said
        assert "Lee Poole" not in said
        assert "lee@example.org" not in said
        assert "█████" in said
    assert "were left out" in words or "was left out" in words
    assert {one["reference"] for one in data["cases"]} == {case.reference, other.reference}
    assert staff("marcus").client.get(f"{at}copy.zip").status_code == 403

    # The officer decides otherwise: the note goes out as it is, the gate stays here.
    page = tom.get(at)
    gate = next(i.id for f in _held(asked, clock) for i in f.items if "By the gate" in i.text)
    note = next(i.id for f in _held(asked, clock) for i in f.items if "900456" in i.text)
    chosen = {f"item-{gate}": "withhold", f"item-{note}": "give", "item-nothing": "give"}
    assert tom.post(at, {"do": "build", **chosen}).status_code == 303
    outbox.drain(clock.now, strict=True)
    with zipfile.ZipFile(
        io.BytesIO(b"".join(tom.get(f"{at}copy.zip").streaming_content))
    ) as archive:
        words = archive.read("Read me first.html").decode()
    assert "07700 900456" in words
    assert "By the gate" not in words
    page = tom.post(at, {"do": "done", "outcome": ""})
    assert page.status_code == 422
    assert tom.post(at, {"do": "done", "outcome": "Sent by post"}).status_code == 303
    assert "Sent by post" in text(tom.get(at))
    assert asked.public_id in text(tom.get("/desk/privacy/requests/?over=yes"))
    assert AccessLog.objects.filter(why="subject", reference=other.reference).exists() or (
        access.flush() and AccessLog.objects.filter(why="subject").exists()
    )
    from moothall.casework import subject_requests
    from moothall.files.models import StoredFile

    clock.pass_(days=31)
    assert subject_requests.forget_old(clock.now) == 1
    assert not StoredFile.objects.filter(owner__startswith="subject:").exists()


def _held(asked: SubjectRequest, clock: Any) -> Any:
    from moothall.casework import subject_requests

    return subject_requests.held_about(asked, now=clock.now)


def test_erasure_and_restriction_are_done_case_by_case_and_holds_win(
    staff: Callable[[str], Any], missed_bin: Callable[..., Any], clock: Any
) -> None:
    tom = staff("tom.ravensworth").client
    case, still_open = missed_bin(), missed_bin(uprn="990000000002")
    Case.objects.filter(pk=case.pk).update(state="collected", ended_at=clock.now, outcome="done")
    sent = {"name": "Ida Rowan", "email": "ida.rowan@example.org", "proof": "Code by email"}
    at = tom.post("/desk/privacy/requests/", {**sent, "kind": "erasure"}).headers["Location"]
    page = tom.get(at)
    assert "kept for a public task" in text(page)
    assert f"Erase {case.reference}" in text(page)
    assert f"Erase {still_open.reference}" not in text(page)
    page = tom.post(at, {"do": f"erase:{still_open.reference}"})
    assert page.status_code == 422
    assert "open" in text(page)
    review = (clock.now + timedelta(days=30)).date()
    hold = holds.place("A", review, actor=_admin(), reference=case.reference, now=clock.now)
    assert tom.post(at, {"do": f"erase:{case.reference}"}).status_code == 422
    holds.lift(hold.pk, "B", actor=_admin(), now=clock.now)
    assert tom.post(at, {"do": f"erase:{case.reference}"}).status_code == 303
    assert Case.objects.get(pk=case.pk).contact_email == ""
    assert tom.post(at, {"do": "erase:WM-XXX-XXX"}).status_code == 422
    assert tom.post(at, {"do": "extend", "why": "Many cases"}).status_code == 303
    assert SubjectRequest.objects.get().due_on.isoformat() == "2026-06-11"
    assert tom.post(at, {"do": "refuse", "outcome": "Told by letter"}).status_code == 303

    at = tom.post("/desk/privacy/requests/", {**sent, "kind": "restriction"}).headers["Location"]
    assert tom.post(at, {"do": f"restrict:{still_open.reference}"}).status_code == 303
    assert Case.objects.get(pk=still_open.pk).restricted
    assert CLOCK.kind == "clock"


def test_the_record_of_processing_is_what_the_files_say(staff: Callable[[str], Any]) -> None:
    from moothall.packs.queries import offered

    tom = staff("tom.ravensworth").client
    page = tom.get("/desk/privacy/record/")
    data = json.loads(tom.get("/desk/privacy/record.json").content)
    lines = text(tom.get("/desk/privacy/record.csv")).splitlines()
    words = text(tom.get("/desk/privacy/record.md"))
    assert len(data["activities"]) == len(offered()) == len(lines) - 1
    for one in offered():
        assert one.name in text(page)
        assert f"## {one.name}" in words
    crisis = next(one for one in data["activities"] if one["service"] == "crisis_support")
    assert crisis["lawful_basis"] == "public task"
    assert crisis["article"] == "article 6(1)(e)"
    assert crisis["kept"] == "6 years after end"
    assert any("Crisis" in line for line in crisis["sensitive"])
    assert tom.get("/desk/privacy/record.exe").status_code == 404
    assert staff("bryn").client.get("/desk/privacy/record/").status_code == 403
    assert tom.get("/desk/privacy/").status_code == 200
    assert tom.get("/desk/privacy/kept/").status_code == 200
