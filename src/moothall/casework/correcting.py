"""Putting answers right, and erasing: the value goes with its salt, the chain still verifies."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall import language
from moothall.casework import answers as answer_fields
from moothall.casework import ledger, permissions, searching, summaries
from moothall.casework.envelope import canonical
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import FILE_TYPES, facts_of, service_of
from moothall.casework.ledger import Writing, append, check_expected, locked
from moothall.casework.models import Case, Event
from moothall.casework.promises import promise_fields
from moothall.files import actions as files
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

    The promise, the summary and the contact follow. The old value stays in the chain (see `redact`).
    A chosen time and files are changed by moves, not here. Raises Invalid when the value breaks a rule
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
        writing.add(
            Kind.CORRECTED,
            {
                "question": question_id,
                "reason": reason.strip(),
                **fields,
                **_consequences(case, service, fields, question.personal == "contact", now=now),
            },
        )
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


def redact(
    case_id: int,
    fields: Iterable[str],
    reason: str,
    *,
    actor: Actor,
    now: datetime | None = None,
) -> Case:
    """Erase values with their salts, everywhere in the case; the chain still verifies.

    `fields`: a question id, `contact.email` (name, phone, postcode), or `12.text` for a field of
    event 12. An answer's copies (contact, place, summary) and its older values go with it. Managers of
    the owning team only. Raises Missing, NotAllowed, NotFound, Invalid for a field that is not there.
    """
    now = now or timezone.now()
    wanted = list(fields)
    if not reason.strip():
        raise Missing("reason", "Say why this is erased.")
    if not wanted:
        raise Missing("fields", "Choose what to erase.")
    with transaction.atomic():
        case = locked(case_id)
        if not permissions.sees_row(case, actor):
            raise NotFound
        service = service_of(case)
        if "redact" not in permissions.can(case, service, actor):
            raise NotAllowed("Only a manager of the team may erase what is in a case.")
        names, file_ids = _names_of(case, service, wanted)
        append(
            case,
            Kind.REDACTED,
            {"fields": sorted(names), "reason": reason.strip()},
            actor=actor,
            channel="desk",
            now=now,
        )
        if file_ids:
            files.erase(case.reference, only=file_ids)
        return erase(case, names, service=service)


def _names_of(case: Case, service: Service, wanted: list[str]) -> tuple[set[str], list[str]]:
    """Which `<sequence>:<field>` of the events the wanted names mean, and the files among them."""
    patterns: set[str] = set()
    exact: set[str] = set()
    copies: set[str] = set()
    for one in wanted:
        number, _, name = one.partition(".")
        if number.isdecimal() and name:
            exact.add(f"{number}:{name}")
        elif one.startswith("contact."):
            patterns.add(one)
        else:
            root = one.removeprefix(answer_fields.PREFIX)
            patterns.add(answer_fields.PREFIX + root)
            copies |= _copies(service, root)
    found: set[str] = set()
    file_ids: list[str] = []
    seen: set[str] = set()
    for event in Event.objects.filter(case=case).order_by("sequence"):
        payload = event.fields
        for name, value in payload.items():
            address = f"{event.sequence}:{name}"
            hit = next((p for p in patterns if _matches(name, p)), None)
            if address in exact and name != "@actor" and event.kind not in {"redacted"}:
                found.add(address)
                seen.add(address)
            elif hit is not None:
                found.add(address)
                seen.add(hit)
            elif name in copies or _is_copy_in_message(name, payload, copies):
                found.add(address)
            else:
                continue
            if isinstance(value, list):
                file_ids += [
                    str(item["id"]) for item in value if isinstance(item, dict) and "id" in item
                ]
    missing = (patterns | exact) - seen
    if missing:
        raise Invalid(min(missing), f"There is nothing to erase in {min(missing)}.")
    return found, file_ids


def _matches(name: str, pattern: str) -> bool:
    """An answer's field, or a cell of it in any row when the pattern is `answers.items.kind`."""
    if name == pattern or name.startswith(f"{pattern}."):
        return True
    return name.startswith(answer_fields.PREFIX) and answer_fields.question_of(
        name
    ) == pattern.removeprefix(answer_fields.PREFIX)


def _copies(service: Service, question_id: str) -> set[str]:
    """Fields that are made from an answer."""
    question = service.questions.get(question_id)
    if question is None:
        return set()
    copies: set[str] = set()
    if any(one.id == question_id for one in summaries.summary_questions(service)):
        copies.add("summary")
    if service.place and service.place.answer == question_id:
        copies |= {"place.line", "place.postcode"}
    if question.personal == "contact" or question.type in {"name", "email", "phone", "address"}:
        copies |= {
            "name": {"contact.name"},
            "email": {"contact.email"},
            "phone": {"contact.phone"},
            "address": {"contact.postcode"},
        }.get(question.type, set())
    return copies


def _is_copy_in_message(name: str, payload: dict[str, Any], copies: set[str]) -> bool:
    if name != "to" or "means" not in payload or payload.get("audience") != "applicant":
        return False
    return {"email": "contact.email", "text": "contact.phone", "letter": "place.line"}.get(
        str(payload["means"])
    ) in copies


def erase(case: Case, names: Iterable[str], *, service: Service) -> Case:
    """Erase `<sequence>:<field>` values and salts, and make the projection anew. The event that names
    them was appended before, in the same transaction."""
    by_sequence: dict[int, set[str]] = defaultdict(set)
    for one in names:
        sequence, _, field = one.partition(":")
        by_sequence[int(sequence)].add(field)
    for event in Event.objects.filter(case=case, sequence__in=by_sequence).order_by("sequence"):
        gone = by_sequence[event.sequence]
        payload, salts = event.fields, json.loads(event.salts)
        event.payload = canonical({k: v for k, v in payload.items() if k not in gone})
        event.salts = canonical({k: v for k, v in salts.items() if k not in gone})
        event.save(update_fields=["payload", "salts"])
    fresh = ledger.rebuilt(case)
    fresh.save(force_update=True)
    if fresh.anonymised_at:
        searching.remove(fresh)
    else:
        searching.index(fresh, service)
    return fresh


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
