"""Tasks on a case and calls that somebody asked for: set, done, cancelled, and what came of each call."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date

from moothall.casework import actions
from moothall.casework.beside_types import TaskRow
from moothall.casework.queries import colleagues_of, teams_of
from moothall.casework.tasks import CALL_OUTCOMES, WINDOWS
from moothall.casework.types import CaseView
from moothall.design.forms import whole_number
from moothall.desk.views.forms import back_to, form_page, simple
from moothall.desk.views.showing import (
    Refusal,
    actor_of,
    attempt,
    case_or_404,
    key_of,
    staff_page,
)

DUE = (("", "No day"), ("0", "Today"), ("1", "In 1 working day"), ("2", "In 2 working days"),
       ("3", "In 3 working days"), ("5", "In 5 working days"), ("10", "In 10 working days"),
       ("on", "On a day"))  # fmt: skip


@staff_page
def task(request: HttpRequest, reference: str) -> HttpResponse:
    """Set a task: what, for whom, by when."""
    actor = actor_of(request)
    day: dict[str, Any] = {"on": None}

    def values(case: CaseView) -> dict[str, Any]:
        people = colleagues_of(case.id, actor)
        mine = [(f"user:{one}", f"{name} (you)") for one, name in people if one == actor.user_id]
        others = [(f"user:{one}", name) for one, name in people if one != actor.user_id]
        teams = [(f"team:{slug}", f"Team: {name}") for slug, name in teams_of(case.id, actor)]
        return {
            "text": request.POST.get("text", ""),
            "people": [*mine, *teams, *others],
            "whom": request.POST.get("for", mine[0][0] if mine else ""),
            "due": request.POST.get("due", "2"),
            "dues": DUE,
            "due_on": request.POST.get("due_on", ""),
            "key": request.POST.get("key") or secrets.token_urlsafe(12),
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        if not request.POST.get("text", "").strip():
            refusal.errors.append(("text", "Say what is to be done"))
        if request.POST.get("due") == "on":
            try:
                day["on"] = parse_date(request.POST.get("due_on", ""))
            except ValueError:
                day["on"] = None
            if day["on"] is None:
                refusal.errors.append(("due_on", "Enter the day by which it is to be done"))

    def do(case: CaseView) -> Any:
        kind, _, whom = request.POST.get("for", "").partition(":")
        return actions.set_task(
            case.id,
            request.POST.get("text", ""),
            actor=actor,
            for_user=whole_number(whom) if kind == "user" else None,
            team=whom if kind == "team" else "",
            days=None if day["on"] else whole_number(request.POST.get("due", "")),
            due_on=day["on"],
            key=key_of(request),
            now=timezone.now(),
        )

    return simple(
        request,
        reference,
        right="task",
        template="desk/task.html",
        values=values,
        do=do,
        done="The task was set.",
        default_field="for",
        before=check,
    )


def _row(case: CaseView, number: int) -> TaskRow:
    found = next((one for one in case.tasks if one.number == number), None)
    if found is None:
        raise Http404("There is no such task on this case.")
    return found


@staff_page
def one(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One task: done (at once, from the case page too) or cancelled with a reason."""
    case = case_or_404(request, reference)
    row = _row(case, number)
    if "task" not in case.can:
        raise Http404("This is not yours to do.")
    actor, now = actor_of(request), timezone.now()
    refusal = Refusal()
    if request.method == "POST":
        cancel = request.POST.get("do") == "cancel"
        do: Callable[[], Any]
        if cancel:
            reason = request.POST.get("reason", "")
            do = lambda: actions.cancel_task(case.id, number, reason, actor=actor, now=now)  # noqa: E731
        else:
            note = request.POST.get("note", "")
            do = lambda: actions.finish_task(case.id, number, actor=actor, note=note, now=now)  # noqa: E731
        refusal = attempt(do, default_field="reason" if cancel else "note")
        if not refusal:
            messages.success(request, "The task was cancelled." if cancel else "The task is done.")
            return back_to(case)
    values = {
        "row": row,
        "note": request.POST.get("note", ""),
        "reason": request.POST.get("reason", ""),
    }
    return form_page(request, "desk/task_one.html", case, values, refusal)


@staff_page
def call_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for a call back for somebody: the number, and when it suits them."""

    def values(case: CaseView) -> dict[str, Any]:
        known = case.contact.phone if case.contact is not None else ""
        return {
            "phone": request.POST.get("phone", known),
            "window": request.POST.get("window", "any"),
            "windows": list(WINDOWS.items()),
            "about": request.POST.get("about", ""),
            "key": request.POST.get("key") or secrets.token_urlsafe(12),
        }

    return simple(
        request,
        reference,
        right="call_back",
        template="desk/call_back.html",
        values=values,
        do=lambda case: actions.ask_call_back(
            case.id,
            request.POST.get("phone", ""),
            actor=actor_of(request),
            window=request.POST.get("window", ""),
            about=request.POST.get("about", ""),
            channel="phone",
            key=key_of(request),
            now=timezone.now(),
        ),
        done="The call is promised. It stands among the tasks.",
        default_field="phone",
    )


@staff_page
def call(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Write down a call that was made."""
    holder = _row(case_or_404(request, reference), number)
    if holder.kind != "call_back":
        raise Http404("This task is no call.")

    def check(case: CaseView, refusal: Refusal) -> None:
        if request.POST.get("outcome", "") not in CALL_OUTCOMES:
            refusal.errors.append(("outcome", "Choose what came of the call"))

    return simple(
        request,
        reference,
        right="call_back",
        template="desk/call.html",
        values=lambda case: {
            "row": _row(case, number),
            "outcomes": list(CALL_OUTCOMES.items()),
            "outcome": request.POST.get("outcome", ""),
            "note": request.POST.get("note", ""),
            "minutes": request.POST.get("minutes", ""),
        },
        do=lambda case: actions.record_call(
            case.id,
            number,
            request.POST.get("outcome", ""),
            actor=actor_of(request),
            note=request.POST.get("note", ""),
            minutes=whole_number(request.POST.get("minutes", "")),
            now=timezone.now(),
        ),
        done="The call is on the case.",
        default_field="outcome",
        before=check,
    )
