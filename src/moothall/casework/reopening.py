"""Opening an ended case again, where the service file has no step for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall.casework import messages, permissions, searching, words
from moothall.casework.errors import Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, service_of
from moothall.casework.ledger import Writing, check_expected, locked
from moothall.casework.models import HANDED_OVER, LAPSED, MERGED, Case, Event
from moothall.casework.promises import promise_fields
from moothall.casework.resuming import clock_again
from moothall.language import Service
from moothall.people.actor import Actor

_WHY_NOT = {
    MERGED: "This case was joined to another one. Take it apart from that one instead.",
    HANDED_OVER: "This case goes on in another service. Open that case again instead.",
    LAPSED: "This case ended because it was not paid for. It can only be asked for anew.",
}


def reopen(
    case_id: int,
    reason: str,
    *,
    actor: Actor,
    expected: int | None = None,
    message: str = "",
    now: datetime | None = None,
) -> Case:
    """Open an ended case again, in the last state in which it was open.

    For a manager of the team that owns the service; where the file has a step of its own out of the
    ended state, that step is the way. The promise goes on by the rule of `casework.resuming`. The
    person is told, with `message` where there is one. Raises Missing without a reason, NotAllowed,
    NotFound, Conflict.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise Missing("reason", "Say why the case is opened again.")
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        if "reopen" not in permissions.can(case, service, actor):
            raise NotAllowed(_why_not(case, service))
        writing = Writing(case, actor=actor, channel="desk", now=now)
        again = clock_again(case, service, now=writing.now)
        state = last_open_state(case, service)
        facts = facts_of(case, service, now=writing.now, state=state)
        fields: dict[str, Any] = {
            "state": state,
            "from": case.state,
            "promise": again.how,
            "reason": reason.strip(),
            **promise_fields(
                service,
                facts,
                started=again.started,
                pauses=again.pauses,
                state=state,
                entered=writing.now,
            ),
        }
        writing.add(Kind.REOPENED, fields)
        say = words.say("reopened_body", case.language, service=_name(case, service))
        messages.write_to_applicant(
            writing,
            means=("email", "text", "letter"),
            subject=words.say("reopened_subject", case.language, reference=case.reference),
            body=f"{say}\n\n{message.strip()}".strip(),
            told="reopened",
        )
        writing.save()
        searching.index(case, service)
        return case


def _name(case: Case, service: Service) -> str:
    return service.text("name", case.language) or service.name


def _why_not(case: Case, service: Service) -> str:
    if case.state in _WHY_NOT:
        return _WHY_NOT[case.state]
    if case.is_open:
        return "The case is open."
    if permissions.opens_by_move(case, service):
        return "The service has a step of its own that opens a case again. Use that one."
    return "Only a manager of the team may open a case again."


def last_open_state(case: Case, service: Service) -> str:
    """The last state of the file in which the case was open; its first one where there was none."""
    moves = Event.objects.filter(case=case, kind=Kind.MOVED).order_by("-sequence")
    for event in moves.iterator(50):
        state = service.states.get(str(event.fields.get("from")))
        if state is not None and state.ends is None:
            return state.id
    return service.case.starts
