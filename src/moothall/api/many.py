"""One thing done to many cases: choose, say what, preview, start, watch, stop and carry on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from moothall.api import shapes
from moothall.api.contract import Call, Reply, endpoint
from moothall.api.doing import OneCase
from moothall.api.reading import filters_of
from moothall.casework import bulk
from moothall.casework.bulk_models import BulkItem, BulkRun
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.queries import ids_with, visible

TAG = "Many cases at once"
RunId = Annotated[str, Field(max_length=24)]


class BulkFilters(shapes.Filters):
    """The filters of a list, and words as `search` takes them."""

    words: str = Field("", max_length=120)


class BulkIn(shapes.Body):
    """Which cases, and what kind of thing is done to them."""

    kind: Literal["move", "assign", "share", "team", "note", "reply"]
    cases: Annotated[list[OneCase], Field(max_length=500)] = []
    filters: BulkFilters | None = Field(None, description="In place of `cases`: the first 500.")
    most: Annotated[int, Field(ge=1, le=500)] | None = None


class WhatIn(shapes.Body):
    """What is done, by kind: move: `move` (`service:move`), `reason`, `message`; assign: `to`;
    share: `people`, `way`; team: `team`, `reason`; note: `text`; reply: `text`, `subject` or `template`."""

    move: Annotated[str, Field(max_length=160)] | None = None
    reason: shapes.Text | None = None
    message: shapes.Text | None = None
    to: shapes.Number | Literal["nobody"] | None = None
    people: Annotated[list[shapes.Number], Field(max_length=100)] | None = None
    way: Literal["least", "turns"] | None = None
    team: shapes.Slug | None = None
    text: shapes.Text | None = None
    subject: Annotated[str, Field(max_length=120)] | None = None
    template: shapes.Number | None = None


class RunOut(shapes.Schema):
    """A run and how far it is."""

    id: str
    kind: str
    status: str
    total: int
    done: int
    refused: int
    waiting: int
    left_out: int = Field(description="Cases that matched beyond the most that one run takes.")
    made_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class RunList(shapes.Schema):
    """The owner's last runs that were started, newest first."""

    runs: list[RunOut]


class OfferOut(shapes.Schema):
    """A step that some of the chosen cases can take. `move` is given back when it is settled."""

    move: str
    label: str
    service: str
    to_label: str
    cases: int
    ends: bool
    needs: list[str]


class ChoicesOut(shapes.Schema):
    """What can be done with the chosen cases."""

    moves: list[OfferOut]
    people: list[shapes.Person]


class RefusedOut(shapes.Schema):
    """Cases that cannot have it, for one reason."""

    why: str
    cases: list[str]


class ShareOut(shapes.Schema):
    """How many one person would have."""

    to: int | None
    cases: int


class PreviewOut(shapes.Schema):
    """What the run would do now."""

    can: int
    cannot: int
    refused: list[RefusedOut]
    told: int = Field(description="People who would be written to.")
    sample: str = Field(description="What one of them would get, where it may be read.")
    shares: list[ShareOut]


class ResultOut(shapes.Schema):
    """What became of one case."""

    reference: str
    service: str
    status: str
    why: str


class ResultsOut(shapes.Schema):
    """What became of each case that may still be seen."""

    cases: list[ResultOut]


class ResultQuery(shapes.Strict):
    """Only those that stand so."""

    status: Literal["", "waiting", "done", "refused"] = ""


def _out(found: bulk.Progress) -> RunOut:
    run = found.run
    return RunOut(
        id=run.public_id,
        kind=run.kind,
        status=run.status,
        total=found.total,
        done=found.done,
        refused=found.refused,
        waiting=found.waiting,
        left_out=run.left_out,
        made_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
    )


def _mine(call: Call, run_id: str) -> BulkRun:
    """The owner's run, with no case in it that lies outside the key."""
    run = bulk.find(call.actor, run_id)
    if call.actor.only_services or call.actor.only_teams:
        items = BulkItem.objects.filter(run=run)
        if items.exclude(case__in=visible(call.actor)).exists():
            raise NotFound("There is no run of this name within the key.")
    return run


@endpoint("post", "/bulk", scope="bulk", tag=TAG, summary="Choose the cases", answer=RunOut,
          status=201, curl="/bulk", desk=("desk-many", "desk-team-share"))  # fmt: skip
def draft_bulk(call: Call, body: BulkIn) -> Reply:
    """Choose the cases: up to 500 by reference and version, or the first that fit filters.

    Nothing is done yet: say what with `settle`, look at `preview`, then `start`.
    """
    seen: dict[str, int] = {}
    filters = None
    if body.filters is not None:
        if body.cases:
            raise Invalid("filters", "Give cases or filters, not both.")
        filters = filters_of(body.filters)
        if body.filters.words:
            filters = replace(filters, among=ids_with(call.actor, body.filters.words))
    else:
        seen = dict(
            visible(call.actor)
            .filter(reference__in=[one.reference for one in body.cases])
            .values_list("reference", "pk")
        )
    run = bulk.draft(
        call.actor,
        body.kind,
        cases=[(seen[one.reference], one.version) for one in body.cases if one.reference in seen],
        filters=filters,
        most=body.most,
        now=call.now,
    )
    out = _out(bulk.progress(call.actor, run.public_id))
    return Reply(out, headers={"Location": f"/api/v1/bulk/{run.public_id}"})


