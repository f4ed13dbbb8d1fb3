"""What is done to a case, each on a page of its own: move, assign, note, write, record, rebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from moothall.casework import actions
from moothall.casework.queries import assignable
from moothall.casework.types import CaseView, MoveView
from moothall.design.forms import whole_number
from moothall.desk.fields import field_for, form_of, read_field, read_fields
from moothall.desk.views.forms import back_to, form_page, kept_files, simple, uploads
from moothall.desk.views.showing import (
    Refusal,
    actor_of,
    attempt,
    case_or_404,
    expected_of,
    staff_page,
)
from moothall.language import FieldError


def needs_of(move: MoveView) -> dict[str, str]:
    """Return what a move asks for beyond questions: reason, message, photo, with their labels."""
    return {
        need.id: need.label
        for need in move.needs
        if need.id in {"reason", "message", "photo", "files"}
    }


@staff_page
def move(request: HttpRequest, reference: str, move_id: str) -> HttpResponse:
    """Take a step that the service file allows: at once, or after what it needs was given."""
    case = case_or_404(request, reference)
    if move_id not in case.service.moves:
        raise Http404("The service has no such step.")
    step = next((one for one in case.moves if one.id == move_id), None)
    if request.method != "POST":
        if step is None:
            label = case.service.moves[move_id].label
            messages.error(
                request, f"“{label}” is not possible now: the case is {case.state_label}."
            )
            return back_to(case)
        return form_page(request, "desk/move.html", case, _move_values(case, step, request, []))
    refusal = Refusal()
    ids = uploads(request, case, refusal)
    read = read_fields(case, _asked(case, step), request, now=timezone.now())
    refusal.errors += read.wrong
    if not refusal:
        refusal = attempt(
            lambda: actions.move(
                case.id,
                move_id,
                actor=actor_of(request),
                expected=expected_of(request, case),
                reason=request.POST.get("reason", ""),
                message=request.POST.get("message", ""),
                files=ids,
                answers=read.good or None,
                now=timezone.now(),
            ),
            default_field=next(iter(_asked(case, step)), ""),
        )
    if not refusal:
        messages.success(request, f"Done: {case.service.moves[move_id].label}.")
        return back_to(case)
    if refusal.clash:
        case = case_or_404(request, reference)
        step = next((one for one in case.moves if one.id == move_id), None)
    values = _move_values(case, step, request, ids, move_id, refusal.errors, read.good)
    return form_page(request, "desk/move.html", case, values, refusal)


def _move_values(
    case: CaseView,
    step: MoveView | None,
    request: HttpRequest,
    ids: Sequence[str],
    move_id: str = "",
    wrong: Sequence[tuple[str, str]] = (),
    good: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`step` is None when a colleague's change took the step away: the words typed are kept anyway."""
    label = step.label if step else case.service.moves[move_id].label
    typed = {name: request.POST.get(name, "") for name in ("reason", "message")}
    return {
        "step": step,
        "label": label,
        "needs": needs_of(step) if step else {},
        "questions": _move_questions(case, step, request, wrong, good or {}),
        "typed": typed,
        "kept": kept_files(ids),
        "words_typed": "\n\n".join(words for words in typed.values() if words),
    }


def _asked(case: CaseView, step: MoveView | None) -> list[str]:
    """The questions of the service that a step asks."""
    return [need.id for need in step.needs if need.id in case.service.questions] if step else []


def _move_questions(
    case: CaseView,
    step: MoveView | None,
    request: HttpRequest,
    wrong: Sequence[tuple[str, str]],
    good: Mapping[str, Any],
) -> list[Any]:
    """The questions that the step asks, as fields with what was typed."""
    form = form_of(request) if request.method == "POST" else None
    errors = [FieldError(name, words) for name, words in wrong]
    return [
        field_for(
            case,
            case.service.questions[one],
            now=timezone.now(),
            form=form,
            errors=errors,
            stored=good.get(one),
        )
        for one in _asked(case, step)
    ]


