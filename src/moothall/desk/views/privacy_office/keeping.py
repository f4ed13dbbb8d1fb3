"""How long cases are kept: legal holds, what retention has to do, and what it did."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.casework import holds, retention, subject_requests
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.facts import local_day
from moothall.casework.models import Case, Hold, RetentionRun
from moothall.casework.types import CaseView
from moothall.desk.views.forms import simple
from moothall.desk.views.privacy_office import given_day, office_page, shown
from moothall.desk.views.showing import Refusal, actor_of, show, staff_page
from moothall.packs.queries import offered

HOLDS = "/desk/privacy/holds/"


@office_page
def office(request: HttpRequest) -> HttpResponse:
    """The privacy office at a glance: what waits, what is due."""
    actor, now = actor_of(request), timezone.now()
    today = local_day(now)
    waiting = subject_requests.listed(actor)
    standing = holds.listed(actor)
    values = {
        "waiting": len(waiting),
        "late": sum(one.due_on < today for one in waiting),
        "next": waiting[0].due_on if waiting else None,
        "holds": len(standing),
        "reviews": sum(one.review_on <= today for one in standing),
        "last_run": RetentionRun.objects.order_by("-started_at").first(),
        "today": today,
    }
    return show(request, "desk/privacy_office.html", values)


@office_page
def held(request: HttpRequest) -> HttpResponse:
    """The legal holds. POST places one on a person, a service or a case."""
    actor, now = actor_of(request), timezone.now()
    given = {
        name: request.POST.get(name, "").strip()
        for name in ("covers", "reference", "email", "service", "opened_since", "opened_until", "reason", "review_on")
    }  # fmt: skip
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        errors = _place(request, given)
        if not errors:
            messages.success(request, "The hold stands. Nothing that it covers will go.")
            return HttpResponseRedirect(HOLDS, status=303)
    ended = "ended" in request.GET
    values = {
        "holds": [(one, holds.covered(one)) for one in holds.listed(actor, ended=ended)],
        "ended": ended,
        "today": local_day(now),
        "given": given,
        "services": [(one.id, one.name) for one in offered()],
        **shown(errors),
    }
    return show(request, "desk/privacy_holds.html", values, status=422 if errors else 200)


def _place(request: HttpRequest, given: dict[str, str]) -> list[tuple[str, str]]:
    covers = given["covers"]
    wanted = {"case": "reference", "person": "email", "service": "service"}.get(covers)
    if wanted is None:
        return [("covers", "Choose what it covers")]
    errors = []
    days = {}
    for name in ("review_on", "opened_since", "opened_until"):
        days[name] = given_day(given[name])
        if given[name] and days[name] is None:
            errors.append((name, "Enter a day, like 31/3/2027"))
    if not given[wanted]:
        errors.append((wanted, {"reference": "Enter the reference", "email": "Enter the email address",
                                "service": "Choose the service"}[wanted]))  # fmt: skip
    if not given["reason"]:
        errors.append(("reason", "Say why"))
    if not given["review_on"]:
        errors.append(("review_on", "Enter the day of the review"))
    if errors:
        return errors
    assert days["review_on"] is not None
    try:
        holds.place(
            given["reason"],
            days["review_on"],
            actor=actor_of(request),
            reference=given["reference"] if covers == "case" else "",
            email=given["email"] if covers == "person" else "",
            service_id=given["service"] if covers == "service" else "",
            opened_since=days["opened_since"] if covers == "service" else None,
            opened_until=days["opened_until"] if covers == "service" else None,
            now=timezone.now(),
        )
    except Invalid as refused:
        return [(refused.field, refused.message)]
    return []


@staff_page
def hold(request: HttpRequest, number: int) -> HttpResponse:
    """One hold: keep it until another review, or lift it."""
    actor, now = actor_of(request), timezone.now()
    found = Hold.objects.select_related("case").filter(pk=number).first()
    if found is None or not holds.may_change(actor, found.case):
        raise Http404("There is no such hold.")
    errors: list[tuple[str, str]] = []
    lifting = request.POST.get("do") == "lift"
    if request.method == "POST":
        try:
            if lifting:
                holds.lift(number, request.POST.get("reason", ""), actor=actor, now=now)
                messages.success(request, "The hold was lifted. Retention goes on.")
            else:
                day = given_day(request.POST.get("review_on", ""))
                if day is None:
                    raise Invalid("review_on", "Enter the day of the next review, like 31/3/2027.")
                holds.review(number, day, actor=actor, now=now)
                messages.success(request, "The hold stands until it is looked at again.")
        except Invalid as refused:
            errors.append((refused.field, refused.message))
        except (NotAllowed, NotFound) as refused:
            raise Http404(str(refused)) from refused
        else:
            return HttpResponseRedirect(_back(request, found), status=303)
    values = {
        "hold": found,
        "covers": holds.covered(found),
        "back": _back(request, found),
        "reason": request.POST.get("reason", ""),
        "review_on": request.POST.get("review_on", ""),
        "today": local_day(now),
        **shown(errors),
    }
    return show(request, "desk/privacy_hold.html", values, status=422 if errors else 200)


def _back(request: HttpRequest, found: Hold) -> str:
    if holds.may_see(actor_of(request)):
        return HOLDS
    return f"/desk/cases/{found.case.reference}/" if found.case else "/desk/"


@staff_page
def hold_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Place a hold on one case: a manager of its team, or an administrator who sees it."""

    def check(case: CaseView, refusal: Refusal) -> None:
        if given_day(request.POST.get("review_on", "")) is None:
            refusal.errors.append(("review_on", "Enter the day of the review, like 31/3/2027"))
        if not request.POST.get("reason", "").strip():
            refusal.errors.append(("reason", "Say why"))

    return simple(
        request,
        reference,
        right="hold",
        template="desk/hold.html",
        values=lambda case: {
            "reason": request.POST.get("reason", ""),
            "review_on": request.POST.get("review_on", ""),
        },
        do=lambda case: holds.place(
            request.POST.get("reason", ""),
            given_day(request.POST.get("review_on", "")) or local_day(timezone.now()),
            actor=actor_of(request),
            reference=case.reference,
            now=timezone.now(),
        ),
        done="The hold stands. The case will not go while it does.",
        default_field="reason",
        before=check,
    )


@office_page
def kept(request: HttpRequest) -> HttpResponse:
    """What retention has to do, service by service, and what its runs did."""
    now = timezone.now()
    values = {
        "outlook": retention.outlook(now),
        "runs": [
            (one, sum(one.anonymised.values()), sum(one.deleted.values()), sum(one.held.values()))
            for one in RetentionRun.objects.order_by("-started_at")[:20]
        ],
        "open_cases": Case.objects.filter(ended_at=None, anonymised_at=None).count(),
    }
    return show(request, "desk/privacy_kept.html", values)
