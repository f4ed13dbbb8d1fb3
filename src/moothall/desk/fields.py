"""Questions of a service as fields of the desk's own forms: to correct an answer, or as a move needs them.

They are drawn and read by the code that asked the resident, so that an answer means the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from moothall.casework.types import CaseView
from moothall.files.queries import by_ids
from moothall.journeys import answers as reader
from moothall.journeys.answers import FILES
from moothall.journeys.facts import facts_of
from moothall.journeys.fields import Field, field_name
from moothall.journeys.models import Draft
from moothall.journeys.screens import control
from moothall.journeys.visit import Sitting
from moothall.language import Facts, FieldError, Question


def facts_for(case: CaseView, now: datetime) -> Facts:
    """Return the facts of a case as far as this reader sees its answers."""
    answers: dict[str, Any] = {}
    for answer in case.answers:
        if not answer.row and not answer.redacted:
            answers[answer.question] = answer.value
    return facts_of(case.service, answers, case.look_ups, now)


def form_of(request: HttpRequest) -> dict[str, list[str]]:
    """Return the fields of a request as the language room reads them."""
    return {name: [str(one) for one in values] for name, values in request.POST.lists()}


def field_for(
    case: CaseView,
    question: Question,
    *,
    now: datetime,
    form: Mapping[str, list[str]] | None = None,
    errors: Sequence[FieldError] = (),
    stored: Any = None,
    note: Mapping[str, str] | None = None,
) -> Field:
    """Return the control of one question: with what was typed if there is a form, else what is stored."""
    unsaved = Draft.new(
        service_id=case.service.id, definition_sha=case.service.sha256, now=now, channel="desk"
    )
    return control(
        Sitting(case.service, unsaved, now, "en"),
        question,
        facts_for(case, now),
        form=dict(form) if form is not None else None,
        errors=errors,
        note=note,
        stored=stored,
    )


def kept_answer(case: CaseView, question: Question, request: HttpRequest) -> list[Any] | None:
    """Return the files that an earlier try of the form already left for a question, or None."""
    if question.type not in FILES:
        return None
    kept = request.POST.getlist(f"kept-{field_name(question, '')}")
    found = by_ids(kept)
    return [
        found[one].as_answer()
        for one in kept
        if one in found and found[one].owner == case.reference
    ]


def read_field(
    case: CaseView, question: Question, request: HttpRequest, *, now: datetime
) -> reader.Given:
    """Read the answer to one question from a form. Call it outside a transaction."""
    return reader.read(
        case.service,
        question,
        form_of(request),
        facts=facts_for(case, now),
        holder=case.reference,
        now=now,
        uploads=[one for one in request.FILES.getlist(field_name(question, "")) if one.name],
        stored=kept_answer(case, question, request),
    )


@dataclass
class Read:
    """What came of the questions of a form: the answers that hold, and what is wrong with the rest."""

    good: dict[str, Any] = field(default_factory=dict)
    wrong: list[tuple[str, str]] = field(default_factory=list)


def read_fields(case: CaseView, ids: Sequence[str], request: HttpRequest, *, now: datetime) -> Read:
    """Read the answers that a move asks for. Call it outside a transaction."""
    found = Read()
    for one in ids:
        given = read_field(case, case.service.questions[one], request, now=now)
        found.wrong += [(error.field, error.message) for error in given.errors]
        if not given.errors and not given.blank and given.value not in (None, [], ""):
            found.good[one] = given.value
    return found