@staff_page
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Assign the case to a colleague, take it, or put it back to the team."""
    actor = actor_of(request)

    def values(case: CaseView) -> dict[str, Any]:
        people = assignable(case.id, actor)
        mine = [(number, f"{name} (you)") for number, name in people if number == actor.user_id]
        others = [(number, name) for number, name in people if number != actor.user_id]
        chosen = request.POST.get("to", str(case.assigned_to_id or ""))
        return {
            "people": [*mine, *others, ("nobody", "Nobody: back to the team")],
            "chosen": chosen,
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        to = request.POST.get("to", "")
        if to != "nobody" and whole_number(to) is None:
            refusal.errors.append(("to", "Choose who to assign the case to"))

    def do(case: CaseView) -> Any:
        return actions.assign(
            case.id,
            whole_number(request.POST.get("to", "")),
            actor=actor,
            expected=expected_of(request, case),
            now=timezone.now(),
        )

    return simple(
        request,
        reference,
        right="assign",
        template="desk/assign.html",
        values=values,
        do=do,
        done="The case was assigned.",
        default_field="to",
        before=check,
    )


@staff_page
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a note for colleagues. A note overwrites nothing, so it needs no version."""
    return simple(
        request,
        reference,
        right="note",
        template="desk/note.html",
        values=lambda case: {"text": request.POST.get("text", "")},
        do=lambda case: actions.add_note(
            case.id, request.POST.get("text", ""), actor=actor_of(request), now=timezone.now()
        ),
        done="Your note was saved.",
        default_field="text",
    )


def means_for(case: CaseView) -> list[tuple[str, str]]:
    """Return the ways in which this person can be reached, best first."""
    contact = case.contact
    ways = []
    if contact is not None:
        if contact.email:
            ways.append(("email", f"Email to {contact.email}"))
        if contact.phone:
            ways.append(("text", f"Text message to {contact.phone}"))
    return ways


@staff_page
def received(request: HttpRequest, reference: str) -> HttpResponse:
    """Record what the person said or sent by a way that Moothall does not see."""
    holder: dict[str, list[str]] = {"ids": []}

    def values(case: CaseView) -> dict[str, Any]:
        return {
            "text": request.POST.get("text", ""),
            "channel": request.POST.get("channel", "phone"),
            "kept": kept_files(holder["ids"]),
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        holder["ids"] = uploads(request, case, refusal)
        if not request.POST.get("text", "").strip() and not holder["ids"]:
            refusal.errors.append(("text", "Write what they said, or add the file they sent"))
        if request.POST.get("channel", "") not in {"phone", "desk", "email"}:
            refusal.errors.append(("channel", "Choose how it reached you"))

    return simple(
        request,
        reference,
        right="contact",
        template="desk/received.html",
        values=values,
        do=lambda case: actions.receive_reply(
            case.id,
            request.POST.get("text", ""),
            holder["ids"],
            actor=actor_of(request),
            channel=request.POST["channel"],
            expected=expected_of(request, case),
            now=timezone.now(),
        ),
        done="It is on the case.",
        default_field="text",
        before=check,
    )


@staff_page
def rebook(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose another time for someone who paid for one that was gone by then."""
    now = timezone.now()
    case = case_or_404(request, reference)
    asked = next((one for one in case.service.questions.values() if one.type == "slot"), None)
    if not case.slot_lost or asked is None or "contact" not in case.can:
        raise Http404("There is no time to choose for this case.")
    form = form_of(request) if request.method == "POST" else None
    errors: tuple[FieldError, ...] = ()
    refusal = Refusal()
    if request.method == "POST":
        given = read_field(case, asked, request, now=now)
        errors = given.errors
        refusal.errors += [(one.field, one.message) for one in errors]
        if not refusal:
            refusal = attempt(
                lambda: actions.rebook(
                    case.id,
                    given.value,
                    actor=actor_of(request),
                    expected=expected_of(request, case),
                    channel="phone",
                    now=now,
                ),
                default_field=asked.id,
            )
        if not refusal:
            messages.success(request, "The new time is booked.")
            return back_to(case)
    values = {"field": field_for(case, asked, now=now, form=form, errors=errors)}
    return form_page(request, "desk/rebook.html", case, values, refusal)
