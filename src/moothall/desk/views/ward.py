"""A councillor's ward: its cases as far as the rules let them see, and casework for a resident who asked."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import queries as casework
from moothall.casework import representing, teamwork
from moothall.casework.errors import NotFound
from moothall.casework.models import Representation
from moothall.casework.types import QueueFilters
from moothall.desk import wordlists
from moothall.desk.models import OnBehalf
from moothall.desk.queries import by_owner, lines, services_by_phone, teams, wards
from moothall.desk.views.showing import actor_of, councillor_page, show
from moothall.desk.views.team import service_names
from moothall.journeys import actions as journeys
from moothall.journeys import drafts
from moothall.packs.queries import service as offered_service

HERE = "/desk/ward/"
RECENT = 10


@councillor_page
def ward(request: HttpRequest) -> HttpResponse:
    """Show the ward: open by service, late, lately opened, and the cases that the councillor follows."""
    actor, now = actor_of(request), timezone.now()
    names, ward_names = service_names(), wards()
    newest = casework.queue(actor, QueueFilters(order="newest", limit=RECENT), now=now)
    late, everything = casework.counts_of(
        actor, [QueueFilters(due="late"), QueueFilters()], now=now
    )
    ended = replace(QueueFilters(), ended=True, order="newest", limit=1)
    values = {
        "wards": [ward_names.get(code, code) for code in sorted(actor.wards)],
        "by_service": [
            (names.get(one.service, one.service), one) for one in teamwork.in_wards(actor, now=now)
        ],
        "recent": lines(newest.rows, now=now, ward_names=ward_names, team_names=teams()),
        "late": late,
        "open": everything,
        "finished": casework.queue(actor, ended, now=now).total,
        "followed": representing.followed_by(actor, now=now),
        "over": representing.followed_by(actor, ended=True, limit=10, now=now),
    }
    return show(request, "desk/ward.html", values)


@councillor_page
def begin(request: HttpRequest) -> HttpResponse:
    """Say who asked, how, and what it is about; then the service's form follows."""
    actor, now = actor_of(request), timezone.now()
    errors = []
    given = {name: request.POST.get(name, "") for name in ("asked_by", "channel", "service")}
    if request.method == "POST":
        service = offered_service(given["service"])
        if given["asked_by"] not in Representation.AskedBy.values:
            words = "Say who asked you. You can only act when you were asked"
            errors.append({"field": "asked_by", "message": words})
        if "agreed" not in request.POST:
            words = "Confirm that the person knows what you do with their details"
            errors.append({"field": "agreed", "message": words})
        if given["channel"] not in wordlists.TAKEN_BY_ADVISER:
            errors.append({"field": "channel", "message": "Choose how they were in touch with you"})
        if service is None or service not in services_by_phone():
            errors.append({"field": "service", "message": "Choose what it is about"})
        if not errors and service is not None:
            with transaction.atomic():
                draft = journeys.begin(
                    service,
                    given["channel"],
                    None,
                    language="en",
                    adviser=request.user,
                    now=now,
                )
                draft = drafts.save(draft, now=now)
                OnBehalf.objects.create(
                    holder=draft.holder,
                    user_id=actor.user_id or 0,
                    asked_by=given["asked_by"],
                    at=now,
                )
            return HttpResponseRedirect(f"/desk/assisted/{draft.holder}/", status=303)
    values = {
        "errors": errors,
        "wrong": {one["field"]: one["message"] for one in errors},
        "given": given,
        "agreed": "agreed" in request.POST,
        "asked": Representation.AskedBy.choices,
        "channels": list(wordlists.TAKEN_BY_ADVISER.items()),
        "groups": by_owner(services_by_phone()),
    }
    return show(request, "desk/ward_begin.html", values, status=422 if errors else 200)


@councillor_page
def followed(request: HttpRequest, reference: str) -> HttpResponse:
    """How a case goes that this councillor opened for a resident."""
    actor, now = actor_of(request), timezone.now()
    try:
        case = representing.followed(actor, reference.upper(), now=now)
    except NotFound as gone:
        raise Http404(str(gone)) from gone
    sees = casework.visible(actor).filter(reference=case.reference).exists()
    return show(request, "desk/ward_case.html", {"case": case, "sees": sees})


@councillor_page
@require_POST
def stop(request: HttpRequest, reference: str) -> HttpResponse:
    """No longer follow a case."""
    representing.stop_following(actor_of(request), reference.upper(), now=timezone.now())
    messages.success(request, f"You no longer follow {reference.upper()}.")
    return HttpResponseRedirect(HERE, status=303)
