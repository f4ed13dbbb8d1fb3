"""Stories of what stands beside a case: duplicates, hand-overs, reopening, tasks, calls, names in notes."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from moothall import outbox
from moothall.casework import (
    actions,
    beside,
    projection,
    queries,
    repeats,
    summaries,
    tracking,
)
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotComplete, NotFound
from moothall.casework.models import Case, Contact, Event, Mention, Task
from moothall.casework.types import ContactDetails
from moothall.files import queries as files
from moothall.notify.models import Message
from moothall.people.models import User
from tests.casework.conftest import (
    NOW,
    address,
    bin_answers,
    fresh,
    is_whole,
    kinds,
    later,
    missed_bin,
    pays,
    permit,
    resident,
    staff,
)
from tests.casework.test_money_and_time import stored

pytestmark = pytest.mark.django_db


def user(name: str) -> User:
    return User.objects.get(email__startswith=f"{name}.", is_staff=True)


def book(case: Case, now: Any = NOW) -> None:
    actions.move(
        case.pk, "book_a_crew", actor=staff("bryn"), expected=fresh(case).lock_version, now=now
    )


def close(case: Case, now: Any = NOW) -> None:
    actions.move(
        case.pk,
        "close",
        actor=staff("bryn"),
        expected=fresh(case).lock_version,
        reason="Nothing there",
        message="We found nothing.",
        now=now,
    )


def mails(case: Case) -> list[Message]:
    return list(Message.objects.filter(subject_ref=case.reference).order_by("pk"))


# Duplicates


def test_a_duplicate_follows_its_main_case_by_its_own_reference() -> None:
    bryn = staff("bryn")
    main = missed_bin()
    theirs = bin_answers(name="Ines Calder", email="ines.calder@example.org", bin="recycling")
    copy = missed_bin(answers={**theirs, "address": address("990000000002")})
    actions.add_note(copy.pk, "The lid is broken.", actor=bryn, now=NOW)
    actions.merge(
        copy.pk,
        main.reference.lower(),
        "The same lorry",
        actor=bryn,
        expected=fresh(copy).lock_version,
        copy_notes=True,
        now=NOW,
    )
    copy, main = fresh(copy), fresh(main)
    assert (copy.state, copy.outcome, copy.merged_into) == ("merged", "merged", main.reference)
    assert copy.ended_at is not None
    assert copy.finish_by is None
    assert main.followers == 1
    assert "together with another one" in mails(copy)[-1].subject
    assert not Message.objects.filter(body__contains="The lid").exists()
    seen = queries.case_for(bryn, main.reference, now=NOW)
    assert seen is not None
    assert seen.followers == (copy.reference,)
    assert any(one.detail == "The lid is broken." for one in seen.timeline)

    book(main, later(hours=1))
    outbox.drain()
    told = mails(copy)[-1]
    assert told.to == "ines.calder@example.org"
    assert "crew" in told.body
    assert "Sallow" not in told.body
    track = queries.track(copy.reference, "ines.calder@example.org", now=later(hours=2))
    assert track is not None
    assert track.joined
    assert track.state_label == "Crew booked"
    assert track.finish_by == fresh(main).finish_by
    assert "Crew booked" in [one.what for one in track.timeline]
    assert not track.moves
    said = repr(track.timeline) + repr(track.answers) + repr(track.messages) + track.says
    assert "Sallow" not in said
    assert "990000000001" not in said
    for one in (main, copy):
        is_whole(one)


def test_what_a_follower_writes_is_known_at_the_main_case() -> None:
    bryn = staff("bryn")
    main, copy = missed_bin(), missed_bin()
    actions.merge(copy.pk, main.reference, "Twice", actor=bryn, now=NOW)
    actions.receive_reply(copy.pk, "It is behind the shed", actor=resident(), now=later(hours=1))
    outbox.drain()
    assert fresh(main).awaiting_staff_since is not None
    seen = queries.case_for(bryn, main.reference, now=later(hours=1))
    assert seen is not None
    assert any(copy.reference in one.what for one in seen.timeline)
    assert "behind the shed" not in repr(seen.timeline)
    actions.reply(main.pk, "We come at noon.", actor=bryn, to_followers=True, now=later(hours=2))
    outbox.drain()
    assert "We come at noon." in mails(copy)[-1].body
    is_whole(main)
    is_whole(copy)


def test_a_duplicate_can_be_taken_apart_and_its_time_did_not_count() -> None:
    bryn = staff("bryn")
    main, copy = missed_bin(), missed_bin()
    promised = copy.finish_by
    actions.merge(copy.pk, main.reference, "Twice", actor=bryn, now=later(minutes=30))
    with pytest.raises(Missing):
        actions.unmerge(copy.pk, " ", actor=bryn, now=NOW)
    actions.unmerge(copy.pk, "Another bin", actor=bryn, now=later(days=1, minutes=30))
    copy = fresh(copy)
    assert (copy.state, copy.merged_into, copy.ended_at) == ("reported", "", None)
    assert copy.reopened_at is None
    assert promised is not None
    assert copy.finish_by is not None
    assert copy.finish_by > promised
    assert fresh(main).followers == 0
    assert "by itself" in mails(copy)[-1].subject
    before = len(mails(copy))
    book(main, later(days=2))
    outbox.drain()
    assert len(mails(copy)) == before
    is_whole(main)
    is_whole(copy)


def test_what_cannot_be_joined_is_refused_in_plain_words() -> None:
    bryn = staff("bryn")
    main, copy, third = missed_bin(), missed_bin(), missed_bin()
    for into, error, words in (
        ("", Missing, "reference"),
        ("WM-222-222", Invalid, "may see"),
        (copy.reference, Invalid, "itself"),
        (permit().reference, Invalid, "may see"),
    ):
        with pytest.raises(error, match=words):
            actions.merge(copy.pk, into, "Twice", actor=bryn, now=NOW)
    with pytest.raises(NotFound):
        actions.merge(copy.pk, main.reference, "Twice", actor=staff("nadia"), now=NOW)
    with pytest.raises(NotAllowed):
        actions.merge(copy.pk, main.reference, "Twice", actor=staff("terry"), now=NOW)
    actions.merge(copy.pk, main.reference, "Twice", actor=bryn, now=NOW)
    assert actions.merge(copy.pk, main.reference, "Twice", actor=bryn, now=NOW).followers == 0
    with pytest.raises(Invalid, match="joined to"):
        actions.merge(third.pk, copy.reference, "Thrice", actor=bryn, now=NOW)
    with pytest.raises(NotAllowed, match="Other cases"):
        actions.merge(main.pk, third.reference, "Thrice", actor=bryn, now=NOW)
    close(third)
    fourth = missed_bin()
    with pytest.raises(Invalid, match="not open"):
        actions.merge(fourth.pk, third.reference, "Over", actor=bryn, now=NOW)
    assert fresh(main).followers == 1


def test_a_paid_duplicate_is_paid_back_and_its_files_are_copied() -> None:
    nadia = staff("nadia")
    main, copy = permit(), permit()
    pays(main)
    with pytest.raises(NotAllowed):
        actions.merge(copy.pk, main.reference, "Twice", actor=nadia, now=NOW)
    pays(copy)
    with pytest.raises(Missing, match=r"45\.00") as refused:
        actions.merge(copy.pk, main.reference, "Twice", actor=nadia, now=NOW)
    assert refused.value.field == "refund"
    actions.merge(
        copy.pk, main.reference, "Twice", actor=nadia, copy_files=True, refund=True, now=NOW
    )
    assert fresh(copy).refunded_pence == 4500
    assert len(files.files_of(main.reference)) == 4
    seen = queries.case_for(nadia, main.reference, now=NOW)
    assert seen is not None
    assert len(seen.files) == 4
    is_whole(main)
    is_whole(copy)


# Hand-over


def test_a_case_goes_on_in_another_service_and_the_person_is_told_once() -> None:
    bryn = staff("bryn")
    case = missed_bin()
    with pytest.raises(NotComplete):
        actions.hand_over(case.pk, "complaint", "It is a complaint", actor=bryn, now=NOW)
    assert fresh(case).is_open
    complaint = complaint_answers()
    new = actions.hand_over(
        case.pk, "complaint", "It is a complaint", actor=bryn, answers=complaint, now=NOW
    )
    again = actions.hand_over(
        case.pk, "complaint", "It is a complaint", actor=bryn, answers=complaint, now=NOW
    )
    assert again.pk == new.pk
    case, new = fresh(case), fresh(new)
    assert (case.state, case.outcome, case.handed_to) == (
        "handed_over",
        "handed_over",
        new.reference,
    )
    assert new.handed_from == case.reference
    assert new.contact_email == "robin.sallow@example.org"
    assert new.answers["name"] == "Robin Sallow"
    told = [one for one in Message.objects.order_by("pk") if new.reference in one.body]
    to_them = [one for one in told if one.to == "robin.sallow@example.org"]
    assert len(to_them) == 1
    assert case.reference in to_them[0].body
    assert Contact.objects.filter(case=new).count() == 0
    track = queries.track(case.reference, "robin.sallow@example.org", now=NOW)
    assert track is not None
    assert track.goes_on_as == new.reference
    assert f"/track/{new.reference}/" in track.goes_on_url
    with pytest.raises(NotAllowed, match="goes on in another service"):
        actions.reopen(case.pk, "No", actor=staff("marcus"), now=NOW)
    is_whole(case)
    is_whole(new)


def complaint_answers() -> dict[str, Any]:
    """What the complaints form asks for beyond a missed bin."""
    from moothall.packs.queries import service

    complaint = service("complaint")
    assert complaint is not None
    example = next(one for one in complaint.examples if not one.expect.stop and one.answers)
    return {
        name: value
        for name, value in dict(example.answers).items()
        if name in complaint.questions and name not in {"name", "email", "phone", "address"}
    }


def test_a_case_is_given_to_another_team_that_may_see_it() -> None:
    bryn = staff("bryn")
    case = missed_bin()
    actions.assign(case.pk, bryn.user_id, actor=bryn, now=NOW)
    with pytest.raises(Invalid, match="may not see"):
        actions.hand_over_to_team(case.pk, "parking", actor=bryn, reason="Theirs", now=NOW)
    with pytest.raises(Missing):
        actions.hand_over_to_team(case.pk, "waste_crews", actor=bryn, reason="", now=NOW)
    assert "waste_crews" in dict(queries.teams_of(case.pk, bryn))
    for _ in range(2):
        actions.hand_over_to_team(
            case.pk, "waste_crews", actor=bryn, reason="Theirs", key="once", now=NOW
        )
    case = fresh(case)
    assert (case.team, case.assigned_to_id) == ("waste_crews", None)
    assert kinds(case).count("team_changed") == 1
    assert queries.case_for(staff("terry"), case.reference, now=NOW) is not None
    is_whole(case)


# Opened again


def test_opened_again_within_five_working_days_the_promise_resumes_later_it_starts_anew() -> None:
    marcus = staff("marcus")
    soon, late = missed_bin(), missed_bin()
    left = soon.finish_by
    assert left is not None
    for case in (soon, late):
        close(case, later(hours=1))
    with pytest.raises(NotAllowed, match="manager"):
        actions.reopen(soon.pk, "A mistake", actor=staff("bryn"), now=later(hours=2))
    actions.reopen(soon.pk, "A mistake", actor=marcus, message="Sorry.", now=later(days=2))
    soon = fresh(soon)
    assert (soon.state, soon.ended_at, soon.outcome) == ("reported", None, "")
    assert soon.reopens == 1
    assert soon.finish_by is not None
    assert left < soon.finish_by <= left + timedelta(days=4)
    assert "Sorry." in mails(soon)[-1].body
    actions.reopen(late.pk, "It was not done", actor=marcus, now=later(days=20))
    late = fresh(late)
    assert late.started_at == later(days=20)
    assert late.finish_by is not None
    assert late.finish_by > later(days=22)
    with pytest.raises(NotAllowed, match="open"):
        actions.reopen(late.pk, "Again", actor=marcus, now=later(days=21))
    is_whole(soon)
    is_whole(late)


def test_a_step_of_the_file_that_opens_a_case_again_follows_the_same_rule() -> None:
    text = (Path(settings.ROOT) / "services" / "missed_bin" / "service.yaml").read_text()
    step = (
        "    look_again:\n      label: Look again\n      from: closed\n      to: reported\n"
        "      by: waste_team\n    take_back:\n"
    )
    service = stored(text.replace("    take_back:\n", step, 1))
    bryn, marcus = staff("bryn"), staff("marcus")
    soon, late = missed_bin(service=service), missed_bin(service=service)
    left = soon.finish_by
    assert left is not None
    for case, at in ((soon, later(days=2)), (late, later(days=20))):
        close(case, later(hours=1))
        with pytest.raises(NotAllowed, match="step of its own"):
            actions.reopen(case.pk, "A mistake", actor=marcus, now=at)
        version = fresh(case).lock_version
        actions.move(case.pk, "look_again", actor=bryn, expected=version, now=at)
        is_whole(case)
    soon, late = fresh(soon), fresh(late)
    assert soon.finish_by is not None
    assert left < soon.finish_by <= left + timedelta(days=4)
    assert soon.started_at == NOW
    assert late.started_at == later(days=20)
    assert (soon.reopens, late.reopens) == (1, 1)


# Repeats


def test_a_case_that_asks_again_says_so_and_is_counted() -> None:
    first = missed_bin()
    other = missed_bin(
        answers=bin_answers(name="Ines Calder", email="ines@example.org"), now=later(hours=1)
    )
    assert other.repeat_of == "", "another person tells us of the same place while it is open"
    same = missed_bin(now=later(hours=2), answers=bin_answers())
    assert (same.repeat_of, same.repeat_kind) == (first.reference, "still_open")
    assert Contact.objects.get(case=same).outcome == "asked_again"
    for case in (first, other, same):
        close(case, later(days=1))
    again = missed_bin(
        now=later(days=20),
        answers=bin_answers(name="Ines Calder", email="ines@example.org", missed_on="2026-03-30"),
    )
    assert again.repeat_kind == "again"
    elsewhere = missed_bin(
        now=later(days=20),
        answers=bin_answers(address=address("990000000002"), missed_on="2026-03-30"),
    )
    assert elsewhere.repeat_of == ""
    much_later = missed_bin(now=later(days=70))
    assert much_later.repeat_of == ""
    bryn = staff("bryn")
    rows = queries.related_to(bryn, again.pk, now=later(days=20))
    assert rows[0].repeat == "before"
    assert {first.reference, other.reference} <= {one.reference for one in rows}
    assert elsewhere.reference not in {one.reference for one in rows if "place" in one.why}
    assert queries.related_to(staff("nadia"), again.pk, now=later(days=20)) == ()
    for case in (first, same, again):
        is_whole(case)


def test_who_complains_again_is_known_by_any_way_of_reaching_them() -> None:
    def complain(at: Any, key: str, **contact: str) -> Case:
        answers = {**complaint_answers(), "name": "Ines Calder", "email": contact["email"]}
        return actions.open_case(
            service="complaint",
            answers=answers,
            look_ups={},
            channel="phone",
            actor=staff("asha"),
            key=key,
            contact=ContactDetails(**contact),
            now=at,
        )

    first = complain(NOW, "a", email="ines@example.org", phone="07700 900123")
    second = complain(later(hours=1), "b", email="calder@example.org", phone="+447700900123")
    assert (second.repeat_of, second.repeat_kind) == (first.reference, "still_open")
    third = complain(later(hours=2), "c", email="other@example.org", phone="01632 960001")
    assert third.repeat_of == ""
    for case in (second, third):
        is_whole(case)


def test_related_cases_never_show_what_the_reader_may_not_see() -> None:
    case = missed_bin()
    paid = permit()
    found = {one.reference for one in queries.related_to(staff("bryn"), case.pk, now=NOW)}
    assert paid.reference not in found
    worded = missed_bin(
        answers=bin_answers(
            address=address("990000000003"),
            name="Ola Finch",
            email="ola@example.org",
            where_left="Behind the rhododendron hedge",
        )
    )
    alike = missed_bin(
        answers=bin_answers(
            address=address("990000000004"),
            name="Sid Finch",
            email="sid@example.org",
            where_left="The rhododendron, behind it",
        )
    )
    rows = queries.related_to(staff("bryn"), worded.pk, now=NOW)
    assert [one.reference for one in rows if "text" in one.why] == [alike.reference]


# Names in notes, tasks


def test_a_colleague_named_in_a_note_is_told_without_a_word_of_the_case() -> None:
    bryn, dilys = staff("bryn"), staff("dilys")
    case = missed_bin()
    actions.add_note(
        case.pk, "@Dilys Farrow, can you ring 07700 900123? @bryn too", actor=bryn, now=NOW
    )
    assert [one.reference for one in queries.mentions_of(dilys)] == [case.reference]
    mail = Message.objects.get(to=user("dilys").email)
    assert "07700" not in mail.body + mail.subject
    assert "Sallow" not in mail.body + mail.subject
    assert case.reference in mail.body
    assert mail.subject_ref == ""
    assert Mention.objects.count() == 1, "nobody is told of their own note"
    queries.see_mentions(case.pk, actor=dilys, now=NOW)
    assert queries.mentions_of(dilys) == ()
    actions.add_note(case.pk, "mail me at a@b.example or @nobody", actor=bryn, now=NOW)
    with pytest.raises(Invalid, match="may not see"):
        actions.add_note(case.pk, "@Nadia Holloway look", actor=bryn, now=NOW)
    is_whole(case)


def test_a_task_is_set_for_a_colleague_or_a_team_done_or_cancelled() -> None:
    bryn, dilys = staff("bryn"), staff("dilys")
    case = missed_bin()
    with pytest.raises(Invalid, match="may not see"):
        actions.set_task(case.pk, "Look", actor=bryn, for_user=user("nadia").pk, now=NOW)
    with pytest.raises(Invalid, match="working days"):
        actions.set_task(case.pk, "Look", actor=bryn, days=-1, now=NOW)
    for _ in range(2):
        actions.set_task(
            case.pk, "Ring the crew", actor=bryn, for_user=dilys.user_id, days=2, key="a", now=NOW
        )
    actions.set_task(case.pk, "Find the bin", actor=bryn, now=NOW)
    [mine, ours] = queries.tasks_of(dilys, now=NOW)
    assert (mine.text, mine.mine, mine.overdue) == ("Ring the crew", True, False)
    assert mine.due_at is not None
    assert mine.due_at.date().isoformat() == "2026-03-13"
    assert (ours.text, ours.for_label) == ("Find the bin", "Waste and recycling")
    assert queries.tasks_of(staff("nadia"), now=NOW) == ()
    assert queries.tasks_of(dilys, now=later(days=3))[0].overdue
    for _ in range(2):
        actions.finish_task(case.pk, mine.number, actor=dilys, note="Rang them", now=NOW)
    with pytest.raises(Missing):
        actions.cancel_task(case.pk, ours.number, "", actor=bryn, now=NOW)
    actions.cancel_task(case.pk, ours.number, "Found", actor=bryn, now=NOW)
    with pytest.raises(NotAllowed):
        actions.finish_task(case.pk, ours.number, actor=bryn, now=NOW)
    assert queries.tasks_of(dilys, now=NOW) == ()
    assert kinds(case).count("task_done") == 1
    is_whole(case)


# Calls


def test_a_call_is_promised_tried_three_times_on_two_days_and_then_written_of() -> None:
    bryn = staff("bryn")
    case = missed_bin()
    with pytest.raises(Invalid, match="phone number"):
        actions.ask_call_back(case.pk, "12", actor=resident(), now=NOW)
    for _ in range(2):
        actions.ask_call_back(
            case.pk,
            "07700 900123",
            actor=resident(),
            window="morning",
            about="When do you come?",
            key="once",
            now=NOW,
        )
    [row] = queries.call_backs_due(bryn, now=NOW)
    assert row.due_at is not None
    assert row.due_at.isoformat() == "2026-03-12T12:00:00+00:00"
    track = tracking.track(case.reference, "robin.sallow@example.org", now=NOW)
    assert track is not None
    assert track.call_back is not None
    assert Contact.objects.filter(case=case, outcome="chased").count() == 1
    for step, tries in enumerate((1, 2, 3)):
        actions.record_call(
            case.pk, row.number, "no_answer", actor=bryn, now=later(minutes=10 + step)
        )
        assert Task.objects.get(case=case).tries == tries
    assert Task.objects.get(case=case).state == "open", "all on one day"
    actions.record_call(case.pk, row.number, "no_answer", actor=bryn, now=later(days=1))
    assert Task.objects.get(case=case).state == "missed"
    assert "tried to ring" in mails(case)[-1].subject
    with pytest.raises(NotAllowed):
        actions.record_call(case.pk, row.number, "reached", actor=bryn, now=later(days=1))
    actions.ask_call_back(case.pk, "01632 960001", actor=staff("asha"), now=later(days=1, hours=7))
    [row] = queries.call_backs_due(bryn, now=later(days=1))
    assert row.due_at is not None
    assert row.due_at.date().isoformat() == "2026-03-16", "asked after four on a Thursday"
    actions.record_call(
        case.pk, row.number, "reached", actor=bryn, note="All is well", minutes=4, now=later(days=2)
    )
    assert queries.call_backs_due(bryn, now=later(days=2)) == ()
    assert fresh(case).first_response_at is not None
    is_whole(case)


def test_what_stands_beside_a_case_is_made_again_from_its_events() -> None:
    bryn = staff("bryn")
    case = missed_bin()
    actions.set_task(case.pk, "Ring the crew", actor=bryn, days=1, now=NOW)
    actions.add_note(case.pk, "@dilys look", actor=bryn, now=NOW)
    queries.see_mentions(case.pk, actor=staff("dilys"), now=NOW)
    Task.objects.filter(case=case).update(text="Tampered", state="done", ended_at=NOW)
    assert beside.differences(case.pk) == ["tasks"]
    beside.remake(case.pk)
    assert beside.differences(case.pk) == []
    assert Mention.objects.get(case=case).seen_at == NOW
    assert Event.objects.filter(case=case, kind="task_set").count() == 1


def test_a_database_that_held_cases_already_gets_what_its_events_give() -> None:
    from importlib import import_module

    from django.apps import apps

    bryn = staff("bryn")
    case = missed_bin(contact=ContactDetails(phone="07700 900123"))
    book(case)
    actions.reply(case.pk, "Hello", actor=bryn, now=NOW)
    Case.objects.update(place_key="", phone_key="", first_response_at=None)
    module = import_module("moothall.casework.migrations.0006_where_and_by_which_phone")
    module.fill(apps, None)
    assert fresh(case).place_key
    assert fresh(case).phone_key == "+447700900123"
    is_whole(case)


@given(st.floats(50.0, 60.0), st.floats(-6.0, 1.7), st.floats(0, 6.283), st.floats(0, 150))
def test_places_that_are_near_lie_in_cells_that_are_looked_through(
    lat: float, lon: float, way: float, metres: float
) -> None:
    here = {"lat": lat, "lon": lon}
    there = {
        "lat": lat + metres * math.sin(way) / 110_540,
        "lon": lon + metres * math.cos(way) / (111_320 * math.cos(math.radians(lat))),
    }
    assert abs(repeats.distance(here, there) - metres) < 0.5
    assert summaries.cell_of(there) in summaries.cells_around(summaries.cell_of(here), metres)


def test_a_phone_number_and_an_address_have_one_form() -> None:
    forms = ("07700 900123", "+44 7700 900123", "0044 (0)7700-900123"[:5] + "7700 900123")
    assert {projection.phone_key(one) for one in forms} == {"+447700900123"}
    assert projection.phone_key("none") == projection.phone_key("12345") == ""
    assert projection.address_key("xw1 7dt", "1  Abbot Close") == "XW17DT 1 abbot close"
    assert projection.address_key("", "1 Abbot Close") == ""
