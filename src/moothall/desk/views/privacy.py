"""Who may see what of a case: remove personal data for good, or restrict who sees the case at all."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from moothall.casework import actions
from moothall.casework.types import CaseView
from moothall.desk.views.forms import simple
from moothall.desk.views.showing import Refusal, actor_of, expected_of, staff_page

WRITTEN = {
    "noted": "text",
    "message_received": "text",
    "message_queued": "body",
    "task_set": "text",
    "task_done": "text",
    "task_cancelled": "reason",
    "call_tried": "text",
    "moved": "reason",
    "merged": "reason",
    "unmerged": "reason",
    "handed_over": "reason",
    "team_changed": "reason",
    "reopened": "reason",
    "restricted": "reason",
    "corrected": "reason",
    "held": "reason",
    "released": "reason",
}
"""The field of each kind of event in which somebody wrote what the history shows."""


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
            (f"{e.sequence}.{WRITTEN[e.kind]}", f"{e.what}: {e.detail[:60]}")
            for e in case.timeline
            if e.kind in WRITTEN and e.detail
        ]
        out += [
            (f"{one.number}.phone", f"Number to ring: {one.phone}")
            for one in case.tasks
            if one.kind == "call_back" and one.phone
        ]
        return out

    def check(case: CaseView, refusal: Refusal) -> None:
        chosen = request.POST.getlist("fields")
        if not chosen or not set(chosen) <= {name for name, _ in fields(case)}:
            refusal.errors.append(("fields", "Choose what to remove"))
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why it is removed"))

    return simple(
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


@staff_page
def restrict(request: HttpRequest, reference: str) -> HttpResponse:
    """Let only those see the case whom the service file names, or open it to the team again."""
    return simple(
        request,
        reference,
        right="restrict",
        template="desk/restrict.html",
        values=lambda case: {"reason": request.POST.get("reason", "")},
        do=lambda case: actions.restrict(
            case.id,
            request.POST.get("restricted") == "yes",
            request.POST.get("reason", ""),
            actor=actor_of(request),
            expected=expected_of(request, case),
            now=timezone.now(),
        ),
        done="Who may see the case was changed.",
        default_field="reason",
    )
