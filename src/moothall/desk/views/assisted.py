"""Take a contact: an adviser fills in a service's questions for a caller or a visitor, on one screen.

The clock starts when the service is chosen. Every contact is recorded with its channel and minutes,
also one that opened no case.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from moothall.casework import actions as casework
from moothall.casework import representing
from moothall.casework.errors import CaseworkError
from moothall.casework.models import Case
from moothall.casework.queries import case_for
from moothall.design.forms import whole_number
from moothall.desk import wordlists
from moothall.desk.models import OnBehalf
from moothall.desk.queries import by_owner, contact_of, earlier_lines, my_drafts, services_by_phone
from moothall.desk.views.case import promise_of
from moothall.desk.views.showing import (
    TAKES_CONTACTS,
    actor_of,
    call_page,
    case_or_404,
    contact_page,
    show,
    staff_page,
)
from moothall.desk.words import spelt
from moothall.journeys import actions as journeys
from moothall.journeys import assisted, drafts, new_version
from moothall.journeys.models import Draft
from moothall.language import FieldError, Service, fee, render
from moothall.packs.queries import service as offered_service

LONGEST_CALL = timedelta(hours=4)
"""Beyond this the clock was forgotten: the minutes are left for the adviser to say."""
MOST_MINUTES = 600


def minutes_since(started: datetime, now: datetime) -> int | None:
    """Return whole minutes, at least one; None when the clock was plainly forgotten."""
    gone = now - started
    if gone > LONGEST_CALL or gone < timedelta(0):
        return None
    return max(1, math.ceil(gone.total_seconds() / 60))


@contact_page
def start(request: HttpRequest) -> HttpResponse:
    """Choose how they are in touch and what it is about; the clock starts."""
    now = timezone.now()
    if request.method != "POST":
        return show(request, "desk/assisted_start.html", _start_values(request, now))
    channel = request.POST.get("channel", "")
    service = offered_service(request.POST.get("service", ""))
    errors = []
    if channel not in wordlists.TAKEN_BY_ADVISER:
        errors.append({"field": "channel", "message": "Choose how they are in touch"})
    if service is None or service not in services_by_phone():
        errors.append({"field": "service", "message": "Choose what it is about"})
    if errors or service is None:
        values = {**_start_values(request, now), "errors": errors, "channel": channel}
        return show(request, "desk/assisted_start.html", values, status=422)
    request.session["desk_channel"] = channel
    language = request.POST.get("language", "en")
    language = language if language in service.languages else "en"
    draft = journeys.begin(
        service,
        channel,
        None,
        language=language,
        adviser=request.user,
        now=now,
    )
    draft = drafts.save(draft, now=now)
    return HttpResponseRedirect(f"/desk/assisted/{draft.holder}/", status=303)


def _start_values(request: HttpRequest, now: datetime) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "services": services_by_phone(),
        "groups": by_owner(services_by_phone()),
        "channels": list(wordlists.TAKEN_BY_ADVISER.items()),
        "channel": request.session.get("desk_channel", "phone"),
        "running": my_drafts(actor, now),
        "errors": [],
    }


def _draft_or_404(request: HttpRequest, holder: str) -> tuple[Draft, Service]:
    """The adviser's own call that still runs, and its service as it is offered now."""
    draft = Draft.objects.filter(
        holder=holder, adviser_id=actor_of(request).user_id, expires_at__gt=timezone.now()
    ).first()
    service = offered_service(draft.service_id) if draft is not None else None
    if draft is None or service is None or not _may_fill_in(request, holder):
        raise Http404("This contact is over, or it is a colleague’s.")
    return draft, service


def behalf_of(request: HttpRequest, holder: str) -> OnBehalf | None:
    """Return for whom a councillor fills this form in, where they do."""
    return OnBehalf.objects.filter(holder=holder, user_id=actor_of(request).user_id or 0).first()


def _may_fill_in(request: HttpRequest, holder: str) -> bool:
    return actor_of(request).plays(*TAKES_CONTACTS, "admin") or bool(behalf_of(request, holder))


@call_page
def call(request: HttpRequest, holder: str) -> HttpResponse:
    """One screen with all the questions; look it up and update, or send it in."""
    now = timezone.now()
    draft, service = _draft_or_404(request, holder)
    if draft.case_id is not None:
        return HttpResponseRedirect(f"/desk/assisted/{holder}/done/")
    updated = draft.definition_sha != service.sha256
    if updated:
        draft = journeys.bring_up_to_date(service, draft, now)
    if request.method != "POST":
        outcome = assisted.open_form(service, draft, now=now)
        return _call_page(request, service, outcome, now)
    # What was filled in on the form as it was is kept, and sent in once the adviser has seen the new one.
    final = request.POST.get("do") == "send" and not updated
    form = {name: [str(one) for one in values] for name, values in request.POST.lists()}
    files = {name: request.FILES.getlist(name) for name in request.FILES}
    outcome = assisted.answer_all(
        service, draft, form, files, final=final, now=now, lang=draft.language
    )
    if outcome.errors or not final or outcome.stop or not outcome.complete:
        wrong = bool(outcome.errors) and final
        return _call_page(request, service, outcome, now, sent=final, status=422 if wrong else 200)
    try:
        made = _submit(request, service, outcome.draft, now)
    except CaseworkError as why:
        outcome.errors = (FieldError("", str(why)),)
    else:
        if made is not None:
            return HttpResponseRedirect(f"/desk/assisted/{holder}/done/", status=303)
        outcome = assisted.open_form(service, Draft.objects.get(pk=outcome.draft.pk), now=now)
        outcome.errors = (FieldError("", "That time has just gone. Choose another one."),)
    return _call_page(request, service, outcome, now, sent=True, status=422)