@endpoint("get", "/bulk", scope="bulk", tag=TAG, summary="List runs", answer=RunList,
          desk=("desk-many",))  # fmt: skip
def list_bulk(call: Call) -> RunList:
    """The last runs of the key's owner that were started, newest first."""
    return RunList(runs=[_out(one) for one in bulk.runs_of(call.actor, 20)])


@endpoint("get", "/bulk/{run}", scope="bulk", tag=TAG, summary="Read how far a run is",
          answer=RunOut, desk=("desk-many-run", "desk-many-state"))  # fmt: skip
def get_bulk(call: Call, run: RunId) -> RunOut:
    """How many cases are done, refused and waiting."""
    _mine(call, run)
    return _out(bulk.progress(call.actor, run))


@endpoint("get", "/bulk/{run}/choices", scope="bulk", tag=TAG, summary="List what can be done",
          answer=ChoicesOut, desk=("desk-many-run",))  # fmt: skip
def list_bulk_choices(call: Call, run: RunId) -> ChoicesOut:
    """The steps that at least one of the chosen cases can take, and the people who can have some."""
    _mine(call, run)
    offers = bulk.offers(call.actor, run, now=call.now)
    return ChoicesOut(
        moves=[
            OfferOut(
                move=one.key,
                label=one.label,
                service=one.service,
                to_label=one.to_label,
                cases=one.cases,
                ends=one.ends,
                needs=[
                    name
                    for name, asks in (("reason", one.asks_reason), ("message", one.asks_message))
                    if asks
                ],
            )
            for one in offers
        ],
        people=[
            shapes.Person(id=number, name=name) for number, name in bulk.people_for(call.actor, run)
        ],
    )


@endpoint("post", "/bulk/{run}/settle", scope="bulk", tag=TAG, summary="Say what is done",
          answer=RunOut, desk=("desk-many-run",))  # fmt: skip
def settle_bulk(call: Call, run: RunId, body: WhatIn) -> RunOut:
    """Say what is done to the cases; may be said again until the run starts."""
    _mine(call, run)
    given: dict[str, Any] = body.model_dump(exclude_none=True)
    bulk.settle(call.actor, run, given, now=call.now)
    return _out(bulk.progress(call.actor, run))


@endpoint("get", "/bulk/{run}/preview", scope="bulk", tag=TAG, summary="Preview a run",
          answer=PreviewOut, desk=("desk-many-check",))  # fmt: skip
def preview_bulk(call: Call, run: RunId) -> PreviewOut:
    """How many cases can have it, how many cannot and why, and what people would be told."""
    _mine(call, run)
    found = bulk.preview(call.actor, run, now=call.now)
    return PreviewOut(
        can=found.can,
        cannot=found.cannot,
        refused=[RefusedOut(why=one.why, cases=list(one.references)) for one in found.refused],
        told=found.told,
        sample=found.sample.body if found.sample is not None else "",
        shares=[ShareOut(to=to, cases=cases) for to, cases in found.to],
    )


@endpoint("post", "/bulk/{run}/{what}", scope="bulk", tag=TAG,
          summary="Start, stop or carry on with a run", answer=RunOut,
          desk=("desk-many-check", "desk-many-stop", "desk-many-resume"))  # fmt: skip
def run_bulk(call: Call, run: RunId, what: Literal["start", "stop", "resume"]) -> RunOut:
    """Start a run, stop it after the case that is being done, or carry on where it stopped.

    It is worked off in the background, each case with the rights that the owner has at that moment.
    """
    mine = _mine(call, run)
    if what != "start" and mine.status == BulkRun.Status.DRAFT:
        raise NotAllowed("This run was not started yet.")
    {"start": bulk.start, "stop": bulk.stop, "resume": bulk.resume}[what](
        call.actor, run, now=call.now
    )
    return _out(bulk.progress(call.actor, run))


@endpoint("get", "/bulk/{run}/results", scope="bulk", tag=TAG, summary="Read what became of each",
          answer=ResultsOut, desk=("desk-many-report",))  # fmt: skip
def list_bulk_results(call: Call, run: RunId, given: ResultQuery = Query(...)) -> ResultsOut:  # noqa: B008  django-ninja's way
    """What became of each case of a run that the owner may still see."""
    _mine(call, run)
    return ResultsOut(
        cases=[
            ResultOut(reference=reference, service=service, status=status, why=why)
            for reference, service, status, why in bulk.results(call.actor, run, given.status)
        ]
    )
