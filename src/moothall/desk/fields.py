"""Questions of a service as fields of the desk's own forms: to correct an answer, or as a move needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from moothall.casework.types import CaseView
from moothall.journeys import answers as reader
from moothall.journeys import fields as journeys
from moothall.journeys.facts import facts_of
from moothall.language import Facts, FieldError, Question


def facts_for(case: CaseView, now: datetime) -> Facts:
    """Return the facts of a case as far as this reader sees its answers."""
    answers: dict[str, Any] = {}
    for answer in case.answers:
        if "." not in answer.question and not answer.redacted:
            answers[answer.question] = answer.value
    return facts_of(case.service, answers, case.look_ups, now)


def form_of(request: HttpRequest) -> dict[str, list[str]]:
    """Return the fields of a request as the language room reads them."""
    return {name: [str(one) for one in values] for name, values in request.POST.lists()}


def field_for(
    case: CaseView,
    question: Question,
    raw: Mapping[str, list[str]],
    *,
    now: datetime,
    errors: Sequence[FieldError] = (),
    stored: Any = None,
    note: Mapping[str, str] | None = None,
) -> journeys.Field:
    """Return the control of one question with what was typed or is stored."""
    state: dict[str, Any] = {}
    if question.type == "address":
        words = (note or {}).get("words", "")
        found = reader.find_addresses(words) if words else []
        state = {
            "mode": (note or {}).get("mode", "search"),
            "searched": words,
            "addresses": tuple((one["uprn"], f"{one['line']}, {one['postcode']}") for one in found),
        }
    return journeys.build(
        case.service,
        question,
        raw,
        facts=facts_for(case, now),
        lang="en",
        errors=errors,
        stored=stored,
        **state,
    )


def case_fields(
    case: CaseView,
    ids: Sequence[str],
    raw: Mapping[str, list[str]] | None,
    errors: Sequence[FieldError] = (),
) -> list[journeys.Field]:
    """Return the controls of the questions that a move asks."""
    now = timezone.now()
    return [
        field_for(case, case.service.questions[one], raw or {}, now=now, errors=errors)
        for one in ids
    ]


def read_field(
    case: CaseView, question: Question, request: HttpRequest, *, now: datetime, stored: Any = None
) -> reader.Given:
    """Read the answer to one question from a form. Call it outside a transaction."""
    name = journeys.field_name(question, "")
    return reader.read(
        case.service,
        question,
        form_of(request),
        facts=facts_for(case, now),
        holder=case.reference,
        now=now,
        uploads=[one for one in request.FILES.getlist(name) if one.name],
        stored=stored,
    )


def read_fields(
    case: CaseView, ids: Sequence[str], request: HttpRequest, *, now: datetime
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Read the answers that a move asks for: what holds, and what is wrong with the rest."""
    good: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for one in ids:
        given = read_field(case, case.service.questions[one], request, now=now)
        wrong += [(error.field, error.message) for error in given.errors]
        if not given.errors and not given.blank and given.value not in (None, [], ""):
            good[one] = given.value
    return good, wrong
