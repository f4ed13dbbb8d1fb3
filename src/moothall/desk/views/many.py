"""Do one thing to many cases: choose, say what, look at what would happen, confirm, and watch it done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.views.decorators.http import require_POST

from moothall.casework import bulk
from moothall.casework import queries as casework
from moothall.casework.errors import CaseworkError, Invalid, Missing, NotFound
from moothall.casework.models import BulkRun
from moothall.casework.sharing import load_of
from moothall.design.forms import whole_number
from moothall.desk.export import csv_file
from moothall.desk.queries import teams
from moothall.desk.queue_view import narrowed
from moothall.desk.views.queue import back_link, back_to_queue, ticked
from moothall.desk.views.showing import actor_of, show, staff_page
from moothall.desk.words import count

HERE = "/desk/many/"


def _run(request: HttpRequest, public_id: str) -> BulkRun:
    try:
        return bulk.find(actor_of(request), public_id)
    except NotFound as gone:
        raise Http404(str(gone)) from gone


def _to(run: BulkRun, path: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{HERE}{run.public_id}/{path}", status=303)


@staff_page
def begin(request: HttpRequest) -> HttpResponse:
    """POST: choose the ticked cases, or all that fit the filters. GET: my last runs."""
    actor, now = actor_of(request), timezone.now()
    if request.method != "POST":
        return show(request, "desk/many_runs.html", {"runs": bulk.runs_of(actor)})
    link = back_link(request)
    everything = request.POST.get("scope") == "all"
    try:
        run = bulk.draft(
            actor,
            request.POST.get("kind", ""),
            cases=() if everything else ticked(request),
            filters=narrowed(actor, link)[0] if everything else None,
            found_by=link.query(),
            now=now,
        )
    except CaseworkError as why:
        messages.error(request, f"{why} Tick cases in the list, or choose all that fit.")
        return back_to_queue(request)
    return _to(run)


@staff_page
def run(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what is to be done with the chosen cases; once it runs: how far it is, and the report."""
    found = _run(request, public_id)
    if found.status != BulkRun.Status.DRAFT:
        return _report(request, found)
    if request.method != "POST":
        return _ask(request, found, found.params)
    actor, now = actor_of(request), timezone.now()
    given = _given(request)
    try:
        bulk.settle(actor, public_id, given, now=now)
    except (Missing, Invalid) as wrong:
        return _ask(request, found, given, [{"field": wrong.field, "message": wrong.message}])
    except CaseworkError as why:
        return _ask(request, found, given, [{"field": "", "message": str(why)}])
    return _to(found, "check/")


def _given(request: HttpRequest) -> dict[str, Any]:
    """What the form says, as plain values."""
    given: dict[str, Any] = {
        name: request.POST.get(name, "")
        for name in ("move", "reason", "message", "team", "text", "subject", "way")
    }
    given["people"] = [
        one for text in request.POST.getlist("people") if (one := whole_number(text)) is not None
    ]
    to = request.POST.get("to", "")
    given["to"] = to if to == "nobody" or whole_number(to) is not None else ""
    template = whole_number(request.POST.get("template", ""))
    if template is not None:
        given["template"] = template
    return given


def _ask(
    request: HttpRequest,
    found: BulkRun,
    given: Mapping[str, Any],
    errors: list[dict[str, str]] | None = None,
) -> HttpResponse:
    actor, now = actor_of(request), timezone.now()
    chosen = len(bulk.cases_of(found))
    if "service" in given and ":" not in str(given.get("move", "")):
        given = {**given, "move": f"{given['service']}:{given['move']}"}
    values: dict[str, Any] = {
        "run": found,
        "chosen": count(chosen, "case"),
        "most": bulk.MOST,
        "given": given,
        "errors": errors or [],
        "wrong": {one["field"]: one["message"] for one in errors or []},
        "back": f"/desk/?{found.found_by}" if found.found_by else "/desk/",
    }
    kind = found.kind
    if kind == BulkRun.Kind.MOVE:
        values["offers"] = bulk.offers(actor, found.public_id, now=now)
    elif kind in {BulkRun.Kind.ASSIGN, BulkRun.Kind.SHARE}:
        people = bulk.people_for(actor, found.public_id)
        load = load_of([number for number, _ in people])
        values["people"] = [
            (number, f"{name} ({count(load[number], 'open case')})") for number, name in people
        ]
    elif kind == BulkRun.Kind.TEAM:
        values["teams"] = list(teams().items())
    elif kind == BulkRun.Kind.REPLY:
        services = bulk.services_in(actor, found.public_id)
        only = next(iter(services)) if len(services) == 1 else ""
        values["templates"] = [
            (one.id, one.name) for one in casework.templates_for(actor, service_id=only)
        ]
    return show(request, f"desk/many_{kind}.html", values, status=422 if errors else 200)


