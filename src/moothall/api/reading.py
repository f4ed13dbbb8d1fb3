"""Reading cases: lists by the queue's filters, search, one case and what stands around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Query
from pydantic import Field

from moothall.api import paging, shapes, telling
from moothall.api.at_case import CASE, find
from moothall.api.contract import Call, Reply, endpoint, etag
from moothall.casework import access, queries
from moothall.casework.colleagues import colleagues_of, teams_of
from moothall.casework.errors import NotFound
from moothall.casework.facts import service_of
from moothall.casework.models import Case
from moothall.casework.reading import sees_file
from moothall.casework.references import tidy
from moothall.casework.types import CaseView, QueueFilters
from moothall.files import store
from moothall.files.models import StoredFile
from moothall.people.actor import Actor

TAG = "Reading cases"
PARTS: dict[str, frozenset[str]] = {
    "messages": frozenset(
        {"message_queued", "message_delivered", "message_failed", "message_received"}
    ),
    "moves": frozenset(
        {"opened", "started", "moved", "reopened", "merged", "unmerged", "handed_over", "expired",
         "lapsed", "assigned", "team_changed"}
    ),
    "notes": frozenset(
        {"noted", "task_set", "task_done", "task_cancelled", "call_back_asked", "call_tried"}
    ),
    "changes": frozenset({"corrected", "redacted", "restricted", "fee_changed", "anonymised"}),
}  # fmt: skip
"""What a timeline can be narrowed to: the parts of the desk's page."""


class ListQuery(shapes.Filters):
    """The filters, the order and the page."""

    order: Literal["promise", "newest", "oldest"] = "promise"
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str = Field("", max_length=400, description="`next` of the page before.")


class SearchIn(shapes.Body):
    """What is looked for: a reference, name, email, phone, address, postcode or words."""

    words: Annotated[str, Field(min_length=1, max_length=120, examples=["WM-7K2-9QD"])]
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Found(shapes.Schema):
    """The cases that were found, best first."""

    cases: list[shapes.CaseRow]


class TeamOut(shapes.Schema):
    """A team."""

    slug: str
    name: str


class TeamList(shapes.Schema):
    """Teams by name."""

    teams: list[TeamOut]


def filters_of(given: shapes.Filters) -> QueueFilters:
    """The filters of a queue, from those of a request."""
    same = (
        "team", "assignee", "ward", "due", "due_within", "older_than", "opened_since",
        "opened_until", "ended_since", "ended_until", "breached_since", "breached_until",
        "urgent", "restricted", "channel", "paid",
    )  # fmt: skip
    values: dict[str, Any] = {name: getattr(given, name) for name in same}
    return QueueFilters(
        services=tuple(given.service),
        states=tuple(given.state),
        ended={"no": False, "yes": True, "both": None}[given.ended],
        has=tuple(given.has),
        **values,
    )


@endpoint(
    "get",
    "/cases",
    scope="cases:read",
    tag=TAG,
    summary="List cases",
    answer=shapes.CasePage,
    curl="/cases?due=late&limit=20",
    desk=("desk", "desk-queue-file", "desk-mine"),
)
def list_cases(call: Call, given: ListQuery = Query(...)) -> Reply:  # noqa: B008  django-ninja's way
    """Cases by promise, soonest first, under the same filters as the desk's queue.

    A page at a time: `next` (and the `Link` header) leads to the following one.
    """
    what = [call.caller.key.pk, given.model_dump(exclude={"cursor", "limit"})]
    filters = replace(
        filters_of(given),
        order=given.order,
        limit=given.limit,
        after=paging.read(given.cursor, what),
    )
    page = queries.queue(call.actor, filters, now=call.now)
    following = paging.write(page.next, what) if page.next else None
    return Reply(
        shapes.CasePage(
            cases=[telling.case_row(row) for row in page.rows], next=following, total=page.total
        ),
        headers=paging.link(call.request, following) if following else {},
    )


@endpoint(
    "get",
    "/cases/counts",
    scope="cases:read",
    tag=TAG,
    summary="Count cases",
    answer=shapes.Counts,
    curl="/cases/counts?team=mine",
    desk=("desk",),
)
def count_cases(call: Call, given: shapes.Filters = Query(...)) -> shapes.Counts:  # noqa: B008  django-ninja's way
    """How many cases fit the filters, by how they stand with their promise and who has them.

    `due` and `assignee` narrow nothing here: each has its own count.
    """
    return shapes.Counts(**queries.queue_counts(call.actor, filters_of(given), now=call.now))


@endpoint(
    "post",
    "/cases/search",
    scope="cases:read",
    tag=TAG,
    summary="Find cases",
    answer=Found,
    reads=True,
    curl="/cases/search",
    desk=("desk-search", "desk-earlier"),
)
def search_cases(call: Call, body: SearchIn) -> Found:
    """Find cases by reference, name, email, phone, address, postcode or words, best first.

    A POST, so that nobody's name stands in an address. What was found is written in the log of reads.
    """
    rows = queries.search(call.actor, body.words, limit=body.limit, now=call.now)
    return Found(cases=[telling.case_row(row) for row in rows])


def _view(call: Call, reference: str) -> CaseView:
    known = tidy(reference)
    view = queries.case_for(call.actor, known, now=call.now) if known else None
    if view is None:
        raise NotFound
    return view


