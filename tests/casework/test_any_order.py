"""Whatever is done in whatever order, the chain verifies and the projection is what the events give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moothall import outbox
from moothall.casework import actions, clock, queries, retention
from moothall.casework.errors import CaseworkError
from moothall.casework.models import Case, Task
from moothall.pay import actions as pay
from moothall.pay.actions import PayUnavailable
from moothall.pay.models import StandInPayment
from moothall.people.actor import Actor
from moothall.people.models import User
from tests.casework.conftest import NOW, fresh, is_whole, missed_bin, permit, resident, staff
from tests.casework.test_beside import complaint_answers

pytestmark = pytest.mark.django_db

WHO = ["bryn", "marcus", "terry", "asha", "nadia", "gwen", "resident"]
WHAT = [
    "move",
    "move",
    "move",
    "note",
    "assign",
    "reply",
    "write in",
    "correct",
    "redact",
    "refund",
    "pay",
    "restrict",
    "join",
    "part",
    "reopen",
    "team",
    "hand over",
    "task",
    "task over",
    "call back",
    "call",
    "jobs",
    "tick",
    "tick",
    "keep",
    "stale",
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        st.sampled_from(WHO),
        st.integers(0, 11),
        st.sampled_from([1, 60, 24 * 60, 12 * 24 * 60, 400 * 24 * 60]),
    ),
    min_size=1,
    max_size=14,
)


class Undo(Exception):
    """Ends one example and takes back what it wrote."""


@given(st.sampled_from(["missed_bin", "parking_permit"]), STEPS)
@settings(
    max_examples=45,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_sequence_of_actions_leaves_a_whole_chain(
    service: str, steps: list[tuple[str, str, int, int]]
) -> None:
    try:
        with transaction.atomic():
            make = missed_bin if service == "missed_bin" else permit
            case, other = make(key="it"), make(key="other")
            walk(case, other, steps)
            raise Undo
    except Undo:
        pass


def walk(case: Case, other: Case, steps: list[tuple[str, str, int, int]]) -> None:
    people: dict[str, Actor] = {who: resident() if who == "resident" else staff(who) for who in WHO}
    now = NOW
    for what, who, number, minutes in steps:
        now += timedelta(minutes=minutes)
        before = fresh(case)
        try:
            with transaction.atomic():
                act(case, other, what, people[who], number, now)
        except (CaseworkError, PayUnavailable):
            after = fresh(case)
            assert after.lock_version == before.lock_version, "a refusal leaves nothing behind"
        is_whole(case)
        is_whole(other)
        queries.related_to(people[who], case.pk, now=now)
        queries.tasks_of(people[who], now=now)
        queries.case_for(people[who], case.reference, now=now)
        queries.cases_of(User(pk=1), now=now)


def act(case: Case, other: Case, what: str, actor: Actor, number: int, now: datetime) -> None:
    seen = fresh(case)
    fields = [
        "name",
        "bin",
        "registration",
        "email",
        "contact.phone",
        "3.text",
        "2.@actor",
        "car_is",
    ]
    values = ["food", "refuse", "Robin Sparrow", "x@example.org", "", None, "mine", "AB12CDF"]
    texts = ["Robin Sallow rang", "é‮x @dilys", " ", "Long " * 50]
    phones = ["07700 900123", "+44 1632 960001", "12", "01632 960 002"]
    outcomes = ["no_answer", "reached", "wrong_number", "no_answer"]
    tasks = list(Task.objects.filter(case=case).order_by("number"))
    task = tasks[number % len(tasks)].number if tasks else 1
    doing: dict[str, Callable[[], object]] = {
        "move": lambda: a_move(seen, actor, number, now),
        "note": lambda: actions.add_note(case.pk, texts[number % 4], actor=actor, now=now),
        "assign": lambda: actions.assign(case.pk, actor.user_id, actor=actor, now=now),
        "reply": lambda: actions.reply(case.pk, texts[number % 4], "email", actor=actor, now=now),
        "write in": lambda: actions.receive_reply(case.pk, texts[number % 4], actor=actor, now=now),
        "correct": lambda: actions.correct(
            case.pk,
            fields[number % 4],
            values[number % 8],
            "Put right",
            actor=actor,
            expected=seen.lock_version,
            now=now,
        ),
        "redact": lambda: actions.redact(
            case.pk, [fields[number % 8]], "Asked", actor=actor, now=now
        ),
        "refund": lambda: actions.refund(
            case.pk, Decimal(number + 1), "Sorry", actor=actor, now=now
        ),
        "pay": lambda: a_payment(case, actor, number, now),
        "restrict": lambda: actions.restrict(case.pk, number % 2 == 0, "Why", actor=actor, now=now),
        "join": lambda: actions.merge(
            *((case.pk, other.reference) if number % 4 else (other.pk, case.reference)),
            "The same",
            actor=actor,
            copy_files=number % 2 == 0,
            copy_notes=True,
            refund=number % 3 == 0,
            now=now,
        ),
        "part": lambda: actions.unmerge(case.pk, "Not the same", actor=actor, now=now),
        "reopen": lambda: actions.reopen(case.pk, "Again", actor=actor, now=now),
        "team": lambda: actions.hand_over_to_team(
            case.pk,
            ["waste_crews", "waste", "parking", "nobody"][number % 4],
            actor=actor,
            reason="Theirs",
            now=now,
        ),
        "hand over": lambda: actions.hand_over(
            case.pk,
            "complaint",
            "Theirs",
            actor=actor,
            answers=complaint_answers() if number % 2 else None,
            now=now,
        ),
        "task": lambda: actions.set_task(
            case.pk,
            texts[number % 4],
            actor=actor,
            for_user=actor.user_id if number % 2 else None,
            days=number,
            now=now,
        ),
        "task over": lambda: (
            actions.finish_task(case.pk, task, actor=actor, now=now)
            if number % 2
            else actions.cancel_task(case.pk, task, "No", actor=actor, now=now)
        ),
        "call back": lambda: actions.ask_call_back(
            case.pk, phones[number % 4], actor=actor, window="any", now=now
        ),
        "call": lambda: actions.record_call(
            case.pk, task, outcomes[number % 4], actor=actor, note=texts[number % 4], now=now
        ),
        "jobs": lambda: outbox.drain(strict=True),
        "tick": lambda: clock.tick(now),
        "keep": lambda: retention.run(now),
        "stale": lambda: actions.add_note(case.pk, "x", actor=actor, expected=1, now=now),
    }
    doing[what]()


def a_move(case: Case, actor: Actor, number: int, now: datetime) -> None:
    possible = queries.moves_for(case, actor, now=now)
    if possible:
        chosen = possible[number % len(possible)]
        actions.move(
            case.pk,
            chosen.id,
            actor=actor,
            expected=case.lock_version,
            reason="Because" if number % 3 else "",
            message="Dear Robin Sallow",
            now=now,
        )


def a_payment(case: Case, actor: Actor, number: int, now: datetime) -> None:
    payment = actions.start_payment(
        case.pk, actor=actor, return_url="http://testserver/", key=f"pay-{number}", now=now
    )
    status = ["success", "success", "failed", "cancelled"][number % 4]
    StandInPayment.objects.filter(provider_id=payment.provider_id).update(status=status)
    pay.refresh(payment.public_id, now=now)
