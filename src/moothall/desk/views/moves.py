"""What is done to a case, each on a page of its own: move, give, note, write, correct, pay back.

Every form carries the version of the case that the person was looking at. When a colleague was
first, nothing is saved, the page says who did what, and what was typed stays in its boxes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.casework import actions
from moothall.casework.queries import assignable
from moothall.casework.types import CaseView, MoveView
from moothall.desk.fields import field_for, form_of, read_fields
from moothall.desk.views.case import promise_of
from moothall.desk.views.common import (
    Refusal,
    actor_of,
    attempt,
    case_or_404,
    expected_of,
    show,
    staff_page,
)
from moothall.files.actions import FileRefused, receive
from moothall.files.queries import by_ids
from moothall.language import FieldError

TEXT_LONGEST = 4000
FIELD_BOX = {"photo": "files", "file": "files"}
"""Boxes of a form whose id is not the name of what is missing."""


@dataclass(frozen=True)
class ShownError:
    """An error with the box it belongs to, as the error summary wants it."""

    field: str
    message: str


def back_to(case: CaseView) -> HttpResponseRedirect:
    """Back to the case, once something was done."""
    return HttpResponseRedirect(f"/desk/cases/{case.reference}/", status=303)


def form_page(
    request: HttpRequest,
    template: str,
    case: CaseView,
    values: Mapping[str, Any],
    refusal: Refusal | None = None,
) -> HttpResponse:
    """Show a page that does something to a case, with what was refused and why."""
    refusal = refusal or Refusal()
    if refusal.clash:  # what is shown and sent next is the case as it is now
        case = case_or_404(request, case.reference)
    expected = refusal.clash.latest if refusal.clash else expected_of(request, case)
    errors = [ShownError(FIELD_BOX.get(name, name), words) for name, words in refusal.errors]
    shared = {
        "case": case,
        "promise": promise_of(case, timezone.now()),
        "expected": expected,
        "errors": errors,
        "wrong": {FIELD_BOX.get(k, k): v for k, v in refusal.by_field.items()},
        "refusal": refusal,
        "at": f"/desk/cases/{case.reference}/",
        "longest": TEXT_LONGEST,
    }
    return show(request, template, {**shared, **values}, status=refusal.status if refusal else 200)


def _uploads(request: HttpRequest, case: CaseView, refusal: Refusal) -> list[str]:
    """Ids of the files that came with the form, and of those that an earlier try already left."""
    kept = [one for one in request.POST.getlist("kept") if one]
    mine = {key for key, file in by_ids(kept).items() if file.owner == case.reference}
    ids = [one for one in kept if one in mine]
    for upload in request.FILES.getlist("files"):
        try:
            ids.append(receive(upload, owner=case.reference, name=upload.name or "").public_id)  # type: ignore[arg-type]  # an UploadedFile reads like a binary file
        except FileRefused as why:
            refusal.errors.append(("files", str(why)))
    return ids


def _kept(ids: Sequence[str]) -> list[tuple[str, str]]:
    names = by_ids(ids)
    return [(one, names[one].name) for one in ids if one in names]


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
    ids = _uploads(request, case, refusal)
    answers, wrong = read_fields(case, _asked(case, step), request, now=timezone.now())
    refusal.errors += wrong
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
                answers=answers or None,
                now=timezone.now(),
            )
        )
    if not refusal:
        messages.success(request, f"Done: {case.service.moves[move_id].label}.")
        return back_to(case)
    if refusal.clash:
        case = case_or_404(request, reference)
        step = next((one for one in case.moves if one.id == move_id), None)
    values = _move_values(case, step, request, ids, move_id, refusal.errors)
    return form_page(request, "desk/move.html", case, values, refusal)


def _move_values(
    case: CaseView,
    step: MoveView | None,
    request: HttpRequest,
    ids: Sequence[str],
    move_id: str = "",
    wrong: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """`step` is None when a colleague's change took the step away: the words typed are kept anyway."""
    label = step.label if step else case.service.moves[move_id].label
    typed = {name: request.POST.get(name, "") for name in ("reason", "message")}
    return {
        "step": step,
        "label": label,
        "needs": needs_of(step) if step else {},
        "questions": _move_questions(case, step, request, wrong),
        "typed": typed,
        "kept": _kept(ids),
        "words_typed": "\n\n".join(words for words in typed.values() if words),
    }


def _asked(case: CaseView, step: MoveView | None) -> list[str]:
    """The questions of the service that a step asks."""
    return [need.id for need in step.needs if need.id in case.service.questions] if step else []


def _move_questions(
    case: CaseView,
    step: MoveView | None,
    request: HttpRequest,
    wrong: Sequence[tuple[str, str]] = (),
) -> list[Any]:
    """The questions that the step asks, as fields with what was typed."""
    form = form_of(request) if request.method == "POST" else None
    errors = [FieldError(name, words) for name, words in wrong]
    return [
        field_for(case, case.service.questions[one], now=timezone.now(), form=form, errors=errors)
        for one in _asked(case, step)
    ]


def _simple(
    request: HttpRequest,
    reference: str,
    *,
    right: str,
    template: str,
    values: Callable[[CaseView], Mapping[str, Any]],
    do: Callable[[CaseView], Any],
    done: str,
    default_field: str = "",
    before: Callable[[CaseView, Refusal], None] | None = None,
) -> HttpResponse:
    """A page with one form that does one thing, if this person has the right to."""
    case = case_or_404(request, reference)
    if right not in case.can:
        raise Http404("This is not yours to do.")
    if request.method != "POST":
        return form_page(request, template, case, values(case))
    refusal = Refusal()
    if before is not None:
        before(case, refusal)
    if not refusal:
        refusal = attempt(lambda: do(case), default_field=default_field)
    if refusal:
        return form_page(request, template, case, values(case), refusal)
    messages.success(request, done)
    return back_to(case)


