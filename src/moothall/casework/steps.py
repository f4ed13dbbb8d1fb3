"""What a step in a case's life brings with it, whoever makes it: events, clock, time, money, messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import booking, messages, money, summaries
from moothall.casework.events import Kind
from moothall.casework.facts import FILE_TYPES, facts_of
from moothall.casework.ledger import Writing
from moothall.casework.models import PaidState
from moothall.casework.promises import pauses_after, promise_fields
from moothall.casework.resuming import clock_again
from moothall.files import actions as files_room
from moothall.language import Move, Service
from moothall.people.actor import CLOCK, SYSTEM

MOST_BY_ITSELF = 10
"""Moves that the machine makes in a row before it stops: a service file in a circle must not hang."""


@dataclass(frozen=True)
class Given:
    """What comes with a move."""

    reason: str = ""
    message: str = ""
    files: Sequence[Mapping[str, Any]] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    from_applicant: bool = False
    """The message and the files come from the person, whoever types them in."""


def start(writing: Writing, service: Service, *, before: str = "") -> None:
    """Begin the case's own life: the promise runs, those concerned are told, the fee is asked for.

    `before`: words for the person that stand before the first message."""
    case, now, state = writing.case, writing.now, service.case.starts
    case.started_at = now
    facts = facts_of(case, service, now=now, state=state)
    writing.add(
        Kind.STARTED,
        {
            "state": state,
            **promise_fields(service, facts, started=now, pauses=(), state=state, entered=now),
        },
    )
    told = messages.tell(writing, service, "starts", before=before)
    messages.tell(writing, service, f"state:{state}", before="" if told else before)
    entered(writing, service)


def make(writing: Writing, service: Service, chosen: Move, given: Given) -> None:
    """Make the move: events, clock, slot, money back, messages. Who may was settled before."""
    case, now = writing.case, writing.now
    if given.message and given.from_applicant:
        writing.add(Kind.MESSAGE_RECEIVED, {"text": given.message, "files": list(given.files)})
    if case.finish_by and case.finish_by < now and not (case.breached_at or case.paused_since):
        writing.add(Kind.BREACHED, {"due": case.finish_by}, actor=CLOCK, channel="system")
    answers = {**case.answers, **given.answers}
    _book(writing, service, given)
    to = service.states[chosen.to]
    started = case.started_at or case.opened_at
    again = clock_again(case, service, now=now) if case.ended_at and to.ends is None else None
    if again is not None:
        started = again.started
    pauses = pauses_after(
        case.pauses if again is None else again.pauses,
        paused_since=None if again is not None else case.paused_since,
        will_pause=to.clock_paused,
        at=now,
    )
    facts = facts_of(case, service, now=now, state=to.id, answers=answers)
    fields: dict[str, Any] = {
        "move": chosen.id,
        "from": case.state,
        "to": to.id,
        **promise_fields(
            service,
            facts,
            started=started,
            pauses=pauses,
            state=to.id,
            entered=now,
        ),
        **({"promise": again.how} if again is not None else {}),
        **answer_fields.flatten(given.answers),
    }
    if given.answers:
        fields |= {
            name: value
            for name, value in summaries.projected(service, answers).items()
            if name != "place.ward" or value
        }
    if given.reason:
        fields["reason"] = given.reason
    if given.message and not given.from_applicant:
        fields["message"] = given.message
    if given.files and not (given.message and given.from_applicant):
        fields["files"] = list(given.files)
    writing.add(Kind.MOVED, fields)
    money.refund_on_move(writing, service, chosen)
    if to.ends and to.ends != "done":
        booking.let_go(case)
    extra = "" if given.from_applicant else given.message
    told = messages.tell(writing, service, f"move:{chosen.id}", extra=extra)
    told += messages.tell(writing, service, f"state:{to.id}", extra="" if told else extra)
    if extra and not told:
        messages.write_to_applicant(
            writing,
            means=("email", "text", "letter"),
            subject=f"{service.name} ({case.reference})",
            body=extra,
            told=chosen.id,
        )


def _book(writing: Writing, service: Service, given: Given) -> None:
    for question_id, value in sorted(given.answers.items()):
        question = service.questions[question_id]
        if question.type in FILE_TYPES:
            ids = [str(one["id"]) for one in value or ()]
            files_room.adopt(ids, owner=writing.case.reference, from_owner=writing.case.reference)
        if question.type == "slot":
            booking.change(writing, service, question_id, value)


def entered(writing: Writing, service: Service) -> None:
    """What a state brings by itself: a fee that falls due here, and moves that the machine makes."""
    case = writing.case
    for _ in range(MOST_BY_ITSELF):
        if case.ended_at:
            return
        _fall_due(writing, service)
        facts = facts_of(case, service, now=writing.now)
        by_itself = [
            one
            for one in language.moves_for(
                service, facts, state=case.state, roles=frozenset({"system"})
            )
            if one.when is not None and not one.needs
        ]
        if not by_itself:
            return
        mine, writing.actor = writing.actor, SYSTEM
        try:
            make(writing, service, by_itself[0], Given())
        finally:
            writing.actor = mine


def _fall_due(writing: Writing, service: Service) -> None:
    """Ask for the fee that is taken on approval, when the case has come into its state."""
    case = writing.case
    if service.fee is None or service.fee.taken == "before" or service.fee.state != case.state:
        return
    if case.paid_state != PaidState.NONE:
        return
    fee = money.fee_now(writing, service)
    if fee is None or not fee.known:
        return
    kind = Kind.FEE_WAIVED if fee.waived or not fee.pence else Kind.FEE_DUE
    writing.add(kind, {"pence": fee.pence})
    if kind == Kind.FEE_WAIVED:
        move_on_payment(writing, service)


def move_on_payment(writing: Writing, service: Service) -> None:
    """The machine's own move out of the state that waited for the fee, where the file has one."""
    facts = facts_of(writing.case, service, now=writing.now)
    onward = [
        one
        for one in language.moves_for(
            service, facts, state=writing.case.state, roles=frozenset({"system"})
        )
        if not one.needs
    ]
    if onward:
        make(writing, service, onward[0], Given())