def _submit(request: HttpRequest, service: Service, draft: Draft, now: datetime) -> Case | None:
    """Make the case; for a councillor's resident together with the message that tells them of it."""
    actor, behalf = actor_of(request), behalf_of(request, draft.holder)
    with transaction.atomic():
        made = assisted.submit(
            service,
            draft,
            key=f"assisted-{draft.holder}",
            actor=actor,
            minutes=minutes_since(draft.started_at, now),
            now=now,
        )
        if made is not None and behalf is not None:
            representing.represent(
                made.pk, actor=actor, asked_by=behalf.asked_by, channel=draft.channel, now=now
            )
    return made


def _call_page(
    request: HttpRequest,
    service: Service,
    outcome: Any,
    now: datetime,
    *,
    sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    draft = outcome.draft
    earlier = earlier_lines(actor_of(request), contact_of(service, outcome.facts), now)
    values = {
        "service": service,
        "draft": draft,
        "blocks": assisted.whole_form(service, outcome, lang=draft.language),
        "stop": outcome.stop,
        "complete": outcome.complete,
        "errors": outcome.errors if sent else (),
        "channel": wordlists.channel(draft.channel),
        "started": draft.started_at,
        "fee": fee(service, outcome.facts) if outcome.complete else None,
        "before": render(
            service,
            service.text("before_you_start", draft.language),
            outcome.facts,
            draft.language,
        ),
        "so_far": minutes_since(draft.started_at, now),
        "changed": new_version.told(service, draft, outcome.way, "en"),
        "earlier": earlier,
    }
    return show(request, "desk/assisted_call.html", values, status=status)


@call_page
def done(request: HttpRequest, holder: str) -> HttpResponse:
    """The reference to read out, what happens next, and the payment if there is one."""
    draft = (
        Draft.objects.filter(holder=holder, adviser_id=actor_of(request).user_id)
        .select_related("case")
        .first()
    )
    if draft is None or draft.case is None:
        raise Http404("This contact has opened no case.")
    if behalf_of(request, holder) is not None:
        return HttpResponseRedirect(f"/desk/ward/cases/{draft.case.reference}/", status=303)
    before, reference = draft.case.handed_from, draft.case.reference
    if before and case_for(actor_of(request), reference, now=timezone.now()) is None:
        # It went to a service whose cases this person does not see: back to where it came from.
        messages.success(request, f"Handed over. It goes on as {reference}.")
        return HttpResponseRedirect(f"/desk/cases/{before}/", status=303)
    case = case_or_404(request, reference)
    values = {
        "case": case,
        "spelt": spelt(case.reference),
        "promise": promise_of(case, timezone.now()),
        "at": f"/desk/cases/{case.reference}/",
        "minutes": minutes_since(draft.started_at, draft.submitted_at or timezone.now()),
    }
    return show(request, "desk/assisted_done.html", values)


@call_page
def end(request: HttpRequest, holder: str) -> HttpResponse:
    """End a contact that opens no case: what came of it, and how long it took."""
    now = timezone.now()
    draft, service = _draft_or_404(request, holder)
    if draft.case_id is not None:
        return HttpResponseRedirect(f"/desk/assisted/{holder}/done/")
    if request.method == "POST":
        errors, outcome, minutes = _read_contact(request)
        if not errors:
            casework.record_contact(
                channel=draft.channel,
                service_id=service.id,
                outcome=outcome,
                minutes=minutes,
                adviser=actor_of(request).user_id,
                at=draft.started_at,
            )
            behalf = behalf_of(request, holder)
            assisted.abandon(draft, now=now)
            messages.success(request, "The contact was recorded.")
            there = "/desk/ward/" if behalf is not None else "/desk/assisted/"
            return HttpResponseRedirect(there, status=303)
    else:
        errors = []
    values = _contact_values(request, errors, minutes_since(draft.started_at, now))
    given = request.GET.get("outcome", "")
    if request.method != "POST" and given in wordlists.CONTACT_OUTCOMES:
        values["outcome"] = given
    values |= {
        "service": service,
        "draft": draft,
        "channel_words": wordlists.channel(draft.channel),
    }
    return show(request, "desk/assisted_end.html", values, status=422 if errors else 200)


def _started(text: str, now: datetime) -> datetime:
    """When a contact began, as its form carried it; `now` for anything that is no moment."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return now
    return found if found is not None and found.tzinfo is not None else now


@contact_page
def contact(request: HttpRequest) -> HttpResponse:
    """Record a contact that needed no form at all."""
    now = timezone.now()
    services = [("", "None of these")] + [(one.id, one.name) for one in services_by_phone()]
    errors: list[dict[str, str]] = []
    started = _started(request.POST.get("started", ""), now)
    if request.method == "POST":
        errors, outcome, minutes = _read_contact(request)
        channel = request.POST.get("channel", "")
        service_id = request.POST.get("service", "")
        if channel not in wordlists.TAKEN_BY_ADVISER:
            errors.insert(0, {"field": "channel", "message": "Choose how they were in touch"})
        if service_id not in dict(services):
            errors.append({"field": "service", "message": "Choose what it was about"})
        if not errors:
            casework.record_contact(
                channel=channel,
                service_id=service_id or None,
                outcome=outcome,
                minutes=minutes,
                adviser=actor_of(request).user_id,
                at=min(started, now) if now - started < LONGEST_CALL else now,
            )
            request.session["desk_channel"] = channel
            messages.success(request, "The contact was recorded.")
            return HttpResponseRedirect("/desk/assisted/", status=303)
    so_far = minutes_since(started, now) if request.method == "POST" else None
    values = _contact_values(request, errors, so_far)
    values |= {
        "channels": list(wordlists.TAKEN_BY_ADVISER.items()),
        "channel": request.POST.get("channel") or request.session.get("desk_channel", "phone"),
        "services": services,
        "service_id": request.POST.get("service", ""),
        "started": started.isoformat(),
    }
    return show(request, "desk/assisted_contact.html", values, status=422 if errors else 200)


@staff_page
def case_contact(request: HttpRequest, reference: str) -> HttpResponse:
    """Record that someone was in touch about a case: a chase-up counts as one."""
    now = timezone.now()
    case = case_or_404(request, reference)
    if "contact" not in case.can:
        raise Http404("This is not yours to do.")
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        errors, outcome, minutes = _read_contact(request)
        channel = request.POST.get("channel", "")
        if channel not in wordlists.TAKEN_BY_ADVISER:
            errors.insert(0, {"field": "channel", "message": "Choose how they were in touch"})
        if not errors:
            casework.record_contact(
                channel=channel,
                service_id=case.service.id,
                outcome=outcome,
                minutes=minutes,
                adviser=actor_of(request).user_id,
                case=case.id,
                at=now,
            )
            note = request.POST.get("note", "").strip()
            if note and "note" in case.can:
                casework.add_note(case.id, note, actor=actor_of(request), now=now)
            request.session["desk_channel"] = channel
            messages.success(request, "The contact was recorded on the case.")
            return HttpResponseRedirect(f"/desk/cases/{case.reference}/", status=303)
    values = _contact_values(request, errors, None)
    if request.method != "POST":
        values["outcome"] = "chased"
    values |= {
        "case": case,
        "promise": promise_of(case, now),
        "at": f"/desk/cases/{case.reference}/",
        "channels": list(wordlists.TAKEN_BY_ADVISER.items()),
        "channel": request.POST.get("channel") or request.session.get("desk_channel", "phone"),
        "note": request.POST.get("note", ""),
    }
    return show(request, "desk/case_contact.html", values, status=422 if errors else 200)


def _read_contact(request: HttpRequest) -> tuple[list[dict[str, str]], str, int | None]:
    """What came of a contact and how many minutes it took, from a form; blank minutes are unknown."""
    errors = []
    outcome = request.POST.get("outcome", "")
    if outcome not in wordlists.CONTACT_OUTCOMES:
        errors.append({"field": "outcome", "message": "Choose what came of it"})
    typed = request.POST.get("minutes", "").strip()
    minutes = whole_number(typed)
    if typed and (minutes is None or minutes > MOST_MINUTES):
        words = f"Enter the minutes as a whole number up to {MOST_MINUTES}, or leave it blank"
        errors.append({"field": "minutes", "message": words})
    return errors, outcome, minutes


def _contact_values(
    request: HttpRequest, errors: list[dict[str, str]], so_far: int | None
) -> dict[str, Any]:
    wrong = {error["field"]: error["message"] for error in errors}
    minutes = request.POST.get("minutes", "") if request.method == "POST" else so_far or ""
    return {
        "errors": errors,
        "wrong": wrong,
        "outcomes": list(wordlists.CONTACT_OUTCOMES.items()),
        "outcome": request.POST.get("outcome", ""),
        "minutes": minutes,
    }


@contact_page
@require_POST
def earlier(request: HttpRequest) -> HttpResponse:
    """Find a caller's earlier cases: the desk's search, with the words kept out of the address."""
    from moothall.desk.views.search import remember

    words = " ".join(request.POST.get("words", "").split())[:120]
    if not words:
        return HttpResponseRedirect("/desk/search/", status=303)
    return HttpResponseRedirect(f"/desk/search/?s={remember(request, words)}", status=303)
