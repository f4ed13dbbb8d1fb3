"""Stories of cases: from the report to the end, with everybody in it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from moothall import outbox
from moothall.casework import actions, clock, queries
from moothall.casework.errors import Conflict, Invalid, Missing, NotAllowed, NotComplete, NotFound
from moothall.casework.models import Case, Contact
from moothall.casework.types import ContactDetails, QueueFilters
from moothall.notify.models import Message
from moothall.people.actor import ANONYMOUS, applicant
from moothall.people.models import User
from moothall.people.queries import actor_for
from moothall.places import queries as places
from tests.casework.conftest import (
    BIN_LOOK_UPS,
    NOW,
    bin_answers,
    fresh,
    is_whole,
    kinds,
    later,
    missed_bin,
    pays,
    permit,
    photo,
    resident,
    staff,
)

pytestmark = pytest.mark.django_db


def test_a_missed_bin_from_the_report_to_the_empty_bin() -> None:
    case = missed_bin()
    assert case.reference.startswith("WM-")
    assert case.state == "reported"
    assert case.team == "waste"
    assert case.ward == "X05000003"
    assert case.finish_by is not None
    assert case.finish_by.strftime("%Y-%m-%d") == "2026-03-16", "three working days, no weekend"
    assert case.contact_email == "robin.sallow@example.org"
    [told] = Message.objects.filter(subject_ref=case.reference)
    assert case.reference in told.body
    assert f"/track/{case.reference}/" in told.body, "with a signed link"
    contact = Contact.objects.get(case=case)
    assert (contact.channel, contact.outcome) == ("online", "filed")

    bryn = staff("bryn")
    [row] = queries.queue(bryn, now=NOW).rows
    assert row.reference == case.reference
    assert row.contact_name == "Robin Sallow"
    seen = queries.case_for(bryn, case.reference, now=NOW)
    assert seen is not None
    assert {move.id for move in seen.moves} == {"book_a_crew", "close"}
    assert {answer.question: answer.words for answer in seen.answers}["bin"] == "Rubbish"

    case = actions.move(
        case.pk, "book_a_crew", actor=bryn, expected=seen.version, now=later(hours=1)
    )
    terry = staff("terry")
    crew = queries.case_for(terry, case.reference, now=later(hours=1))
    assert crew is not None
    assert {answer.question for answer in crew.answers} == {
        "address",
        "bin",
        "missed_on",
        "where_left",
    }
    assert crew.contact is None or not crew.contact.name
    case = actions.move(
        case.pk,
        "bin_emptied",
        actor=terry,
        expected=crew.version,
        channel="field",
        now=later(days=1),
    )
    assert case.outcome == "done"
    assert case.ended_at == later(days=1)
    assert Message.objects.filter(subject_ref=case.reference).count() == 3
    assert queries.queue(bryn, now=NOW).rows == ()
    [ended] = queries.queue(bryn, QueueFilters(ended=True), now=NOW).rows
    assert ended.state_label == "Bin emptied"

    track = queries.track(case.reference, "ROBIN.sallow@example.org ", now=later(days=1))
    assert track is not None
    assert track.ended
    assert [entry.what for entry in track.timeline if entry.kind in {"opened", "moved"}] == [
        "Request received",
        "Crew booked",
        "Bin emptied",
    ]
    assert {entry.who for entry in track.timeline} == {"You", "The council"}
    is_whole(case)


def test_the_same_key_is_the_same_case_whatever_comes_with_it() -> None:
    first = missed_bin(key="draft-1")
    second = missed_bin(key="draft-1", answers=bin_answers(bin="food"))
    assert first.pk == second.pk
    assert Case.objects.count() == 1
    assert Contact.objects.count() == 1


def test_what_is_not_on_the_way_is_left_out_and_what_is_missing_is_asked_for() -> None:
    case = missed_bin(answers=bin_answers(phone="07700 900123"))
    assert "phone" not in case.answers, "they chose email"
    with pytest.raises(NotComplete) as missing:
        missed_bin(answers={**bin_answers(), "bin": None})
    assert missing.value.step == "bin"
    with pytest.raises(NotComplete) as stopped:
        missed_bin(answers=bin_answers(missed_on="2026-03-02"))
    assert stopped.value.step == "too_late"
    with pytest.raises(NotAllowed):
        missed_bin(channel="field")
    assert Case.objects.count() == 1


def test_an_adviser_takes_a_report_by_phone() -> None:
    asha = staff("asha")
    answers = bin_answers(tell_me_by="nothing")
    del answers["email"]
    case = missed_bin(
        answers=answers,
        actor=asha,
        channel="phone",
        started_at=NOW - timedelta(minutes=6),
        contact=ContactDetails(name="Robin Sallow", phone="07700 900123"),
    )
    contact = Contact.objects.get(case=case)
    assert (contact.channel, contact.minutes, contact.adviser_id) == ("phone", 6, asha.user_id)
    assert case.contact_phone == "07700 900123"
    assert case.applicant_id is None
    assert not Message.objects.filter(subject_ref=case.reference, means="email").exists()
    seen = queries.case_for(asha, case.reference, now=NOW)
    assert seen is not None
    assert not seen.moves, "an adviser does not work the case"
    assert seen.can == {"note", "contact", "reply", "correct", "task", "call_back"}
    is_whole(case)


def test_two_officers_at_once_the_second_is_told_and_nothing_is_overwritten() -> None:
    case = missed_bin()
    bryn, dilys = staff("bryn"), staff("dilys")
    seen = case.lock_version
    actions.move(case.pk, "book_a_crew", actor=bryn, expected=seen, now=later(minutes=1))
    with pytest.raises(Conflict) as refused:
        actions.move(
            case.pk,
            "close",
            actor=dilys,
            expected=seen,
            reason="x",
            message="y",
            now=later(minutes=2),
        )
    assert "Bryn Oakshott" in str(refused.value)
    assert [(change.who, change.what) for change in refused.value.changes] == [
        ("Bryn Oakshott", "moved it to “Crew booked”")
    ]
    after = fresh(case)
    assert after.state == "booked"
    assert refused.value.latest == after.lock_version
    actions.add_note(case.pk, "Rang them.", actor=dilys, expected=after.lock_version)
    is_whole(case)


def test_a_receipt_is_no_reason_to_refuse_a_colleague() -> None:
    case = missed_bin()
    seen = case.lock_version
    outbox.drain(strict=True)
    assert fresh(case).lock_version > seen, "the message went out, which is an event"
    actions.move(case.pk, "book_a_crew", actor=staff("bryn"), expected=seen, now=later(hours=1))
    is_whole(case)


def test_an_officer_closes_with_a_reason_for_us_and_a_message_for_them() -> None:
    case = missed_bin()
    bryn = staff("bryn")
    with pytest.raises(Missing) as missing:
        actions.move(case.pk, "close", actor=bryn, expected=case.lock_version, reason=" ", now=NOW)
    assert missing.value.field == "reason"
    actions.move(
        case.pk,
        "close",
        actor=bryn,
        expected=case.lock_version,
        reason="The crew is on strike",
        message="Your road is shut until next week.",
        now=later(hours=1),
    )
    last = Message.objects.filter(subject_ref=case.reference).order_by("pk").last()
    assert last is not None
    assert "Your road is shut until next week." in last.body
    track = queries.track(case.reference, case.contact_email, now=later(hours=1))
    assert track is not None
    assert "on strike" not in str(track), "our reason is ours"
    seen = queries.case_for(bryn, case.reference, now=NOW)
    assert seen is not None
    assert "The crew is on strike" in [entry.detail for entry in seen.timeline]
    is_whole(case)


def test_a_move_that_is_not_theirs_or_not_now_is_refused_in_words() -> None:
    case = missed_bin()
    with pytest.raises(NotAllowed, match="Reported"):
        actions.move(
            case.pk, "bin_emptied", actor=staff("bryn"), expected=case.lock_version, now=NOW
        )
    with pytest.raises(NotFound):
        actions.move(
            case.pk, "book_a_crew", actor=staff("nadia"), expected=case.lock_version, now=NOW
        )
    with pytest.raises(NotFound):
        actions.move(case.pk, "book_a_crew", actor=ANONYMOUS, expected=case.lock_version, now=NOW)
    stranger = applicant(User.objects.get(email__startswith="maggie"), "Maggie")
    with pytest.raises(NotFound):
        actions.move(case.pk, "take_back", actor=stranger, expected=case.lock_version, now=NOW)
    assert queries.case_for(resident(), case.reference, now=NOW) is None, "a reference is no key"
    assert kinds(case) == ["opened", "answered", "started", "message_queued"]


def test_a_resident_with_an_account_follows_and_takes_back_their_report() -> None:
    maggie = User.objects.get(email__startswith="maggie")
    case = missed_bin(actor=actor_for(maggie))
    [mine] = queries.cases_of(maggie, now=NOW)
    assert mine.reference == case.reference
    assert [move.id for move in mine.moves] == ["take_back"]
    assert queries.cases_of(User.objects.get(email__startswith="dafydd"), now=NOW) == []
    actions.move(
        case.pk,
        "take_back",
        actor=actor_for(maggie),
        expected=mine.version,
        channel="online",
        now=later(hours=2),
    )
    assert fresh(case).outcome in {"refused", "withdrawn"}
    is_whole(case)


def test_the_clock_stands_still_while_we_wait_for_them() -> None:
    case = permit()
    pays(case)
    nadia = staff("nadia")
    case = fresh(case)
    assert case.state == "received"
    promised = case.finish_by
    assert promised is not None
    actions.move(
        case.pk, "start_check", actor=nadia, expected=case.lock_version, now=later(hours=1)
    )
    case = fresh(case)
    actions.move(
        case.pk,
        "ask_for_more",
        actor=nadia,
        expected=case.lock_version,
        message="The bill is too old. Send one from this year.",
        now=later(days=1),
    )
    case = fresh(case)
    assert case.paused_since == later(days=1)
    assert case.finish_by is None
    [row] = queries.queue(nadia, QueueFilters(due="paused"), now=later(days=1)).rows
    assert row.paused_since
    assert not row.late

    answer = later(days=8)
    new_bill = photo(case.reference, "green")
    actions.receive_reply(case.pk, "Here it is", [new_bill["id"]], actor=resident(), now=answer)
    case = fresh(case)
    assert case.state == "checking", "the reply is the move that the state waited for"
    assert case.answers["more_proof"][0]["id"] == new_bill["id"]
    assert case.paused_since is None
    assert case.awaiting_staff_since == answer
    calendar = places.calendar("council")
    lost = calendar.working_days(later(days=1).date(), answer.date())
    assert case.finish_by is not None
    assert case.finish_by.date() == calendar.add_working_days(promised.date(), lost)
    seen = queries.case_for(nadia, case.reference, now=answer)
    assert seen is not None
    assert new_bill["id"] in {file.id for file in seen.files}
    assert any(message.body == "Here it is" for message in seen.messages)
    is_whole(case)


def test_proof_that_came_by_post_makes_the_same_move_for_them() -> None:
    case = permit()
    pays(case)
    nadia = staff("nadia")
    for move, message in (("start_check", ""), ("ask_for_more", "Send a newer bill.")):
        case = fresh(case)
        actions.move(
            case.pk, move, actor=nadia, expected=case.lock_version, message=message, now=NOW
        )
    bill = photo(case.reference)
    actions.receive_reply(
        case.pk, "A bill came by post", [bill["id"]], actor=nadia, channel="desk", now=later(days=2)
    )
    assert fresh(case).state == "checking"
    assert fresh(case).answers["more_proof"][0]["id"] == bill["id"]
    is_whole(case)


def test_nobody_answers_and_the_clock_closes_and_pays_back() -> None:
    case = permit()
    pays(case)
    nadia = staff("nadia")
    for move, message in (("start_check", ""), ("ask_for_more", "Send a newer bill.")):
        case = fresh(case)
        actions.move(
            case.pk, move, actor=nadia, expected=case.lock_version, message=message, now=NOW
        )
    case = fresh(case)
    assert case.expires_at is not None
    assert clock.tick(case.expires_at - timedelta(minutes=1)) == 0
    assert clock.tick(case.expires_at + timedelta(days=3)) == 1, "a tick that was missed is made up"
    case = fresh(case)
    assert case.state == "lapsed"
    assert case.outcome == "expired"
    assert (case.paid_pence, case.refunded_pence) == (4500, 4500)
    assert clock.tick(later(days=400)) == 0
    is_whole(case)


def test_notes_assignment_and_a_reply() -> None:
    case = missed_bin()
    bryn, dilys, terry = staff("bryn"), staff("dilys"), staff("terry")
    actions.add_note(case.pk, "Third time this year.", actor=bryn, now=NOW)
    assert dilys.user_id in dict(queries.assignable(case.pk, bryn))
    actions.assign(case.pk, dilys.user_id, actor=bryn, now=NOW)
    assert queries.queue(dilys, QueueFilters(assignee="me"), now=NOW).total == 1
    with pytest.raises(NotAllowed):
        actions.assign(case.pk, staff("nadia").user_id, actor=bryn, now=NOW)
    actions.reply(case.pk, "We are on our way.", "email", actor=dilys, now=later(hours=1))
    with pytest.raises(Missing, match="mobile"):
        actions.reply(case.pk, "We are on our way.", "text", actor=dilys, now=later(hours=1))
    with pytest.raises(NotAllowed):
        actions.reply(case.pk, "Hello", "email", actor=terry, now=NOW)
    for _ in range(2):
        actions.reply(case.pk, "Till 5pm.", "email", actor=dilys, key="form-1", now=later(hours=1))
    assert Message.objects.filter(subject_ref=case.reference, body__contains="5pm").count() == 1
    done, refused = actions.assign_many(
        [(case.pk, fresh(case).lock_version)], None, actor=bryn, now=NOW
    )
    assert (done, refused) == ([case.reference], [])
    actions.receive_reply(case.pk, "Thank you!", actor=resident(), now=later(hours=2))
    seen = queries.case_for(bryn, case.reference, now=later(hours=2))
    assert seen is not None
    assert [(m.direction, m.body.splitlines()[0]) for m in seen.messages][1:] == [
        ("out", "We are on our way."),
        ("out", "Till 5pm."),
        ("in", "Thank you!"),
    ]
    assert seen.awaiting_staff_since is not None
    terrys = queries.case_for(terry, case.reference, now=NOW)
    assert terrys is not None
    assert terrys.messages == ()
    track = queries.track(case.reference, case.contact_email, now=NOW)
    assert track is not None
    assert "Third time" not in str(track)
    is_whole(case)


def test_an_answer_is_put_right_and_what_follows_from_it_follows() -> None:
    case = missed_bin()
    bryn = staff("bryn")
    promised = case.finish_by
    with pytest.raises(Missing):
        actions.correct(case.pk, "bin", "food", "", actor=bryn, expected=case.lock_version, now=NOW)
    with pytest.raises(Invalid):
        actions.correct(
            case.pk, "bin", "gold", "typo", actor=bryn, expected=case.lock_version, now=NOW
        )
    case = actions.correct(
        case.pk,
        "bin",
        "food",
        "They rang",
        actor=bryn,
        expected=case.lock_version,
        now=later(hours=1),
    )
    assert case.urgent, "food waste cannot wait"
    assert promised is not None
    assert case.finish_by is not None
    assert case.finish_by <= promised
    assert "Food" in case.summary
    case = actions.correct(
        case.pk,
        "email",
        "Robin@Example.org",
        "A typo",
        actor=staff("asha"),
        expected=case.lock_version,
        now=later(hours=2),
    )
    assert case.contact_email == "robin@example.org"
    is_whole(case)


def test_welsh_all_the_way() -> None:
    case = missed_bin(language="cy")
    assert case.language == "cy"
    [told] = Message.objects.filter(subject_ref=case.reference)
    assert f"/cy/track/{case.reference}/" in told.body
    assert told.language == "cy"
    track = queries.track(case.reference, case.contact_email, lang="cy", now=NOW)
    assert track is not None
    assert track.timeline[0].what == "Cais wedi dod i law"
    is_whole(case)


def test_a_case_that_follows_another() -> None:
    first = permit()
    second = permit(follows=first.reference)
    assert second.follows_id == first.pk
    assert second.fee_pence == 4500
    is_whole(second)


def test_money_is_paid_back_in_part() -> None:
    case = permit()
    pays(case)
    nadia = staff("nadia")
    with pytest.raises(Invalid, match="£45"):
        actions.refund(case.pk, Decimal("45.01"), "Too much", actor=nadia, now=NOW)
    actions.refund(case.pk, Decimal("20.00"), "A mistake of ours", actor=nadia, key="r1", now=NOW)
    actions.refund(case.pk, Decimal("20.00"), "A mistake of ours", actor=nadia, key="r1", now=NOW)
    case = fresh(case)
    assert (case.refunded_pence, case.paid_state) == (2000, "part_refunded")
    actions.refund(case.pk, Decimal("25.00"), "The rest", actor=nadia, now=NOW)
    assert fresh(case).paid_state == "refunded"
    with pytest.raises(NotAllowed):
        actions.refund(case.pk, Decimal("1.00"), "More", actor=nadia, now=NOW)
    is_whole(case)


def test_an_unknown_service_and_a_look_up_that_failed() -> None:
    with pytest.raises(NotAllowed, match="does not offer"):
        actions.open_case(
            service="no_such",
            answers={},
            look_ups={},
            channel="online",
            actor=resident(),
            key="x",
            now=NOW,
        )
    case = actions.open_case(
        service="missed_bin",
        answers=bin_answers(),
        look_ups={"collection": None},
        channel="online",
        actor=resident(),
        key="failed",
        now=NOW,
    )
    assert case.look_ups == {"collection": None}
    assert BIN_LOOK_UPS
    is_whole(case)
