"""Moves between states: by staff, the applicant, the machine and the clock, all through one door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import booking, money, permissions, searching, steps
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.facts import facts_of, service_of, slot_questions
from moothall.casework.ledger import Writing, check_expected, locked
from moothall.casework.models import Case
from moothall.files import actions as files_room
from moothall.files import queries as stored_files
from moothall.language import Move, Service
from moothall.people.actor import Actor

NEEDS = {
    "reason": "Say why.",
    "message": "Write what you want to tell them.",
    "photo": "Add a photo.",
    "files": "Add a file.",
}


def move(
    case_id: int,
    move_id: str,
    *,
    actor: Actor,
    expected: int,
    reason: str = "",
    message: str = "",
    files: Sequence[str] = (),
    answers: Mapping[str, Any] | None = None,
    channel: str = "desk",
    now: datetime | None = None,
) -> Case:
    """Make a move that the service file allows this actor in this state.

    `expected` is the `version` the actor was looking at; `files` are ids from the files room, uploaded
    with the case's reference as their owner; `answers` are those that the move needs (a chosen slot in
    its JSON form). Raises Conflict, NotAllowed, Missing, Invalid, NotFound, `slots.SlotTaken`.
    """
    now = now or timezone.now()
    with transaction.atomic():
        money.lock_payments(case_id)
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        facts = facts_of(case, service, now=now)
        allowed = {one.id: one for one in permissions.moves_for(case, service, actor, facts)}
        if move_id not in allowed:
            raise NotAllowed(_why_not(case, service, move_id))
        given = steps.Given(
            reason=reason.strip(),
            message=message.strip(),
            files=take_files(case, files, now=now),
            answers=dict(answers or {}),
            from_applicant=actor.kind == "applicant",
        )
        chosen = allowed[move_id]
        check_needs(case, service, chosen, given, now=now)
        writing = Writing(case, actor=actor, channel=channel, now=now)
        steps.make(writing, service, chosen, given)
        steps.entered(writing, service)
        writing.save()
        if given.answers:
            searching.index(case, service)
        return case


def _why_not(case: Case, service: Service, move_id: str) -> str:
    known = service.moves.get(move_id)
    if known is None:
        return "There is no such step in this service."
    if case.state not in known.from_states:
        state = service.states.get(case.state)
        label = state.label if state else case.state
        return f"The case is now “{label}”, so “{known.label}” is not possible."
    return f"You may not do “{known.label}” in this case now."


def take_files(case: Case, ids: Sequence[str], *, now: datetime) -> list[dict[str, Any]]:
    """Give uploaded files to the case; return them in their JSON form. Raises files.FileRefused."""
    if not ids:
        return []
    files_room.adopt(ids, owner=case.reference, from_owner=case.reference, now=now)
    stored = stored_files.by_ids(ids)
    return [dict(stored[one].as_answer()) for one in ids if one in stored]


def check_needs(
    case: Case, service: Service, chosen: Move, given: steps.Given, *, now: datetime
) -> None:
    """Raise Missing or Invalid where the move's needs are not met."""
    facts = facts_of(case, service, now=now)
    for need in chosen.needs:
        if need in service.questions:
            question = service.questions[need]
            if question.optional and given.answers.get(need) in (None, "", []):
                continue
            if need not in given.answers:
                raise Missing(need, f"Answer this: {question.label}")
            for error in language.check_answer(service, need, given.answers[need], facts=facts):
                raise Invalid(need, error.message)
        elif not {
            "reason": given.reason,
            "message": given.message,
            "photo": any(str(one.get("type", "")).startswith("image/") for one in given.files),
            "files": given.files,
        }.get(need, True):
            raise Missing(need, NEEDS.get(need, "This is needed."))
    unknown = set(given.answers) - set(chosen.needs)
    if unknown:
        raise Invalid(min(unknown), "This step does not ask for that.")


def rebook(
    case_id: int,
    slot: Mapping[str, Any],
    *,
    actor: Actor,
    expected: int | None = None,
    channel: str = "online",
    now: datetime | None = None,
) -> Case:
    """Choose another time in place of one that was paid for and lost. `slot` is in its JSON form.

    For the applicant and for those who do the work. Raises NotAllowed when no time was lost, Invalid,
    `slots.SlotTaken`.
    """
    now = now or timezone.now()
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        questions = slot_questions(service)
        may = actor.kind == "applicant" or "contact" in permissions.can(case, service, actor)
        if not (case.slot_lost and questions and may and case.is_open):
            raise NotAllowed("There is no time to choose for this case now.")
        facts = facts_of(case, service, now=now)
        for error in language.check_answer(service, questions[0], slot, facts=facts):
            raise Invalid(questions[0], error.message)
        writing = Writing(case, actor=actor, channel=channel, now=now)
        booking.change(writing, service, questions[0], slot, answer=True)
        return writing.save()