@staff_page
def assign(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the case to a colleague, take it, or put it back to the team."""
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
        if to != "nobody" and not to.isdigit():
            refusal.errors.append(("to", "Choose who to give the case to"))

    def do(case: CaseView) -> Any:
        to = request.POST.get("to", "")
        return actions.assign(
            case.id,
            int(to) if to.isdigit() else None,
            actor=actor,
            expected=expected_of(request, case),
            now=timezone.now(),
        )

    return _simple(
        request,
        reference,
        right="assign",
        template="desk/assign.html",
        values=values,
        do=do,
        done="The case was given.",
        default_field="to",
        before=check,
    )


@staff_page
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Write a note for colleagues. A note overwrites nothing, so it needs no version."""
    return _simple(
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


@staff_page
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    """Write to the person the case is for."""

    def values(case: CaseView) -> dict[str, Any]:
        ways = means_for(case)
        return {
            "text": request.POST.get("text", ""),
            "subject": request.POST.get("subject", ""),
            "ways": ways,
            "chosen": request.POST.get("means", ways[0][0] if ways else ""),
            "key": request.POST.get("key") or secrets.token_urlsafe(12),
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        if not request.POST.get("text", "").strip():
            refusal.errors.append(("text", "Write the message"))
        if request.POST.get("means", "") not in dict(means_for(case)):
            refusal.errors.append(("means", "Choose how to send it"))

    return _simple(
        request,
        reference,
        right="reply",
        template="desk/reply.html",
        values=values,
        do=lambda case: actions.reply(
            case.id,
            request.POST.get("text", ""),
            request.POST["means"],  # type: ignore[arg-type]  # one of means_for: checked before
            subject=request.POST.get("subject", ""),
            actor=actor_of(request),
            key=request.POST.get("key", ""),
            expected=expected_of(request, case),
            now=timezone.now(),
        ),
        done="Your message is on its way.",
        default_field="text",
        before=check,
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
            "kept": _kept(holder["ids"]),
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        holder["ids"] = _uploads(request, case, refusal)
        if not request.POST.get("text", "").strip() and not holder["ids"]:
            refusal.errors.append(("text", "Write what they said, or add the file they sent"))
        if request.POST.get("channel", "") not in {"phone", "desk", "email"}:
            refusal.errors.append(("channel", "Choose how it reached you"))

    return _simple(
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


def pounds_of(text: str) -> Decimal | None:
    """Return an amount as typed (`12`, `£12.50`, `1,200`), or None when it is no amount in pence."""
    cleaned = text.strip().replace("£", "").replace(",", "").strip()
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        return None
    return amount


@staff_page
def refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Pay back all or a part of what was paid."""

    def left(case: CaseView) -> Decimal:
        return Decimal(case.payment.paid - case.payment.refunded) / 100

    def values(case: CaseView) -> dict[str, Any]:
        return {
            "left": case.payment.paid - case.payment.refunded,
            "amount": request.POST.get("amount", f"{left(case):.2f}"),
            "reason": request.POST.get("reason", ""),
            "key": request.POST.get("key") or secrets.token_urlsafe(12),
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        amount = pounds_of(request.POST.get("amount", ""))
        if amount is None:
            refusal.errors.append(("amount", "Enter the amount in pounds, like 12 or 12.50"))
        elif amount > left(case):
            refusal.errors.append(
                ("amount", f"Enter £{left(case):.2f} or less: that is what is left")
            )
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why the money is paid back"))

    return _simple(
        request,
        reference,
        right="refund",
        template="desk/refund.html",
        values=values,
        do=lambda case: actions.refund(
            case.id,
            pounds_of(request.POST.get("amount", "")) or Decimal(0),
            request.POST.get("reason", ""),
            actor=actor_of(request),
            key=request.POST.get("key", ""),
            now=timezone.now(),
        ),
        done="The refund is on its way to their card.",
        default_field="amount",
        before=check,
    )


@staff_page
def redact(request: HttpRequest, reference: str) -> HttpResponse:
    """Remove personal data that should not be on the case, for good."""

    def fields(case: CaseView) -> list[tuple[str, str]]:
        out = [(a.question, a.label) for a in case.answers if not a.redacted]
        if case.contact is not None:
            for part in ("name", "email", "phone", "postcode"):
                if getattr(case.contact, part):
                    out.append((f"contact.{part}", f"Contact: {part}"))
        out += [
            (f"{e.sequence}.text", f"{e.what}: {e.detail[:60]}")
            for e in case.timeline
            if e.kind in {"noted", "message_received"} and e.detail
        ]
        return out

    def check(case: CaseView, refusal: Refusal) -> None:
        chosen = request.POST.getlist("fields")
        if not chosen or not set(chosen) <= {name for name, _ in fields(case)}:
            refusal.errors.append(("fields", "Choose what to remove"))
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why it is removed"))

    return _simple(
        request,
        reference,
        right="redact",
        template="desk/redact.html",
        values=lambda case: {
            "fields": fields(case),
            "chosen": request.POST.getlist("fields"),
            "reason": request.POST.get("reason", ""),
        },
        do=lambda case: actions.redact(
            case.id,
            request.POST.getlist("fields"),
            request.POST.get("reason", ""),
            actor=actor_of(request),
            now=timezone.now(),
        ),
        done="It was removed for good.",
        default_field="fields",
        before=check,
    )
