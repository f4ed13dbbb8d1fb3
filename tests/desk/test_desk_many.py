"""One thing done to many cases: what would happen is said first, each case is done once, and what was not says why."""

from __future__ import annotations

from typing import Any

import pytest

from moothall import outbox
from moothall.casework import bulk
from moothall.casework.models import BulkItem, BulkRun, Case, Event
from moothall.casework.types import QueueFilters
from moothall.notify.models import Message
from moothall.people.models import User
from moothall.people.queries import actor_for


def who(name: str) -> Any:
    return actor_for(User.objects.get(email__startswith=name))


def closes(case: Any) -> int:
    return Event.objects.filter(case=case, kind="moved").count()


def test_a_manager_closes_many_cases_after_seeing_what_would_happen(staff, missed_bin, clock):
    cases = [missed_bin(uprn=f"99000000{number + 1:04d}") for number in range(4)]
    bryn, marcus = staff("bryn"), staff("marcus")
    bryn.open(f"/desk/cases/{cases[0].reference}/")
    bryn.press("Book a crew")
    bryn.press("Bin emptied")
    marcus.open("/desk/?service=missed_bin&done=both")
    marcus.press("Go on", kind="move", scope="all")
    assert "4 cases chosen" in marcus.page.words
    assert "Possible in 3 cases" in marcus.page.words
    marcus.press("See what would happen", move="missed_bin:close")
    assert marcus.status == 422
    assert "Say why." in " ".join(marcus.page.errors)
    marcus.press(
        "See what would happen",
        move="missed_bin:close",
        reason="Strike: no crews this week",
        message="We come back on Monday.",
    )
    assert marcus.url.endswith("/check/"), marcus.page.errors
    assert "It will be done in 3 cases" in marcus.page.words
    assert "It can’t be done in 1 case" in marcus.page.words
    assert "It is “Bin emptied”: the step is not possible from there." in marcus.page.words
    assert "Residents who are told 3 people" in marcus.page.words
    assert "What they are told, for example in" in marcus.page.words
    assert "We come back on Monday." in marcus.page.words
    assert BulkRun.objects.get().status == "draft"
    assert not Event.objects.filter(case=cases[1], kind="moved").exists()
    # A colleague takes one of them before it starts its turn.
    marcus.press("Do it in 3 cases")
    assert "It is running" in marcus.page.headings
    bryn.open(f"/desk/cases/{cases[1].reference}/")
    bryn.press("Book a crew")
    outbox.drain(now=clock.now, strict=True)
    page = marcus.open(marcus.url)
    assert "It is done" in page.headings
    assert "2 done, 2 not done, 0 waiting" in page.words
    assert "Bryn Oakshott moved it to “Crew booked” meanwhile" in page.words
    assert [closes(case) for case in cases] == [2, 1, 1, 1]
    assert "Strike" in marcus.open(f"/desk/cases/{cases[2].reference}/").words
    file = b"".join(marcus.client.get(f"{marcus_run()}report.csv").streaming_content).decode()
    assert file.count("Done") == 2
    assert file.count("Not done") == 2
    assert "Make a move" in marcus.open("/desk/many/").words


def marcus_run() -> str:
    return f"/desk/many/{BulkRun.objects.get().public_id}/"


def test_a_run_is_stopped_and_goes_on_where_it_stopped(missed_bin, clock):
    cases = [missed_bin(uprn=f"99000000{number + 1:04d}") for number in range(5)]
    outbox.drain(now=clock.now)  # what the reports had to send
    marcus = who("marcus")
    run = bulk.draft(marcus, "note", filters=QueueFilters(), now=clock.now)
    bulk.settle(marcus, run.public_id, {"text": "Crew is off sick"}, now=clock.now)
    bulk.start(marcus, run.public_id, now=clock.now)
    bulk.start(marcus, run.public_id, now=clock.now)  # a double click
    outbox.drain(now=clock.now, limit=2, strict=True)
    bulk.stop(marcus, run.public_id)
    outbox.drain(now=clock.now, strict=True)
    seen = bulk.progress(marcus, run.public_id)
    assert (seen.run.status, seen.done, seen.waiting) == ("stopped", 2, 3)
    bulk.resume(marcus, run.public_id)
    bulk.resume(marcus, run.public_id)
    outbox.drain(now=clock.now, strict=True)
    seen = bulk.progress(marcus, run.public_id)
    assert (seen.run.status, seen.done, seen.refused) == ("finished", 5, 0)
    for case in cases:
        assert Event.objects.filter(case=case, kind="noted").count() == 1


def test_cases_are_shared_out_to_whoever_has_least(missed_bin, staff, clock):
    cases = [missed_bin(uprn=f"99000000{number + 1:04d}") for number in range(5)]
    marcus = staff("marcus")
    bryn, dilys = (User.objects.get(email__startswith=one) for one in ("bryn", "dilys"))
    marcus.open("/desk/")
    marcus.press("Assign", case=[f"{cases[0].pk}:{cases[0].lock_version}"], to=str(bryn.pk))
    marcus.open("/desk/?who=nobody")
    marcus.press("Go on", kind="share", scope="all")
    assert "Bryn Oakshott (1 open case)" in marcus.page.words
    marcus.press("See what would happen", people=[str(bryn.pk), str(dilys.pk)], way="least")
    assert "Dilys Farrow 2" in marcus.page.words
    marcus.press("Do it in 4 cases")
    outbox.drain(now=clock.now, strict=True)
    assert Case.objects.filter(assigned_to=bryn).count() == 3
    assert Case.objects.filter(assigned_to=dilys).count() == 2


