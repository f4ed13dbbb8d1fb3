"""Putting answers right, and saying who may see a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import money, paying, permissions, searching, summaries
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import FILE_TYPES, facts_of, service_of
from moothall.casework.ledger import Writing, append, check_expected, locked
from moothall.casework.models import Case
from moothall.casework.promises import promise_fields
from moothall.language import Service
from moothall.people.actor import Actor

CONTACT_FIELDS = ("name", "email", "phone", "postcode")


def correct(
    case_id: int,
    question_id: str,
    value: Any,
    reason: str,
    *,
    actor: Actor,
    expected: int,
    now: datetime | None = None,
) -> Case:
    """Put an answer right. `question_id` is an id, or `items.<row id>.<field>` in a repeat.

    The promise, the summary and the contact follow, and a fee that was asked for or paid: what is more
    is asked for, what is less is offered to be paid back (`PaymentView.over`), what is nothing lets the
    case begin. The old value stays in the chain (see `redact`). A chosen time and files are changed by moves, not here. Raises Invalid when the value breaks a rule
    of its question, Missing without a reason, Conflict, NotAllowed, NotFound.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise Missing("reason", "Say why the answer is changed.")
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        service = service_of(case)
        known = answer_fields.question_of(f"{answer_fields.PREFIX}{question_id}")
        if "correct" not in permissions.can(case, service, actor):
            raise NotAllowed("The service does not let you change an answer in this case.")
        if known not in permissions.fields_seen(case, service, actor):
            raise NotAllowed("The service does not let you see this answer.")
        question = service.questions[known]
        if question.type in FILE_TYPES or question.type == "slot":
            raise Invalid(known, "Files and booked times are changed by a step of the case.")
        fields = _corrected_answers(case, service, question_id, value, now=now)
        writing = Writing(case, actor=actor, channel="desk", now=now)
        was = money.fee_now(writing, service)
        writing.add(
            Kind.CORRECTED,
            {
                "question": question_id,
                "reason": reason.strip(),
                **fields,
                **_consequences(case, service, fields, question.personal == "contact", now=now),
            },
        )
        paying.price_anew(writing, service, was, field=known)
        writing.save()
        searching.index(case, service)
        return case


def _corrected_answers(
    case: Case, service: Service, question_id: str, value: Any, *, now: datetime
) -> dict[str, Any]:
    path = question_id.split(".")
    known = answer_fields.question_of(f"{answer_fields.PREFIX}{question_id}")
    question = service.questions[known]
    if question.row_of is not None:
        rows = case.answers.get(question.row_of) or ()
        if len(path) != 3 or not any(
            isinstance(row, dict) and row.get("_id") == path[1] for row in rows
        ):
            raise Invalid(question_id, "There is no such row.")
    facts = facts_of(case, service, now=now)
    for error in language.check_answer(service, known, value, facts=facts):
        raise Invalid(question_id, error.message)
    return {f"{answer_fields.PREFIX}{question_id}": value}


def _consequences(
    case: Case, service: Service, fields: dict[str, Any], contact: bool, *, now: datetime
) -> dict[str, Any]:
    after = case.answers
    answer_fields.put(after, fields)
    facts = facts_of(case, service, now=now, answers=after)
    follow: dict[str, Any] = dict(summaries.projected(service, after))
    if case.started_at and case.state in service.states and case.is_open:
        promise = promise_fields(
            service,
            facts,
            started=case.started_at,
            pauses=case.pauses,
            state=case.state,
            entered=case.state_since,
        )
        follow |= {name: item for name, item in promise.items() if name not in {"clock", "ends"}}
    if contact:
        found = language.contact_details(service, facts)
        for part in CONTACT_FIELDS:
            text = str(getattr(found, part))
            if text:
                text = text.strip().lower() if part == "email" else text
                text = text.upper().replace(" ", "") if part == "postcode" else text
                follow[f"contact.{part}"] = text
    return follow


def restrict(
    case_id: int,
    restricted: bool,
    reason: str,
    *,
    actor: Actor,
    expected: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Let only those see the case whom the file lets see restricted ones, and whoever it is assigned to."""
    now = now or timezone.now()
    if not reason.strip():
        raise Missing("reason", "Say why.")
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        check_expected(case, expected)
        if "restrict" not in permissions.can(case, service_of(case), actor):
            raise NotAllowed("Only a manager of the team may say who sees a case.")
        fields = {"restricted": restricted, "reason": reason.strip()}
        return append(case, Kind.RESTRICTED, fields, actor=actor, channel="desk", now=now)
