"""Staff accounts on a screen: who works here, in which team as what; add, invite, change, end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from moothall.casework.sharing import load_of
from moothall.design.forms import whole_number
from moothall.desk.queries import teams, wards
from moothall.desk.views.showing import actor_of, show, staff_page
from moothall.desk.words import count
from moothall.people import audit, staff
from moothall.people.models import Job, User
from moothall.people.sign_in import signed_in_lately

HERE = "/desk/staff/"


def _check(request: HttpRequest) -> None:
    managed = staff.manages(actor_of(request))
    if managed is not None and not managed:
        raise PermissionDenied("This page is for administrators and team managers.")


def _choices(request: HttpRequest) -> dict[str, Any]:
    """Teams, jobs and wards that this person may give."""
    managed = staff.manages(actor_of(request))
    jobs = (
        Job.choices if managed is None else [(one.value, one.label) for one in staff.MANAGER_GIVES]
    )
    return {
        "teams": [(k, v) for k, v in teams().items() if managed is None or k in managed],
        "jobs": jobs,
        "wards": list(wards().items()) if managed is None else [],
    }


@staff_page
def directory(request: HttpRequest) -> HttpResponse:
    """Who works here, or no longer does, and how many open cases each has. POST adds somebody."""
    _check(request)
    actor = actor_of(request)
    errors: list[dict[str, str]] = []
    given = {name: request.POST.get(name, "") for name in ("email", "name", "team", "job", "ward")}
    if request.method == "POST":
        try:
            person = staff.add(
                given["email"],
                given["name"],
                given["team"],
                given["job"],
                ward=given["ward"],
                actor=actor,
                now=timezone.now(),
            )
        except staff.CannotChange as why:
            errors.append({"field": why.field or "email", "message": str(why)})
        except staff.NotAllowed as why:
            errors.append({"field": "team", "message": str(why)})
        else:
            messages.success(request, f"{person.name} was added and invited by email.")
            return HttpResponseRedirect(f"{HERE}{person.pk}/", status=303)
    ended = "ended" in request.GET
    words = request.GET.get("words", "")[:100]
    people = list(staff.directory(actor, words=words, ended=ended)[:300])
    load = load_of([one.pk for one in people])
    values = {
        **_choices(request),
        "people": [(one, load[one.pk]) for one in people],
        "ended": ended,
        "words": words,
        "given": given,
        "errors": errors,
        "wrong": {one["field"]: one["message"] for one in errors},
        "job_names": dict(Job.choices),
    }
    return show(request, "desk/staff.html", values, status=422 if errors else 200)


def _person(request: HttpRequest, user_id: int) -> User:
    """Somebody whom this person may change. Anybody else does not exist for them."""
    _check(request)
    actor = actor_of(request)
    for ended in (False, True):
        found = staff.directory(actor, ended=ended).filter(pk=user_id).first()
        if found is not None:
            return found
    raise Http404("There is no such member of staff for you.")


@staff_page
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One member of staff: jobs, what happened to the account, and what is to be handed on."""
    found = _person(request, user_id)
    actor = actor_of(request)
    if request.method == "POST":
        return _change(request, found)
    values = {
        **_choices(request),
        "person": found,
        "open_cases": load_of([found.pk])[found.pk],
        "may": staff.may_change(actor, found),
        "history": [
            (one.at, audit.KINDS.get(one.kind, one.kind), one.by_label)
            for one in staff.history(found.pk, 20)
        ],
        "job_names": dict(Job.choices),
        "ward_names": wards(),
    }
    return show(request, "desk/staff_person.html", values)


SENSITIVE = frozenset({"end", "reset", "back"})


def _change(request: HttpRequest, found: User) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    text = {name: request.POST.get(name, "") for name in ("team", "job", "ward")}
    membership = whole_number(request.POST.get("membership", "")) or 0
    deeds: dict[str, tuple[Callable[[], Any], str]] = {
        "invite": (
            lambda: staff.send_invitation(found, actor=actor, now=now),
            "The invitation was sent again.",
        ),
        "give": (lambda: staff.give_job(found, **text, actor=actor, now=now), "The job was given."),
        "take": (
            lambda: staff.take_job(membership, actor=actor, now=now),
            "The job was taken away.",
        ),
        "change": (
            lambda: staff.change_job(membership, **text, actor=actor, now=now),
            "The job was changed.",
        ),
        "end": (lambda: staff.end(found, actor=actor, now=now), "The account has ended."),
        "back": (
            lambda: staff.bring_back(found, **text, actor=actor, now=now),
            "The account is open again, and an invitation was sent.",
        ),
        "reset": (
            lambda: staff.reset_second_factor(found, actor=actor, now=now),
            "The second factors were removed. They set one up when they next sign in.",
        ),
        "sign_out": (
            lambda: staff.end_sessions(found, actor=actor, now=now),
            "They are signed out everywhere.",
        ),
    }
    deed = deeds.get(request.POST.get("do", ""))
    there = HttpResponseRedirect(f"{HERE}{found.pk}/", status=303)
    if deed is None:
        return there
    owned = membership in {one.pk for one in found.memberships.all()}
    if request.POST["do"] in {"take", "change"} and not owned:
        messages.error(request, "This person no longer has that job.")
        return there
    if request.POST["do"] in SENSITIVE and not signed_in_lately(request):
        messages.error(request, "You signed in a while ago. Sign out and in again, then do this.")
        return there
    try:
        deed[0]()
    except (staff.CannotChange, staff.NotAllowed) as why:
        messages.error(request, str(why) or "You may not do that.")
        return there
    messages.success(request, deed[1])
    if request.POST["do"] == "end" and (left := load_of([found.pk])[found.pk]):
        words = count(left, "open case")
        messages.error(request, f"{words} of theirs: give them to somebody else, below.")
    return there
