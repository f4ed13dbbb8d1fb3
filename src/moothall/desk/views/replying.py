"""Writing to the person of a case: from a reply that is kept or from nothing, seen before it is sent.
And the replies themselves, which managers keep."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import actions, replies
from moothall.casework.beside_types import FilledReply
from moothall.casework.errors import NotFound
from moothall.casework.models import ReplyTemplate
from moothall.casework.queries import filled_reply, templates_for
from moothall.casework.types import CaseView
from moothall.design.forms import whole_number
from moothall.desk.views.forms import back_to, form_page
from moothall.desk.views.moves import means_for
from moothall.desk.views.showing import (
    Refusal,
    actor_of,
    attempt,
    case_or_404,
    expected_of,
    key_of,
    show,
    staff_page,
)
from moothall.packs.queries import offered


@staff_page
def reply(request: HttpRequest, reference: str) -> HttpResponse:
    """Write, put in the words of a kept reply, look at it, send it. Each is a button of one form."""
    case = case_or_404(request, reference)
    if "reply" not in case.can:
        raise Http404("This is not yours to do.")
    do = request.POST.get("do", "")
    if request.method != "POST":
        asked = whole_number(request.GET.get("template", ""))
        return _form(request, case, _filled(request, case, asked))
    if do == "fill":
        chosen = whole_number(request.POST.get("template", ""))
        if chosen is None:
            wrong = Refusal([("template", "Choose a reply to put in")])
            return _form(request, case, None, wrong)
        return _form(request, case, _filled(request, case, chosen))
    if do == "change":
        return _form(request, case, None)
    refusal = _check(request, case)
    if refusal:
        return _form(request, case, None, refusal)
    if do != "send":
        return form_page(request, "desk/reply_preview.html", case, _typed(request, case))
    refusal = attempt(
        lambda: actions.reply(
            case.id,
            request.POST.get("text", ""),
            request.POST["means"],  # type: ignore[arg-type]  # one of means_for: checked before
            subject=request.POST.get("subject", ""),
            actor=actor_of(request),
            key=key_of(request),
            to_followers=request.POST.get("followers") == "yes",
            expected=expected_of(request, case),
            now=timezone.now(),
        ),
        default_field="text",
    )
    if refusal:
        return _form(request, case, None, refusal)
    messages.success(request, "Your message is on its way.")
    return back_to(case)


def _check(request: HttpRequest, case: CaseView) -> Refusal:
    refusal = Refusal()
    if not request.POST.get("text", "").strip():
        refusal.errors.append(("text", "Write the message"))
    if request.POST.get("means", "") not in dict(means_for(case)):
        refusal.errors.append(("means", "Choose how to send it"))
    return refusal


def _filled(request: HttpRequest, case: CaseView, template: int | None) -> FilledReply | None:
    if template is None:
        return None
    try:
        return filled_reply(template, case.id, actor_of(request), now=timezone.now())
    except NotFound as gone:
        raise Http404(str(gone)) from gone


def _typed(request: HttpRequest, case: CaseView) -> dict[str, Any]:
    ways = means_for(case)
    chosen = request.POST.get("means", ways[0][0] if ways else "")
    return {
        "text": request.POST.get("text", ""),
        "subject": request.POST.get("subject", "")
        or f"{case.service_name} ({case.reference})" * (request.POST.get("do") == "preview"),
        "ways": ways,
        "chosen": chosen,
        "way": dict(ways).get(chosen, ""),
        "followers": request.POST.get("followers", ""),
        "key": request.POST.get("key") or secrets.token_urlsafe(12),
    }


def _form(
    request: HttpRequest,
    case: CaseView,
    filled: FilledReply | None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    values = _typed(request, case)
    if filled is not None:
        before = values["text"].strip()
        values["text"] = f"{before}\n\n{filled.text}" if before else filled.text
        values["subject"] = filled.subject or values["subject"]
    kept = templates_for(actor_of(request), case.service.id, case.state)
    values |= {
        "templates": [("", "Choose a reply"), *((one.pk, one.name) for one in kept)],
        "template": filled.template_id if filled else "",
        "problem": filled.problem if filled else "",
        "in_english": filled is not None and case.language == "cy" and filled.lang != "cy",
    }
    return form_page(request, "desk/reply.html", case, values, refusal)


# The replies themselves


@dataclass(frozen=True)
class KeptReply:
    """A reply on the page of all of them."""

    row: ReplyTemplate
    service: str
    may_change: bool


@staff_page
def kept(request: HttpRequest) -> HttpResponse:
    """All replies, by service; managers change those of their own."""
    actor = actor_of(request)
    names = {one.id: one.name for one in offered()}
    rows = [
        KeptReply(
            one,
            names.get(one.service_id, "") if one.service_id else "",
            replies.may_change(actor, one.service_id),
        )
        for one in templates_for(actor)
    ]
    rows.sort(key=lambda one: (one.service.casefold(), one.row.position))
    values = {"rows": rows, "may_add": bool(_services(request) or replies.may_change(actor, ""))}
    return show(request, "desk/replies.html", values)


def _services(request: HttpRequest) -> list[tuple[str, str]]:
    actor = actor_of(request)
    return [(one.id, one.name) for one in offered() if replies.may_change(actor, one.id)]


@staff_page
def edit(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Add or change a reply."""
    actor = actor_of(request)
    services = _services(request)
    everywhere = [("", "Every service")] if replies.may_change(actor, "") else []
    row = ReplyTemplate.objects.filter(pk=number).first() if number is not None else None
    if not (services or everywhere) or (number is not None and row is None):
        raise Http404("There is no such reply for you to change.")
    if row is not None and not replies.may_change(actor, row.service_id):
        raise Http404("There is no such reply for you to change.")
    states = [
        (f"{one.id}.{state.id}", f"{one.name}: {state.label}")
        for one in offered()
        if one.id in dict(services)
        for state in one.states.values()
        if row is None or not row.service_id or row.service_id == one.id
    ]
    refusal = Refusal()
    typed = {name: request.POST.get(name, getattr(row, name, "") or "") for name in _WORDS}
    service = request.POST.get("service", row.service_id if row else "")
    chosen = request.POST.getlist("states")
    if request.method == "POST":
        refusal = attempt(
            lambda: actions.save_reply_template(
                actor=actor,
                template_id=number,
                service_id=service,
                states=[
                    one.partition(".")[2] for one in chosen if one.partition(".")[0] == service
                ],
                now=timezone.now(),
                **typed,
            ),
            default_field="name",
        )
        if not refusal:
            messages.success(request, "The reply was kept.")
            return HttpResponseRedirect("/desk/replies/", status=303)
    elif row is not None:
        chosen = [f"{row.service_id}.{one}" for one in row.states]
    values = {
        "row": row,
        "typed": typed,
        "service": service,
        "services": [*everywhere, *services],
        "states": states,
        "chosen": chosen,
        "errors": [{"field": name, "message": words} for name, words in refusal.errors],
        "wrong": refusal.by_field,
    }
    return show(request, "desk/reply_edit.html", values, status=422 if refusal else 200)


_WORDS = ("name", "subject", "text", "subject_cy", "text_cy")


@require_POST
@staff_page
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Remove a reply."""
    refusal = attempt(lambda: actions.remove_reply_template(number, actor=actor_of(request)))
    if refusal:
        raise Http404("There is no such reply for you to change.")
    messages.success(request, "The reply was removed.")
    return HttpResponseRedirect("/desk/replies/", status=303)