@staff_page
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """What would happen: how many can and can't, why, and what residents are told. POST confirms it."""
    actor, now = actor_of(request), timezone.now()
    found = _run(request, public_id)
    if found.status != BulkRun.Status.DRAFT:
        return _to(found)
    if not found.params:
        return _to(found)
    if request.method == "POST":
        bulk.start(actor, public_id, now=now)
        return _to(found)
    seen = bulk.preview(actor, public_id, now=now)
    names = dict(bulk.people_for(actor, public_id)) if seen.to else {}
    values = {
        "run": found,
        "seen": seen,
        "can": count(seen.can, "case"),
        "cannot": count(seen.cannot, "case"),
        "told": count(seen.told, "person", "people"),
        "to": [
            (names.get(who or 0, "Nobody: back to the team"), number) for who, number in seen.to
        ],
        "what": _what(request, found),
    }
    return show(request, "desk/many_check.html", values)


def _what(request: HttpRequest, found: BulkRun) -> str:
    """What is done to each case, in words."""
    params = found.params
    if found.kind == BulkRun.Kind.MOVE:
        offers = bulk.offers(actor_of(request), found.public_id, now=timezone.now())
        key = f"{params['service']}:{params['move']}"
        label = next((f"{one.label} ({one.service})" for one in offers if one.key == key), "")
        return label or str(params["move"]).replace("_", " ").capitalize()
    if found.kind == BulkRun.Kind.TEAM:
        return f"Give to {teams().get(params['team'], params['team'])}"
    return BulkRun.Kind(found.kind).label


def _report(request: HttpRequest, found: BulkRun) -> HttpResponse:
    actor = actor_of(request)
    failed: dict[str, list[str]] = {}
    for reference, _, _, why in bulk.results(actor, found.public_id, "refused"):
        failed.setdefault(why, []).append(reference)
    values = {
        "progress": bulk.progress(actor, found.public_id),
        "failed": sorted(failed.items(), key=lambda pair: -len(pair[1])),
        "label": BulkRun.Kind(found.kind).label,
        "back": f"/desk/?{found.found_by}" if found.found_by else "/desk/",
    }
    return show(request, "desk/many_run.html", values)


@staff_page
def state(request: HttpRequest, public_id: str) -> JsonResponse:
    """How far a run is, for the page that watches it."""
    _run(request, public_id)
    now = bulk.progress(actor_of(request), public_id)
    return JsonResponse(
        {
            "status": now.run.status,
            "finished": now.run.status != BulkRun.Status.RUNNING,
            "done": now.done,
            "refused": now.refused,
            "total": now.total,
            "percent": now.percent,
        }
    )


@staff_page
@require_POST
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop after the case that is being done."""
    found = _run(request, public_id)
    bulk.stop(actor_of(request), public_id, now=timezone.now())
    return _to(found)


@staff_page
@require_POST
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    """Carry on where it stopped."""
    found = _run(request, public_id)
    bulk.resume(actor_of(request), public_id, now=timezone.now())
    return _to(found)


@staff_page
def report(request: HttpRequest, public_id: str) -> StreamingHttpResponse:
    """What became of each case, as a file."""
    found = _run(request, public_id)
    rows = bulk.results(actor_of(request), public_id)
    return csv_file(
        f"many-{found.created_at:%Y-%m-%d}.csv", ("Reference", "Service", "Result", "Why"), rows
    )
