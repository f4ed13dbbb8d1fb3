"""People's requests about their own data: taken, looked through, answered."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from moothall.casework import subject_requests
from moothall.casework.errors import CaseworkError, Invalid, NotFound
from moothall.casework.facts import local_day
from moothall.casework.models import SubjectRequest
from moothall.casework.subject import CHOICES, MASK, CaseFile, Item, Person
from moothall.desk import subject_archive
from moothall.desk.views.privacy_office import given_day, office_page, shown
from moothall.desk.views.showing import actor_of, show
from moothall.files.models import StoredFile
from moothall.files.views import send

REQUESTS = "/desk/privacy/requests/"


@office_page
def requests(request: HttpRequest) -> HttpResponse:
    """The requests, the one due first first. POST takes a new one."""
    actor, now = actor_of(request), timezone.now()
    given = {
        name: request.POST.get(name, "").strip()
        for name in ("kind", "name", "email", "phone", "proof", "received_on")
    }
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        day = given_day(given["received_on"])
        if not given["received_on"]:
            day = local_day(now)
        try:
            if day is None:
                raise Invalid("received_on", "Enter the day on which it came, like 11/3/2026.")
            taken = subject_requests.take(
                given["kind"],
                Person(given["name"], given["email"], given["phone"]),
                given["proof"],
                day,
                actor=actor,
                now=now,
            )
        except Invalid as refused:
            errors.append((refused.field, refused.message))
        else:
            return HttpResponseRedirect(f"{REQUESTS}{taken.public_id}/", status=303)
    over = "over" in request.GET
    values = {
        "requests": subject_requests.listed(actor, over=over),
        "over": over,
        "kinds": SubjectRequest.Kind.choices,
        "given": given,
        "today": local_day(now),
        **shown(errors),
    }
    return show(request, "desk/privacy_requests.html", values, status=422 if errors else 200)


@dataclass
class Shown:
    """One item on the page, with what is done with it."""

    item: Item
    choice: str
    number: int

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What may be chosen: words can only be blacked out where some are marked."""
        return [(key, words) for key, words in CHOICES.items() if key != MASK or self.item.spans]

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, with whether each is marked."""
        out, at = [], 0
        for start, end in self.item.spans:
            out += [(self.item.text[at:start], False), (self.item.text[start:end], True)]
            at = end
        return [piece for piece in [*out, (self.item.text[at:], False)] if piece[0]]


def _found(request: HttpRequest, public_id: str) -> SubjectRequest:
    try:
        return subject_requests.found(public_id, actor_of(request))
    except NotFound as gone:
        raise Http404(str(gone)) from gone


@office_page
def one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One request: what is held, what of it speaks of others, and what is answered."""
    actor, now = actor_of(request), timezone.now()
    found = _found(request, public_id)
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        try:
            said = _do(request, found)
        except NotFound as gone:
            raise Http404(str(gone)) from gone
        except Invalid as refused:
            errors.append((refused.field or "outcome", refused.message))
        except CaseworkError as refused:
            errors.append(("outcome", str(refused)))
        else:
            messages.success(request, said)
            return HttpResponseRedirect(f"{REQUESTS}{public_id}/", status=303)
    open_ = found.state in {SubjectRequest.State.OPEN, SubjectRequest.State.BUILDING}
    held = subject_requests.files_of(found, actor, now=now) if open_ else []
    number = 0
    cases: list[tuple[CaseFile, list[Shown], int]] = []
    for file in held:
        lines = []
        for item in file.items:
            number += 1
            lines.append(Shown(item, subject_archive.choice_of(item, found.chosen), number))
        cases.append((file, lines, sum(bool(line.item.why) for line in lines)))
    values = {
        "one": found,
        "open": open_,
        "access": found.kind == SubjectRequest.Kind.ACCESS,
        "erasure": found.kind == SubjectRequest.Kind.ERASURE,
        "restriction": found.kind
        in {SubjectRequest.Kind.RESTRICTION, SubjectRequest.Kind.OBJECTION},
        "cases": cases,
        "account": subject_archive.account_of(found.email) if open_ else {},
        "drafts": len(subject_archive.drafts_of(found.email)) if open_ else 0,
        "today": local_day(now),
        "given": request.POST if request.method == "POST" else {},
        **shown(errors),
    }
    return show(request, "desk/privacy_request.html", values, status=422 if errors else 200)


def _do(request: HttpRequest, found: SubjectRequest) -> str:
    """Do what the page's form asks for; return what to say."""
    actor, now, key = actor_of(request), timezone.now(), found.public_id
    deed = request.POST.get("do", "")
    case, _, reference = deed.partition(":")
    if case == "erase":
        subject_requests.erase_case(key, reference, actor=actor, now=now)
        return f"{reference} holds nothing about them any more."
    if case == "restrict":
        subject_requests.restrict_case(key, reference, actor=actor, now=now)
        return f"{reference} is restricted now."
    if deed == "build":
        subject_requests.build(key, _chosen(request, found), actor=actor, now=now)
        return "The copy is being put together. It takes a moment."
    if deed == "extend":
        subject_requests.extend(key, request.POST.get("why", ""), actor=actor)
        return "Two more months. Tell the person why before the first month is over."
    if deed in {"done", "refuse"}:
        outcome = request.POST.get("outcome", "")
        subject_requests.close(key, outcome, refused=deed == "refuse", actor=actor, now=now)
        return "The answer is written down."
    raise Invalid("outcome", "Choose one of the buttons.")


def _chosen(request: HttpRequest, found: SubjectRequest) -> dict[str, str]:
    """The officer's own decisions: what differs from what we proposed, or from what they chose before."""
    held = subject_requests.held_about(found, now=timezone.now())
    chosen = {}
    for item in (item for file in held for item in file.items):
        wanted = request.POST.get(f"item-{item.id}", "")
        if wanted in CHOICES and wanted != subject_archive.choice_of(item, found.chosen):
            chosen[item.id] = wanted
    return chosen


@require_safe
@office_page
def copy(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Send the archive, to give to the person."""
    found = _found(request, public_id)
    kept = StoredFile.objects.filter(public_id=found.archive).first() if found.archive else None
    if kept is None:
        raise Http404("There is no copy to fetch.")
    return send(kept, download=True)


@require_safe
@office_page
def file(request: HttpRequest, public_id: str, file_id: str) -> HttpResponseBase:
    """Send a file of one of the cases that the request is about, to look whether it shows others."""
    found = _found(request, public_id)
    kept = StoredFile.objects.filter(public_id=file_id).first()
    if kept is None or not subject_requests.holds_file(found, kept.owner):
        raise Http404("There is no such file in what is held about them.")
    return send(kept, download=False)
