"""The bookable time of a case: held while somebody pays, booked when the case begins, changed by moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from moothall.casework.answers import PREFIX
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, slot_questions
from moothall.casework.ledger import Writing
from moothall.casework.models import Case
from moothall.language import Facts, Service, limits_of
from moothall.slots import actions as slots
from moothall.slots import queries as slot_queries

HOLD = timedelta(hours=2)
"""How long a time stays held for somebody who has gone to pay: longer than a payment page lives."""

Chosen = list[tuple[str, dict[str, Any]]]


def chosen_slots(service: Service, answers: Mapping[str, Any]) -> Chosen:
    """The bookable times among `answers`, in the order of their ids, as slots must be booked."""
    found = [
        (question, answers[question])
        for question in slot_questions(service)
        if isinstance(answers.get(question), dict)
    ]
    return sorted(found, key=lambda one: int(one[1]["id"]))


def places(service: Service, question: str, facts: Facts) -> int:
    """How many places a booking of this question takes: what its `places:` comes to, 1 at least."""
    return max(1, int(limits_of(service, question, facts).get("places") or 1))


def hold(
    case: Case, service: Service, answers: Mapping[str, Any], *, held_by: str = "", now: datetime
) -> None:
    """Hold the chosen times for somebody who goes to pay. Raises slots.SlotTaken."""
    chosen = chosen_slots(service, answers)
    if chosen and held_by:
        slots.cancel(held_by)
    facts = facts_of(case, service, now=now, answers=answers)
    for question, slot in chosen:
        wanted = places(service, question, facts)
        slots.hold(slot["id"], case.reference, now + HOLD, places=wanted, now=now)


def take(case: Case, service: Service, *, held_by: str, now: datetime) -> Chosen:
    """Book the chosen times; `note` must follow. Raises slots.SlotTaken."""
    chosen = chosen_slots(service, case.answers)
    facts = facts_of(case, service, now=now)
    for question, slot in chosen:
        wanted = places(service, question, facts)
        slots.book(slot["id"], case.reference, held_by=held_by or None, places=wanted, now=now)
    return chosen


def note(writing: Writing, chosen: Chosen) -> None:
    """Write down what was booked."""
    for question, slot in chosen:
        writing.add(Kind.BOOKED, _fields(question, slot))


def change(
    writing: Writing,
    service: Service,
    question: str,
    slot: Mapping[str, Any],
    *,
    answer: bool = False,
) -> None:
    """Book this time for the case in place of what it had. Raises slots.SlotTaken.

    `answer`: the event also carries it as the new answer (a move carries its own).
    """
    reference = writing.case.reference
    booked = slot_queries.bookings_of(reference)
    resource = str(slot.get("resource", ""))
    if any(one.held_until is None and one.slot.resource.slug == resource for one in booked):
        slots.reschedule(reference, slot["id"], now=writing.now)
    else:
        wanted = places(service, question, facts_of(writing.case, service, now=writing.now))
        slots.book(slot["id"], reference, held_by=reference, places=wanted, now=writing.now)
    fields = _fields(question, slot)
    if answer:
        fields[f"{PREFIX}{question}"] = dict(slot)
    writing.add(Kind.BOOKED, fields)


def let_go(case: Case) -> None:
    """Give back whatever the case holds or has booked."""
    slots.cancel(case.reference)


def _fields(question: str, slot: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "question": question,
        "slot": str(slot["id"]),
        "resource": str(slot.get("resource", "")),
        "from": str(slot.get("starts", "")),
        "until": str(slot.get("ends", "")),
    }
