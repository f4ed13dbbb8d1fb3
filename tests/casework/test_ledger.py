"""The ledger in the database: append-only, checked, rebuilt, erased."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from moothall.casework import access, actions, events, ledger, protection, queries, retention
from moothall.casework.errors import Conflict, Invalid, Missing, NotAllowed
from moothall.casework.models import AccessLog, Case, Contact, Deletion, Event
from moothall.files.models import StoredFile
from moothall.notify.models import Message
from moothall.packs.models import ServiceVersion
from tests.casework.conftest import (
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


def ended_bin(now: Any = NOW) -> Case:
    """A missed bin that was emptied a day later."""
    case = missed_bin(now)
    bryn = staff("bryn")
    for move in ("book_a_crew", "bin_emptied"):
        case = fresh(case)
        actions.move(
            case.pk, move, actor=bryn, expected=case.lock_version, now=now + timedelta(days=1)
        )
    return fresh(case)


def everything_of(case: Case) -> str:
    """All that the ledger and the projection still hold, as one text."""
    rows = [list(row) for row in Event.objects.filter(case=case).values_list("payload", "salts")]
    projection = {one.attname: str(getattr(fresh(case), one.attname)) for one in Case._meta.fields}
    return json.dumps([rows, projection], ensure_ascii=False)


# Append-only


@pytest.mark.parametrize("column", ["kind", "digest", "previous", "seals", "channel", "actor_kind"])
def test_the_database_itself_refuses_to_change_an_event(column: str) -> None:
    case = missed_bin()
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(case=case, sequence=2).update(**{column: "x"})
    is_whole(case)


def test_the_database_refuses_to_write_more_into_an_event_or_to_delete_it() -> None:
    case = missed_bin()
    event = Event.objects.get(case=case, sequence=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(payload=event.payload.replace("refuse", "refuze"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(payload=event.payload + " ")
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    is_whole(case)


def test_an_event_is_written_inside_a_transaction_and_once_for_each_place() -> None:
    case = missed_bin()
    event = Event.objects.get(case=case, sequence=2)
    event.pk = None
    with pytest.raises(DatabaseError), transaction.atomic():
        event.save(force_insert=True)


# Tampering


@pytest.fixture
def unprotected(db: None) -> Any:
    """A database whose owner took the triggers away."""
    protection.lift()
    yield
    protection.install()


def tamper(event: Event, column: str, value: Any) -> None:
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(column)
        cursor.execute(
            f"UPDATE casework_event SET {name} = %s WHERE id = %s",
            [value, event.pk],
        )


@pytest.mark.parametrize("column", ["payload", "salts", "seals", "previous", "digest", "kind"])
def test_any_changed_byte_of_any_event_is_found(unprotected: None, column: str) -> None:
    case = ended_bin()
    for event in case.events.order_by("sequence"):
        text: str = getattr(event, column)
        for place in {0, len(text) // 3, len(text) // 2, len(text) - 1}:
            changed = text[:place] + ("b" if text[place] != "b" else "c") + text[place + 1 :]
            tamper(event, column, changed)
            check = ledger.check_case(fresh(case))
            assert check.why, (event.sequence, column, place)
            assert check.broken_at in {event.sequence, event.sequence + 1}
        tamper(event, column, text)
    is_whole(case)


def test_a_case_that_lost_its_last_event_is_found(unprotected: None) -> None:
    case = ended_bin()
    Event.objects.filter(case=case).order_by("-sequence")[0].delete()
    assert "the case says" in ledger.check_case(fresh(case)).why


def test_the_command_names_the_first_broken_event(unprotected: None) -> None:
    good, bad = missed_bin(), ended_bin()
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    assert "Every chain is whole." in out.getvalue()
    anchor = out.getvalue().split("anchor ")[1].split()[0]
    call_command("ledger", "verify", anchor=anchor, stdout=StringIO())

    event = Event.objects.get(case=bad, sequence=3)
    tamper(event, "payload", event.payload.replace("running", "stopped"))
    out = StringIO()
    with pytest.raises(CommandError, match="1 cases are broken"):
        call_command("ledger", "verify", stdout=out)
    assert f"{bad.reference}, event 3: the value of clock was changed." in out.getvalue()
    assert good.reference not in out.getvalue()
    call_command("ledger", "verify", case=good.reference, stdout=StringIO())
    tamper(event, "payload", event.payload)

    missed_bin()
    with pytest.raises(CommandError, match="anchor differs"):
        call_command("ledger", "verify", anchor=anchor, stdout=StringIO())
    with pytest.raises(CommandError, match="no case"):
        call_command("ledger", "verify", case="WM-222-222", stdout=StringIO())


# Building anew


def test_a_projection_that_was_spoilt_is_made_again() -> None:
    cases = [missed_bin(), ended_bin()]
    paid = permit()
    pays(paid)
    Case.objects.filter(pk=cases[0].pk).update(state="emptied", contact_name="X", answers_json="{}")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("ledger", "rebuild", "--check", stdout=out)
    assert f"{cases[0].reference}: state, contact_name, answers_json" in out.getvalue()
    assert fresh(cases[0]).state == "emptied", "only looked"
    out = StringIO()
    call_command("ledger", "rebuild", stdout=out)
    assert "1 projections were made again" in out.getvalue()
    for case in (*cases, paid):
        is_whole(case)
    assert fresh(cases[0]).state == "reported"


def test_rebuilding_can_go_on_where_it_stopped() -> None:
    references = sorted(missed_bin().reference for _ in range(4))
    Case.objects.update(state="booked")
    call_command("ledger", "rebuild", after=references[1], stdout=StringIO())
    states = dict(Case.objects.values_list("reference", "state"))
    assert [states[one] for one in references] == ["booked", "booked", "reported", "reported"]


# Subscriptions


def test_who_subscribes_hears_in_the_same_transaction() -> None:
    heard: list[tuple[str, str]] = []

    def hear(case: Case, event: Event) -> None:
        assert event.pk
        assert case.lock_version >= event.sequence
        heard.append((case.reference, event.kind))

    def refuse(case: Case, event: Event) -> None:
        raise RuntimeError("no")

    events.subscribe(events.Kind.OPENED, hear)
    events.subscribe(events.Kind.OPENED, hear)
    try:
        case = missed_bin()
        assert heard == [(case.reference, "opened")]
        events.subscribe("moved", refuse)
        with pytest.raises(RuntimeError):
            actions.move(
                case.pk, "book_a_crew", actor=staff("bryn"), expected=case.lock_version, now=NOW
            )
        assert fresh(case).state == "reported", "undone with it"
        is_whole(case)
    finally:
        events.unsubscribe("moved", refuse)
        events.unsubscribe(events.Kind.OPENED, hear)
    with pytest.raises(ValueError):
        events.subscribe("opend", hear)


# Erasing


def test_a_manager_erases_a_name_and_the_chain_still_verifies() -> None:
    case = missed_bin()
    marcus = staff("marcus")
    with pytest.raises(NotAllowed):
        actions.redact(case.pk, ["name"], "Asked to", actor=staff("bryn"), now=NOW)
    with pytest.raises(Missing):
        actions.redact(case.pk, ["name"], " ", actor=marcus, now=NOW)
    with pytest.raises(Invalid):
        actions.redact(case.pk, ["no_such"], "Asked to", actor=marcus, now=NOW)
    actions.correct(
        case.pk,
        "name",
        "Robyn Sallow",
        "Spelling",
        actor=marcus,
        expected=case.lock_version,
        now=later(hours=1),
    )
    number = actions.add_note(case.pk, "Robin is a friend", actor=marcus, now=NOW).lock_version
    actions.redact(case.pk, ["name", f"{number}.text"], "Asked to", actor=marcus, now=later(days=1))
    kept = everything_of(case)
    assert "Robyn" not in kept
    assert "Robin is a friend" not in kept
    assert "Robin Sallow" not in kept, "the name of who did it goes too"
    assert fresh(case).contact_name == ""
    is_whole(case)
    seen = queries.case_for(staff("bryn"), case.reference, now=later(days=1))
    assert seen is not None
    [name] = [one for one in seen.answers if one.question == "name"]
    assert name.redacted
    assert name.words == "Erased"
    assert [entry.what for entry in seen.timeline][-1] == "Details erased"
    call_command("ledger", "verify", stdout=StringIO())


def test_the_summary_is_written_anew_without_what_went() -> None:
    case = missed_bin()
    assert "Rubbish" in case.summary
    actions.redact(case.pk, ["bin"], "A mistake", actor=staff("marcus"), now=later(days=1))
    assert "Rubbish" not in everything_of(case)
    with pytest.raises(Invalid, match=r"1\.service"):
        actions.redact(case.pk, ["1.service"], "Why not", actor=staff("marcus"), now=NOW)
    is_whole(case)


def test_an_email_goes_with_every_copy_and_the_tracking_page_closes() -> None:
    case = missed_bin()
    actions.redact(case.pk, ["email"], "Asked to", actor=staff("marcus"), now=later(days=1))
    assert "robin.sallow@example.org" not in everything_of(case)
    assert queries.track(case.reference, "robin.sallow@example.org", now=later(days=1)) is None
    assert not Message.objects.filter(to__contains="robin").exists()
    is_whole(case)


def test_a_photo_is_erased_with_its_bytes() -> None:
    case = permit()
    pays(case)
    assert StoredFile.objects.filter(owner=case.reference).count() == 2
    actions.redact(case.pk, ["log_book"], "Wrong car", actor=staff("gwen"), now=later(days=1))
    assert StoredFile.objects.filter(owner=case.reference).count() == 1
    is_whole(case)


def test_a_colleague_who_did_not_see_the_erasing_is_told() -> None:
    case = missed_bin()
    seen = case.lock_version
    actions.redact(case.pk, ["name"], "Asked to", actor=staff("marcus"), now=NOW)
    with pytest.raises(Conflict):
        actions.move(case.pk, "book_a_crew", actor=staff("bryn"), expected=seen, now=NOW)


# Keeping


def test_what_was_kept_long_enough_is_anonymised_and_can_still_be_counted() -> None:
    case = ended_bin()
    actions.receive_reply(case.pk, "Many thanks, Robin", actor=resident(), now=later(days=2))
    actions.add_note(case.pk, "Robin rang", actor=staff("bryn"), now=later(days=2))
    year = later(days=365)
    assert retention.run(year, dry_run=True).anonymised == {}
    past = later(days=370)
    out = retention.run(past, dry_run=True)
    assert out.anonymised == {"missed_bin": 1}
    assert "Robin" in everything_of(case)
    assert retention.run(past).anonymised == {"missed_bin": 1}
    kept = everything_of(case)
    for gone in ("Robin", "robin", "Abbot", "side gate", "XW1 7DT", "XW17DT"):
        assert gone not in kept, gone
    case = fresh(case)
    assert (case.ward, case.state, case.answers["bin"]) == ("X05000003", "emptied", "refuse")
    assert case.anonymised_at == past
    assert not Message.objects.filter(to__contains="robin").exists()
    assert not Message.objects.filter(body__contains="Robin").exists()
    assert retention.run(past).anonymised == {}
    assert actions.record_contact(channel="phone", outcome="answered", at=past)
    with pytest.raises(NotAllowed):
        actions.add_note(case.pk, "More", actor=staff("bryn"), now=past)
    is_whole(case)
    call_command("ledger", "verify", stdout=StringIO())
    call_command("retention", "--dry-run", stdout=StringIO())


def test_what_is_to_be_deleted_is_deleted_and_only_a_trace_stays() -> None:
    version = ServiceVersion.objects.get(service_id="crisis_support")
    case = ended_bin()
    other = missed_bin()
    service = retention.service_of(case)
    assert service.data.then == "anonymise"
    retention.delete(case.pk, now=later(days=400))
    assert not Case.objects.filter(pk=case.pk).exists()
    assert not Event.objects.filter(case_id=case.pk).exists()
    trace = Deletion.objects.get()
    assert (trace.service_id, trace.head_digest) == ("missed_bin", case.head_digest)
    assert Contact.objects.filter(case=None).count() == 1, "what was counted stays counted"
    assert queries.search(staff("bryn"), case.reference, now=NOW) == ()
    assert version.service_id == "crisis_support"
    is_whole(other)
    call_command("ledger", "verify", stdout=StringIO())


# Who read what


def test_every_reading_is_logged_apart_from_the_chain() -> None:
    case = missed_bin(answers=bin_answers())
    before = kinds(case)
    queries.case_for(staff("bryn"), case.reference, now=NOW)
    queries.case_for(staff("nadia"), case.reference, now=NOW)
    queries.track(case.reference, case.contact_email, now=NOW)
    assert AccessLog.objects.count() == 0, "not on the page's path"
    assert access.flush() == 2
    log = AccessLog.objects.order_by("pk")
    assert [(row.actor_kind, row.why) for row in log] == [("staff", "case"), ("applicant", "track")]
    assert log[0].user_id == staff("bryn").user_id
    assert kinds(case) == before


def test_the_log_writes_by_itself_when_it_is_full() -> None:
    case = missed_bin()
    bryn = staff("bryn")
    for _ in range(access.FULL):
        access.note(bryn, case.reference, "case", now=NOW)
    assert AccessLog.objects.count() == access.FULL
    assert photo