@endpoint(
    "get",
    CASE,
    scope="cases:read",
    tag=TAG,
    summary="Read a case",
    answer=shapes.CaseOut,
    curl="/cases/WM-7K2-9QD",
    desk=("desk-case", "desk-call-done"),
)
def get_case(call: Call, reference: shapes.Reference) -> HttpResponseBase | Reply:
    """One case: what the service file lets the owner of the key see of it.

    The reading is logged, with the key's name, where the service says so. The `ETag` is the case's
    version: send it as `If-Match` with a change, or as `If-None-Match` to read only what is new.
    """
    if seen := call.request.headers.get("If-None-Match", ""):
        mark = etag(find(call, reference).lock_version)
        if mark in [one.strip().removeprefix("W/") for one in seen.split(",")]:
            return HttpResponse(status=304, headers={"ETag": mark})
    return Reply(telling.case(_view(call, reference)))


class PartQuery(shapes.Strict):
    """What the timeline is narrowed to."""

    part: Literal["", "messages", "moves", "notes", "changes"] = ""
    after: Annotated[int, Field(ge=0, le=2**31)] = Field(0, description="Only later than this.")


@endpoint(
    "get",
    f"{CASE}/timeline",
    scope="cases:read",
    tag=TAG,
    summary="Read what happened to a case",
    answer=shapes.Timeline,
    desk=("desk-case",),
)
def get_timeline(call: Call, reference: shapes.Reference, given: PartQuery = Query(...)) -> Reply:  # noqa: B008  django-ninja's way
    """What happened, oldest first, in plain words; notes and messages as far as they may be read."""
    view = _view(call, reference)
    kinds = PARTS.get(given.part)
    entries = [
        telling.entry(one)
        for one in view.timeline
        if (kinds is None or one.kind in kinds) and one.sequence > given.after
    ]
    return Reply(shapes.Timeline(version=view.version, entries=entries))


@endpoint(
    "get",
    f"{CASE}/moves",
    scope="cases:read",
    tag=TAG,
    summary="List the steps that may be taken",
    answer=shapes.Moves,
    desk=("desk-case", "desk-move"),
)
def list_moves(call: Call, reference: shapes.Reference) -> Reply:
    """The steps that the service file allows the owner of the key now, with what each asks for."""
    view = _view(call, reference)
    return Reply(shapes.Moves(version=view.version, moves=telling.moves(view)))


@endpoint(
    "get",
    f"{CASE}/related",
    scope="cases:read",
    tag=TAG,
    summary="List related cases",
    answer=shapes.RelatedList,
    desk=("desk-related",),
)
def list_related(call: Call, reference: shapes.Reference) -> shapes.RelatedList:
    """Other cases of the same place, person or words, the likeliest first."""
    case = find(call, reference)
    rows = queries.related_to(call.actor, case.pk, now=call.now)
    return shapes.RelatedList(cases=[telling.related(row) for row in rows])


@endpoint(
    "get",
    f"{CASE}/assignable",
    scope="cases:read",
    tag=TAG,
    summary="List who can have a case",
    answer=shapes.People,
    desk=("desk-assign",),
)
def list_assignable(call: Call, reference: shapes.Reference) -> shapes.People:
    """The people who work on the service; empty where the owner of the key may not assign."""
    return _people(queries.assignable(find(call, reference).pk, call.actor))


@endpoint(
    "get",
    f"{CASE}/colleagues",
    scope="cases:read",
    tag=TAG,
    summary="List who may see a case",
    answer=shapes.People,
    desk=("desk-task-new", "desk-note"),
)
def list_colleagues(call: Call, reference: shapes.Reference) -> shapes.People:
    """The staff who may see a case: they can be named in its notes (`@Name`) and given its tasks."""
    return _people(colleagues_of(find(call, reference).pk, call.actor))


def _people(found: list[tuple[int, str]]) -> shapes.People:
    return shapes.People(people=[shapes.Person(id=number, name=name) for number, name in found])


@endpoint(
    "get",
    f"{CASE}/teams",
    scope="cases:read",
    tag=TAG,
    summary="List the teams that a case can be with",
    answer=TeamList,
    desk=("desk-case-team",),
)
def list_teams(call: Call, reference: shapes.Reference) -> TeamList:
    """The teams that a case can be given to, by name."""
    found = teams_of(find(call, reference).pk, call.actor)
    return TeamList(teams=[TeamOut(slug=slug, name=name) for slug, name in found])


@endpoint(
    "get",
    f"{CASE}/files/{{file_id}}",
    scope="cases:read",
    tag=TAG,
    summary="Fetch a file of a case",
    desk=("desk-case",),
)
def get_file(call: Call, reference: shapes.Reference, file_id: shapes.Slug) -> HttpResponseBase:
    """The bytes of a file that the owner of the key may see, with its media type. It counts as a read."""
    case = find(call, reference)
    stored = _stored(case, call.actor, file_id)
    rules = service_of(case).access
    if rules is None or rules.log_reads:
        access.note(call.actor, case.reference, "case", now=call.now)
    try:
        opened = store.path_of(stored.stored_as).open("rb")
    except FileNotFoundError as error:
        raise NotFound("There is no such file.") from error
    answer = FileResponse(
        opened, as_attachment=True, filename=stored.name, content_type=stored.type
    )
    answer.headers["Content-Length"] = str(stored.size)
    return answer


def _stored(case: Case, actor: Actor, file_id: str) -> StoredFile:
    stored = StoredFile.objects.filter(public_id=file_id, owner=case.reference).first()
    if stored is None or not sees_file(case, actor, file_id):
        raise NotFound("There is no such file.")
    return stored
