"""The bookable time of a case: held while somebody pays, booked when the case begins, changed by moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from moothall.casework.answers import PREFIX
from moothall.casework.events import Kind
from moothall.casework.facts import slot_questions
from moothall.casework.ledger import Writing
from moothall.casework.models import Case
from moothall.language import Service
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


def hold(
    case: Case, service: Service, answers: Mapping[str, Any], *, held_by: str = "", now: datetime
) -> None:
    """Hold the chosen times for somebody who goes to pay. Raises slots.SlotTaken."""
    chosen = chosen_slots(service, answers)
    if chosen and held_by:
        slots.cancel(held_by)
    for _, slot in chosen:
        slots.hold(slot["id"], case.reference, now + HOLD, now=now)


def take(case: Case, service: Service, *, held_by: str, now: datetime) -> Chosen:
    """Book the chosen times; `note` must follow. Raises slots.SlotTaken."""
    chosen = chosen_slots(service, case.answers)
    for _, slot in chosen:
        slots.book(slot["id"], case.reference, held_by=held_by or None, now=now)
    return chosen


def note(writing: Writing, chosen: Chosen) -> None:
    """Write down what was booked."""
    for question, slot in chosen:
        writing.add(Kind.BOOKED, _fields(question, slot))


def change(
    writing: Writing, question: str, slot: Mapping[str, Any], *, answer: bool = False
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
        slots.book(slot["id"], reference, held_by=reference, now=writing.now)
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
