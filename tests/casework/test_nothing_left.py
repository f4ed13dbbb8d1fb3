"""What is redacted or kept long enough is nowhere: every table of the database is looked through."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall import outbox
from moothall.casework import actions, handing, ledger, queries, reading, retention
from moothall.casework.models import Case
from moothall.files.models import StoredFile
from moothall.files.store import path_of
from moothall.pay.models import Payment
from tests.casework.conftest import (
    NOW,
    address,
    bin_answers,
    fresh,
    is_whole,
    later,
    missed_bin,
    pays,
    permit,
    resident,
    staff,
)
from tests.casework.test_beside import complaint_answers

pytestmark = pytest.mark.django_db

HIDDEN = "Zebedee Quillfeather"
MAIL = "zebedee.quillfeather@example.org"
PHONE = "07700 900777"


def found_in(words: str) -> list[str]:
    """Tables and columns of the whole database in which `words` stand."""
    places = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            for field in model._meta.local_concrete_fields:
                column = connection.ops.quote_name(field.column)
                name = connection.ops.quote_name(table)
                cursor.execute(
                    f"SELECT COUNT(*) FROM {name} WHERE LOWER(CAST({column} AS TEXT)) LIKE %s",
                    [f"%{words.lower()}%"],
                )
                row = cursor.fetchone()
                if row and row[0]:
                    places.append(f"{table}.{field.column}")
    return places


class Undo(Exception):
    """Ends one example and takes back what it wrote."""


WHAT = st.lists(
    st.sampled_from(
        ["note", "task", "reply", "write in", "call back", "correct", "join", "hand over", "index"]
    ),
    min_size=2,
    max_size=7,
)


@given(WHAT)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_name_that_is_erased_is_in_no_table(what: list[str]) -> None:
    try:
        with transaction.atomic():
            story(what)
            raise Undo
    except Undo:
        pass


def story(what: list[str]) -> None:
    bryn, marcus = staff("bryn"), staff("marcus")
    answers = bin_answers(name=HIDDEN, email=MAIL, address=address("990000000002"))
    case, other = missed_bin(answers=answers, key="it"), missed_bin(key="other")
    linked = [case]
    for number, one in enumerate(what):
        now = later(minutes=number)
        if one == "note":
            actions.add_note(case.pk, f"{HIDDEN} rang", actor=bryn, now=now)
        elif one == "task":
            actions.set_task(case.pk, f"Ring {HIDDEN} ({MAIL})", actor=bryn, days=1, now=now)
        elif one == "reply" and fresh(case).is_open:
            actions.reply(case.pk, f"Dear {HIDDEN}", actor=bryn, now=now)
        elif one == "write in":
            actions.receive_reply(case.pk, f"I am {HIDDEN}", actor=resident(), now=now)
        elif one == "call back":
            actions.ask_call_back(
                case.pk, PHONE, actor=bryn, about=f"For {HIDDEN}", channel="phone", now=now
            )
        elif one == "correct" and fresh(case).is_open:
            actions.correct(
                case.pk,
                "where_left",
                f"Ask {HIDDEN}",
                "Better",
                actor=bryn,
                expected=fresh(case).lock_version,
                now=now,
            )
        elif one == "join" and fresh(case).is_open:
            actions.merge(
                case.pk, other.reference, f"{HIDDEN} too", actor=bryn, copy_notes=True, now=now
            )
            linked.append(other)
        elif one == "hand over" and fresh(case).is_open:
            linked.append(
                actions.hand_over(
                    case.pk,
                    "complaint",
                    f"{HIDDEN} complains",
                    actor=bryn,
                    answers={**complaint_answers(), **about(HIDDEN)},
                    now=now,
                )
            )
        elif one == "index":
            outbox.drain()
    outbox.drain()
    assert found_in(HIDDEN)
    actions.redact(case.pk, ["name", "email"], "Asked", actor=marcus, now=later(days=1))
    if "call back" in what:
        numbers = [
            event.sequence for event in case.events.filter(kind="call_back_asked").order_by("pk")
        ]
        actions.redact(
            case.pk, [f"{one}.phone" for one in numbers], "Asked", actor=marcus, now=later(days=1)
        )
        assert not found_in(PHONE)
    outbox.drain()
    assert not found_in(HIDDEN)
    assert not found_in(MAIL)
    assert not found_in("quillfeather")
    for one_case in linked:
        is_whole(one_case)
        assert fresh(one_case).anonymised_at is None


def about(name: str) -> dict[str, Any]:
    """An answer of the complaint in which a name stands among other words."""
    from moothall.packs.queries import service

    complaint = service("complaint")
    assert complaint is not None
    words = [one.id for one in complaint.questions.values() if one.type == "long text"]
    return {words[0]: f"I am {name} and I am not pleased."}


def test_a_photo_that_is_erased_is_erased_from_the_case_it_was_copied_to() -> None:
    gwen = staff("gwen")
    main, copy = permit(), permit()
    actions_before = copy.answers["log_book"][0]["id"]
    pays(main)
    pays(copy)
    actions.merge(
        copy.pk, main.reference, "Twice", actor=gwen, copy_files=True, refund=True, now=NOW
    )
    copied = StoredFile.objects.filter(owner=main.reference).exclude(
        public_id__in=[main.answers[one][0]["id"] for one in ("log_book", "proof_of_address")]
    )
    assert copied.count() == 2
    original = StoredFile.objects.get(public_id=actions_before)
    twin = copied.get(sha256=original.sha256)
    assert path_of(twin.stored_as).exists()
    actions.redact(copy.pk, ["log_book"], "Asked", actor=gwen, now=later(days=1))
    left = StoredFile.objects.filter(owner=main.reference)
    assert left.count() == 3
    assert not left.filter(pk=twin.pk).exists()
    assert main.answers["log_book"][0]["id"] in set(left.values_list("public_id", flat=True))
    is_whole(main)
    is_whole(copy)


def test_retention_leaves_nothing_of_a_person_beside_the_case() -> None:
    bryn = staff("bryn")
    case = missed_bin(answers=bin_answers(name=HIDDEN, email=MAIL))
    actions.set_task(case.pk, f"Ring {HIDDEN}", actor=bryn, days=1, now=NOW)
    actions.add_note(case.pk, f"@dilys {HIDDEN} rang", actor=bryn, now=NOW)
    actions.ask_call_back(case.pk, PHONE, actor=resident(), about=HIDDEN, now=NOW)
    actions.move(
        case.pk,
        "close",
        actor=bryn,
        expected=fresh(case).lock_version,
        reason=f"{HIDDEN} is wrong",
        message="No",
        now=NOW,
    )
    outbox.drain()
    retention.anonymise(case.pk, now=later(days=800))
    assert not found_in(HIDDEN)
    assert not found_in(MAIL)
    assert not found_in(PHONE)
    assert ledger.check_case(fresh(case)).why == ""
    is_whole(case)


@pytest.mark.parametrize("end", [retention.anonymise, retention.delete])
def test_when_the_time_of_a_duplicate_is_up_its_copies_go_too(end: Callable[..., Any]) -> None:
    gwen = staff("gwen")
    main, copy = permit(), permit()
    pays(main)
    pays(copy)
    actions.add_note(copy.pk, f"{HIDDEN} rang", actor=gwen, now=NOW)
    actions.add_note(main.pk, "A note of its own", actor=gwen, now=NOW)
    actions.merge(
        copy.pk,
        main.reference,
        "Twice",
        actor=gwen,
        copy_files=True,
        copy_notes=True,
        refund=True,
        now=NOW,
    )
    theirs = StoredFile.objects.filter(owner=main.reference).exclude(
        public_id__in=[main.answers[one][0]["id"] for one in ("log_book", "proof_of_address")]
    )
    assert not reading.sees_file(fresh(main), resident(), theirs[0].public_id)
    assert reading.sees_file(fresh(main), gwen, theirs[0].public_id)
    end(copy.pk, now=later(days=800))
    assert not found_in(HIDDEN)
    assert StoredFile.objects.filter(owner=main.reference).count() == 2
    seen = queries.case_for(gwen, main.reference, now=later(days=800))
    assert seen is not None
    assert any(one.detail == "A note of its own" for one in seen.timeline)
    is_whole(main)


# The fee follows the answer


def test_a_corrected_answer_that_costs_more_is_asked_for_and_one_that_costs_less_is_offered_back() -> (
    None
):
    nadia = staff("nadia")
    case = permit()
    assert case.fee_pence == 4500

    def correct(lasts: str) -> Case:
        return actions.correct(
            case.pk,
            "lasts",
            lasts,
            "They said so",
            actor=nadia,
            expected=fresh(case).lock_version,
            now=NOW,
        )

    lasts = handing.service_of(case).questions["lasts"].options
    cheaper = next(one for one in lasts if one != "year")
    correct(cheaper)
    price = fresh(case).fee_pence
    assert 0 < price < 4500
    assert fresh(case).state == "unpaid"
    assert Payment.objects.filter(subject_ref=case.reference).count() == 0
    correct("year")
    pays(case)
    assert fresh(case).paid_pence == 4500
    correct(cheaper)
    seen = queries.case_for(nadia, case.reference, now=NOW)
    assert seen is not None
    assert (seen.payment.over, seen.payment.owed) == (4500 - price, 0)
    changed = [one for one in seen.timeline if one.kind == "corrected"][-1]
    assert changed.before
    assert changed.after
    assert changed.before != changed.after
    actions.refund(case.pk, Decimal(4500 - price) / 100, "Too much", actor=nadia, now=NOW)
    correct("year")
    seen = queries.case_for(nadia, case.reference, now=NOW)
    assert seen is not None
    assert seen.payment.owed == 4500 - price
    assert seen.payment.can_pay
    paid = pays(case, later(hours=1))
    assert paid.pence == 4500 - price
    seen = queries.case_for(nadia, case.reference, now=later(hours=1))
    assert seen is not None
    assert (seen.payment.owed, seen.payment.over) == (0, 0)
    is_whole(case)
