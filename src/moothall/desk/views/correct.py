"""Put an answer right: the same question, read by the same code as when it was first answered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from moothall.casework import actions
from moothall.casework.types import AnswerView, CaseView
from moothall.desk.fields import field_for, form_of, read_field
from moothall.desk.views.case import answer_lines
from moothall.desk.views.forms import back_to, form_page
from moothall.desk.views.showing import (
    Refusal,
    actor_of,
    attempt,
    case_or_404,
    expected_of,
    staff_page,
)
from moothall.language import FieldError, Question


def _answer(case: CaseView, wanted: str) -> tuple[AnswerView, Question]:
    """The answer to correct and its question; `items.<row id>.<field>` is one of a repeat."""
    line = next((one for one in answer_lines(case) if one.path and one.path == wanted), None)
    if line is None:
        raise Http404("This answer is not yours to correct.")
    return line.answer, case.service.questions[line.answer.question]


@staff_page
def correct(request: HttpRequest, reference: str, question: str) -> HttpResponse:
    """Correct one answer, with the reason; the old one stays in the ledger."""
    now = timezone.now()
    case = case_or_404(request, reference)
    answer, asked = _answer(case, question)
    form = form_of(request) if request.method == "POST" else None

    def page(
        refusal: Refusal | None = None,
        errors: tuple[FieldError, ...] = (),
        note: dict[str, str] | None = None,
    ) -> HttpResponse:
        values: dict[str, Any] = {
            "answer": answer,
            "reason": request.POST.get("reason", ""),
            "field": field_for(
                case, asked, now=now, form=form, errors=errors, stored=answer.value, note=note
            ),
        }
        return form_page(request, "desk/correct.html", case, values, refusal)

    if request.method != "POST":
        return page()
    given = read_field(case, asked, request, now=now)
    refusal = Refusal([(one.field, one.message) for one in given.errors])
    if given.again:
        return page(note=given.note)
    if not request.POST.get("reason", "").strip():
        refusal.errors.append(("reason", "Say why the answer is corrected"))
    if not refusal:
        refusal = attempt(
            lambda: actions.correct(
                case.id,
                question,
                given.value,
                request.POST.get("reason", ""),
                actor=actor_of(request),
                expected=expected_of(request, case),
                now=now,
            ),
            default_field="reason",
        )
    if refusal:
        wrong = given.errors or tuple(
            FieldError(asked.field, words)
            for name, words in refusal.errors
            if name in {question, asked.id}
        )
        return page(refusal, wrong, given.note)
    messages.success(request, "The answer was corrected.")
    return back_to(case)