def test_writing_to_many_sends_each_one_message_of_its_own(missed_bin, clock):
    kept = missed_bin(uprn="990000000001", email="ida.rowan@example.org")
    silent = missed_bin(uprn="990000000002", email=None, tell_me_by="nothing")
    marcus = who("marcus")
    run = bulk.draft(marcus, "reply", cases=[(kept.pk, None), (silent.pk, None)], now=clock.now)
    bulk.settle(marcus, run.public_id, {"text": "Snow: we come tomorrow."}, now=clock.now)
    seen = bulk.preview(marcus, run.public_id, now=clock.now)
    assert (seen.can, seen.cannot, seen.told) == (1, 1, 1)
    assert seen.sample is not None
    assert seen.sample.body == "Snow: we come tomorrow."
    bulk.start(marcus, run.public_id, now=clock.now)
    outbox.drain(now=clock.now, strict=True)
    assert Message.objects.filter(body__startswith="Snow").count() == 1


def test_cases_go_to_another_team(missed_bin, clock):
    case = missed_bin()
    marcus = who("marcus")
    run = bulk.draft(marcus, "team", cases=[(case.pk, None)], now=clock.now)
    bulk.settle(
        marcus, run.public_id, {"team": "customer_services", "reason": "Theirs"}, now=clock.now
    )
    bulk.start(marcus, run.public_id, now=clock.now)
    outbox.drain(now=clock.now, strict=True)
    item = BulkItem.objects.get()
    case.refresh_from_db()
    # The team can't work on it (it plays no part in the service), or now has it: never something between.
    assert (item.status == "done") == (case.team == "customer_services"), item.why


def test_rights_hold_at_every_step(missed_bin, unpaid_permit, clock, staff):
    case = missed_bin()
    marcus, bryn, wilf = who("marcus"), who("bryn"), who("wilf")
    run = bulk.draft(
        marcus, "note", cases=[(case.pk, None), (unpaid_permit.pk, None)], now=clock.now
    )
    assert [item.case_id for item in run.items.all()] == [case.pk], "parking's case is not theirs"
    with pytest.raises(bulk.NotFound):
        bulk.preview(bryn, run.public_id)
    with pytest.raises(bulk.Invalid):
        bulk.draft(wilf, "note", cases=[(unpaid_permit.pk, None)], now=clock.now)
    other = staff("bryn")
    for path in ("", "check/", "state.json", "report.csv"):
        other.open(f"/desk/many/{run.public_id}/{path}")
        assert other.status == 404, path
    assert other.client.post(f"/desk/many/{run.public_id}/stop/").status_code == 404
    # Whoever leaves does nothing any more, also in a run that goes on.
    bulk.settle(marcus, run.public_id, {"text": "From somebody who left"}, now=clock.now)
    bulk.start(marcus, run.public_id, now=clock.now)
    User.objects.filter(email__startswith="marcus").update(is_active=False)
    outbox.drain(now=clock.now, strict=True)
    assert BulkItem.objects.get().why == "The person who started this no longer works here."
    assert not Event.objects.filter(case=case, kind="noted").exists()


def test_what_is_not_a_choice_is_an_error_on_the_page(staff, missed_bin):
    case = missed_bin()
    marcus = staff("marcus")
    marcus.open("/desk/")
    marcus.press("Go on", kind="assign", scope="ticked")
    assert "Choose at least one case." in marcus.page.words
    for kind in ("move", "assign", "share", "team", "note", "reply"):
        marcus.open("/desk/")
        marcus.press("Go on", kind=kind, scope="ticked", case=[f"{case.pk}:{case.lock_version}"])
        marcus.press(
            "See what would happen", to="²", people=["x"], team="'", move="x:y:z", text=" "
        )
        assert marcus.status == 422, kind
        assert marcus.page.errors
    marcus.client.post("/desk/many/", {"kind": "x", "scope": "all"})
    marcus.client.post("/desk/many/", {"kind": "note", "case": ["1:²", "9" * 40 + ":1"]})
    assert BulkRun.objects.count() == 6


def test_old_runs_are_forgotten(missed_bin, clock):
    from moothall.casework import bulk_work

    case = missed_bin()
    marcus = who("marcus")
    for started in (False, True):
        run = bulk.draft(marcus, "note", cases=[(case.pk, None)], now=clock.now)
        bulk.settle(marcus, run.public_id, {"text": "x"}, now=clock.now)
        if started:
            bulk.start(marcus, run.public_id, now=clock.now)
            outbox.drain(now=clock.now, strict=True)
    assert bulk_work.forget_old(clock.pass_(days=2)) == 1
    assert bulk_work.forget_old(clock.pass_(days=100)) == 1
