"""What is done to a case as a whole: joined to another one or taken apart, given to a team, handed over
to another service, opened again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.casework import access, actions, handing
from moothall.casework.models import Case
from moothall.casework.queries import case_for, related_to, teams_of
from moothall.casework.types import CaseView
from moothall.desk.views.forms import form_page, simple
from moothall.desk.views.showing import (
    TAKES_CONTACTS,
    Refusal,
    actor_of,
    attempt,
    case_or_404,
    expected_of,
    show,
    staff_page,
)
from moothall.journeys import actions as journeys
from moothall.journeys import drafts
from moothall.packs.queries import service as offered_service


@staff_page
def related(request: HttpRequest, reference: str) -> HttpResponse:
    """Other cases at the same place, of the same person, in like words."""
    now = timezone.now()
    case = case_or_404(request, reference, now)
    rows = related_to(actor_of(request), case.id, limit=50, now=now)
    for one in rows:
        access.note(actor_of(request), one.reference, "search", now=now)
    values = {"case": case, "at": f"/desk/cases/{case.reference}/", "rows": rows}
    return show(request, "desk/related.html", values)


@staff_page
def merge(request: HttpRequest, reference: str) -> HttpResponse:
    """Join a duplicate to the case that goes on."""
    actor = actor_of(request)

    def values(case: CaseView) -> dict[str, Any]:
        rows = related_to(actor, case.id, text=False, now=timezone.now())
        left = case.payment.paid - case.payment.refunded
        return {
            "into": request.POST.get("into", request.GET.get("into", ""))[:20],
            "reason": request.POST.get("reason", ""),
            "likely": [one for one in rows if one.can_join],
            "copy": request.POST.getlist("copy"),
            "copies": _copies(case),
            "refund": request.POST.get("refund", ""),
            "left": left,
        }

    def check(case: CaseView, refusal: Refusal) -> None:
        if not request.POST.get("into", "").strip():
            refusal.errors.append(("into", "Enter the reference of the case that goes on"))
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why the two are the same"))

    return simple(
        request,
        reference,
        right="merge",
        template="desk/merge.html",
        values=values,
        do=lambda case: actions.merge(
            case.id,
            request.POST.get("into", ""),
            request.POST.get("reason", ""),
            actor=actor,
            expected=expected_of(request, case),
            copy_files="files" in request.POST.getlist("copy"),
            copy_notes="notes" in request.POST.getlist("copy"),
            refund=request.POST.get("refund") == "yes",
            now=timezone.now(),
        ),
        done="The case was joined. Its applicant is told and follows the other one.",
        default_field="into",
        before=check,
    )


def _copies(case: CaseView) -> list[tuple[str, str]]:
    found = []
    if case.files:
        found.append(("files", f"Files ({len(case.files)})"))
    notes = sum(1 for one in case.timeline if one.kind == "noted" and one.detail)
    if notes:
        found.append(("notes", f"Notes ({notes})"))
    return found


@staff_page
def unmerge(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a duplicate out of its main case again."""
    return simple(
        request,
        reference,
        right="unmerge",
        template="desk/unmerge.html",
        values=lambda case: {"reason": request.POST.get("reason", "")},
        do=lambda case: actions.unmerge(
            case.id,
            request.POST.get("reason", ""),
            actor=actor_of(request),
            expected=expected_of(request, case),
            now=timezone.now(),
        ),
        done="The case goes on by itself again. Its applicant is told.",
        default_field="reason",
    )


@staff_page
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    """Open an ended case again."""
    return simple(
        request,
        reference,
        right="reopen",
        template="desk/reopen.html",
        values=lambda case: {
            "reason": request.POST.get("reason", ""),
            "message": request.POST.get("message", ""),
        },
        do=lambda case: actions.reopen(
            case.id,
            request.POST.get("reason", ""),
            actor=actor_of(request),
            message=request.POST.get("message", ""),
            expected=expected_of(request, case),
            now=timezone.now(),
        ),
        done="The case is open again. Its applicant is told.",
        default_field="reason",
    )


@staff_page
def team(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the case to another team; whoever no longer sees it then goes back to the queue."""
    actor = actor_of(request)
    case = case_or_404(request, reference)
    if "team" not in case.can:
        raise Http404("This is not yours to do.")
    teams = [(slug, name) for slug, name in teams_of(case.id, actor) if slug != case.team]
    refusal = Refusal()
    if request.method == "POST":
        chosen = request.POST.get("team", "")
        if chosen not in dict(teams):
            refusal.errors.append(("team", "Choose the team that gets it"))
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why it goes to another team"))
        if not refusal:
            refusal = attempt(
                lambda: actions.hand_over_to_team(
                    case.id,
                    chosen,
                    actor=actor,
                    reason=request.POST.get("reason", ""),
                    expected=expected_of(request, case),
                    now=timezone.now(),
                ),
                default_field="team",
            )
        if not refusal:
            still = case_for(actor, case.reference, now=timezone.now()) is not None
            messages.success(request, f"{case.reference} was given to {dict(teams)[chosen]}.")
            to = f"/desk/cases/{case.reference}/" if still else "/desk/"
            return HttpResponseRedirect(to, status=303)
    values = {
        "teams": teams,
        "chosen": request.POST.get("team", ""),
        "reason": request.POST.get("reason", ""),
    }
    return form_page(request, "desk/team_change.html", case, values, refusal)


@staff_page
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose the service that it goes to; what is missing there is answered on the assisted screen.

    Nothing is changed yet: the case ends when the form of the other service is sent.
    """
    actor = actor_of(request)
    case = case_or_404(request, reference)
    if "hand_over" not in case.can or not actor.plays(*TAKES_CONTACTS):
        raise Http404("This is not yours to do.")
    row = Case.objects.get(pk=case.id)
    services = [(one.id, one.name) for one in handing.services_for(row, actor)]
    refusal = Refusal()
    if request.method == "POST":
        chosen, reason = request.POST.get("service", ""), request.POST.get("reason", "")
        if chosen not in dict(services):
            refusal.errors.append(("service", "Choose the service that it goes to"))
        if not reason.strip():
            refusal.errors.append(("reason", "Say why it goes there"))
        if not refusal:
            refusal = attempt(
                lambda: handing.check_hand_over(
                    case.id, chosen, reason, actor=actor, expected=expected_of(request, case)
                ),
                default_field="service",
            )
        if not refusal:
            return HttpResponseRedirect(_draft(request, row, chosen, reason), status=303)
    values = {
        "services": services,
        "chosen": request.POST.get("service", ""),
        "reason": request.POST.get("reason", ""),
    }
    return form_page(request, "desk/hand_over.html", case, values, refusal)


def _draft(request: HttpRequest, row: Case, service_id: str, reason: str) -> str:
    """Begin the other service's form with what is known; return its address."""
    now = timezone.now()
    service = offered_service(service_id)
    if service is None:
        raise Http404("The council does not offer this service.")
    draft = journeys.begin(
        service,
        handing.channel_for(row, service),
        None,
        language=row.language if row.language in service.languages else "en",
        adviser=request.user,
        now=now,
    )
    fitting = handing.answers_for(row, service, now=now)
    answers = handing.copy_files(service, fitting, owner=draft.holder, now=now)
    drafts.save(
        draft,
        now=now,
        answers=answers,
        notes={"handed_from": row.reference, "handed_why": reason.strip()},
    )
    messages.info(
        request,
        f"{len(answers)} answers of {row.reference} are filled in. Answer what is missing and send "
        f"it: {row.reference} ends then, and the person is told their new reference.",
    )
    return f"/desk/assisted/{draft.holder}/"
