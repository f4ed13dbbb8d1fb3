"""Handing a case over to another service: what of its answers fits there, and the opening there.

The person tells us nothing twice: answers go over by id and type, and where only one question of a
type that can mean only one thing is asked on each side (an address, a name, an email address, a phone
number, a location). What does not hold there by the rules of its question is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import opening, permissions
from moothall.casework.errors import CaseworkError, Invalid, Missing, NotAllowed, NotFound
from moothall.casework.facts import FILE_TYPES, facts_for, service_of
from moothall.casework.ledger import check_expected
from moothall.casework.models import Case
from moothall.casework.types import ContactDetails
from moothall.files import actions as files
from moothall.files import queries as stored
from moothall.language import Question, Service
from moothall.packs import queries as packs
from moothall.people.actor import Actor

ONE_MEANING = ("address", "location", "name", "email", "phone")


def services_for(case: Case, actor: Actor) -> list[Service]:
    """The services that a case can be handed over to: all that are offered, but its own."""
    if "hand_over" not in permissions.can(case, service_of(case), actor):
        return []
    others = [one for one in packs.offered() if one.id != case.service_id]
    return sorted(others, key=lambda one: one.name.casefold())


def answers_for(case: Case, service: Service, *, now: datetime) -> dict[str, Any]:
    """The answers of `case` that hold in `service`, by its question ids. Files keep the case's ids."""
    source, given = service_of(case), case.answers
    kept: dict[str, Any] = {}
    taken: set[str] = set()
    for question in service.questions.values():
        if question.stage != "form" or question.row_of is not None or question.type == "slot":
            continue
        known = source.questions.get(question.id)
        value = given.get(question.id)
        if known is None or known.type != question.type:
            known = _only_one(source, service, question)
            value = given.get(known.id) if known is not None else None
        fits = known is not None and value not in (None, "", []) and known.id not in taken
        if fits and known is not None and _holds(service, question, value, kept, now):
            kept[question.id] = value
            taken.add(known.id)
    for page in service.pages:
        rows = given.get(page.id) if page.kind == "repeat" else None
        if rows and _same_rows(source, service, page.id):
            facts = facts_for(service, kept, {}, now=now)
            if not language.check_answer(service, page.id, rows, facts=facts):
                kept[page.id] = rows
    return kept


def _only_one(source: Service, service: Service, question: Question) -> Question | None:
    if question.type not in ONE_MEANING:
        return None

    def those(of: Service) -> list[Question]:
        return [
            one
            for one in of.questions.values()
            if one.type == question.type and one.stage == "form" and one.row_of is None
        ]

    there = those(source)
    return there[0] if len(there) == 1 and len(those(service)) == 1 else None


def _holds(
    service: Service, question: Question, value: Any, kept: Mapping[str, Any], now: datetime
) -> bool:
    facts = facts_for(service, {**kept, question.id: value}, {}, now=now)
    return not language.check_answer(service, question.id, value, facts=facts)


def _same_rows(source: Service, service: Service, page: str) -> bool:
    def types(of: Service) -> dict[str, str]:
        return {one.field: one.type for one in of.questions.values() if one.row_of == page}

    return bool(types(service)) and types(source) == types(service)


def copy_files(
    service: Service, answers: Mapping[str, Any], *, owner: str, now: datetime
) -> dict[str, Any]:
    """The answers with copies of their files, held by `owner`. Call it OUTSIDE a transaction."""
    questions = [
        one.id
        for one in service.questions.values()
        if one.type in FILE_TYPES and one.row_of is None
    ]
    ids = [str(one["id"]) for one in answer_fields.files_in(answers, questions)]
    if not ids:
        return dict(answers)
    copies = files.copy(ids, owner=owner, now=now)
    made = dict(answers)
    for question in questions:
        if made.get(question):
            made[question] = [
                dict(copies[str(one["id"])].as_answer())
                for one in made[question]
                if str(one["id"]) in copies
            ]
    return made


def check_hand_over(
    case_id: int, service_id: str, reason: str, *, actor: Actor, expected: int | None = None
) -> tuple[Case, Service]:
    """Whether the case may be handed over to this service now: the case and the service.

    Raises what `hand_over` would, and writes nothing.
    """
    if not reason.strip():
        raise Missing("reason", "Say why it goes to another service.")
    case = Case.objects.filter(pk=case_id).first()
    if case is None or not permissions.sees_row(case, actor):
        raise NotFound
    check_expected(case, expected)
    service = packs.service(service_id)
    if service is None or service.id == case.service_id:
        raise Invalid("service", "Choose the service that it goes to.")
    with transaction.atomic():
        opening.passing.source_of(case.reference, actor)
    return case, service


def hand_over(
    case_id: int,
    service_id: str,
    reason: str,
    *,
    actor: Actor,
    expected: int | None = None,
    answers: Mapping[str, Any] | None = None,
    look_ups: Mapping[str, Mapping[str, Any] | None] | None = None,
    now: datetime | None = None,
) -> Case:
    """Close the case as handed over and open one in another service; return the new case.

    What fits of the old answers goes over; `answers` and `look_ups` add what is missing or better. The
    new case has its own promise, from now. Both name each other; the person is told once, with the new
    reference. Done again, it gives the same case. Never call it inside a transaction: files are copied.

    Raises NotComplete (its `step` is the page that is missing: answer it on the assisted screen),
    NotAllowed where money is in the way or the rights are not there, Missing, Invalid, NotFound,
    Conflict.
    """
    now = now or timezone.now()
    key = f"handed:{case_id}:{service_id}"
    known = Case.objects.filter(key=key).first()
    if known is not None:
        return known
    case, service = check_hand_over(case_id, service_id, reason, actor=actor, expected=expected)
    holder = f"handing-{case.reference}"
    given = copy_files(service, answers_for(case, service, now=now), owner=holder, now=now)
    given.update(answers or {})
    try:
        return _open(
            case,
            service,
            reason,
            given,
            look_ups or {},
            actor=actor,
            key=key,
            holder=holder,
            now=now,
        )
    except CaseworkError:
        files.discard([one.public_id for one in stored.files_of(holder)], owner=holder)
        raise


def _open(
    case: Case,
    service: Service,
    reason: str,
    given: Mapping[str, Any],
    look_ups: Mapping[str, Mapping[str, Any] | None],
    *,
    actor: Actor,
    key: str,
    holder: str,
    now: datetime,
) -> Case:
    return opening.open_case(
        service=service,
        answers=given,
        look_ups=dict(look_ups),
        channel=channel_for(case, service),
        actor=actor,
        key=key,
        contact=contact_for(case),
        language=case.language,
        held_by=holder,
        handed_from=case.reference,
        handed_why=reason,
        now=now,
    )


def contact_for(case: Case) -> ContactDetails:
    """How to reach the person of a case, for the case that goes on from it."""
    return ContactDetails(
        case.contact_name, case.contact_email, case.contact_phone, case.contact_postcode
    )


def channel_for(case: Case, service: Service) -> str:
    """The channel of the new case: that of the old one where the service has it, else the desk."""
    if case.channel in service.channels:
        return case.channel
    known = [one for one in ("desk", "phone", "online") if one in service.channels]
    if not known:
        raise NotAllowed(f"{service.name} cannot be used for somebody else.")
    return known[0]
