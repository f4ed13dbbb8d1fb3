"""What waits for somebody: tasks, calls, mentions, troubles; and the replies that colleagues keep."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Query
from pydantic import Field

from moothall.api import shapes, telling
from moothall.api.at_case import CASE, check_service, check_whole_owner, find
from moothall.api.contract import Call, Reply, endpoint
from moothall.casework import actions, queries
from moothall.casework.errors import NotAllowed
from moothall.casework.facts import service_of
from moothall.casework.models import ReplyTemplate
from moothall.casework.trouble import may_look

MINE = "What waits for me"
TROUBLE = "Troubles"
REPLIES = "Reply templates"


class TaskQuery(shapes.Strict):
    """Tasks, call-backs, or both."""

    kind: Literal["", "task", "call_back"] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class Mention(shapes.Schema):
    """A note in which the owner of the key was named, not looked at yet."""

    reference: str
    service_name: str
    sequence: int
    by: str
    at: datetime


class MentionList(shapes.Schema):
    """Mentions, newest first."""

    mentions: list[Mention]


class Seen(shapes.Schema):
    """How many mentions were marked as seen."""

    seen: int


class ReplyTemplateIn(shapes.Body):
    """A reply with `{names}` of the service language."""

    name: Annotated[str, Field(max_length=120)]
    text: Annotated[str, Field(max_length=4000)]
    service: shapes.Slug = Field("", description="Empty: for every service.")
    states: Annotated[list[shapes.Slug], Field(max_length=50)] = []
    subject: Annotated[str, Field(max_length=120)] = ""
    text_cy: Annotated[str, Field(max_length=4000)] = ""
    subject_cy: Annotated[str, Field(max_length=120)] = ""


class ReplyTemplateOut(shapes.Schema):
    """A reply that is kept."""

    id: int
    name: str
    service: str
    states: list[str]
    subject: str
    text: str
    subject_cy: str
    text_cy: str


class ReplyTemplateList(shapes.Schema):
    """Replies, those of the service first."""

    templates: list[ReplyTemplateOut]


class Filled(shapes.Schema):
    """A reply with its names filled in for a case. `problem` says why it cannot be sent as it is."""

    id: int
    name: str
    subject: str
    text: str
    language: str
    problem: str


class TemplateQuery(shapes.Strict):
    """Those that fit a service and a state."""

    service: shapes.Slug = ""
    state: shapes.Slug = ""


@endpoint("get", "/tasks", scope="cases:read", tag=MINE, summary="List tasks",
          answer=shapes.TaskList, curl="/tasks", desk=("desk-mine",))  # fmt: skip
def list_tasks(call: Call, given: TaskQuery = Query(...)) -> shapes.TaskList:  # noqa: B008  django-ninja's way
    """The open tasks and call-backs of the key's owner and their teams, the soonest due first."""
    found = queries.tasks_of(call.actor, now=call.now, limit=given.limit, kind=given.kind)
    return shapes.TaskList(tasks=[telling.task(one) for one in found])


@endpoint("get", "/mentions", scope="cases:read", tag=MINE, summary="List mentions",
          answer=MentionList, desk=("desk-mine",))  # fmt: skip
def list_mentions(call: Call) -> MentionList:
    """The notes in which the owner of the key was named and that they have not looked at."""
    return MentionList(
        mentions=[
            Mention(
                reference=one.reference,
                service_name=one.service_name,
                sequence=one.number,
                by=one.by,
                at=one.at,
            )
            for one in queries.mentions_of(call.actor, limit=200)
        ]
    )


@endpoint("post", f"{CASE}/mentions/seen", scope="cases:write", tag=MINE,
          summary="Mark mentions as seen", answer=Seen, desk=("desk-case",))  # fmt: skip
def see_mentions(call: Call, reference: shapes.Reference) -> Seen:
    """Mark what named the owner of the key in a case as seen, as opening it at the desk does."""
    case = find(call, reference)
    return Seen(seen=queries.see_mentions(case.pk, actor=call.actor, now=call.now))


# Troubles


@endpoint("get", "/troubles", scope="troubles", tag=TROUBLE, summary="List troubles",
          answer=shapes.TroubleList, desk=("desk-troubles",))  # fmt: skip
def list_troubles(call: Call) -> shapes.TroubleList:
    """What went wrong with messages, payments and jobs and needs a person, newest first."""
    if not may_look(call.actor):
        raise NotAllowed("Troubles are for managers and administrators.")
    found = queries.troubles(call.actor, limit=200)
    return shapes.TroubleList(troubles=[telling.trouble(one) for one in found])


class Settled(shapes.Schema):
    """What was done about it."""

    what: str
    ref: str
    done: str


What = Literal["message", "payment", "refund", "job"]


@endpoint("post", "/troubles/{what}/{ref}/{deed}", scope="troubles", tag=TROUBLE,
          summary="Try it again, or mark it as dealt with", answer=Settled, alone=True,
          desk=("desk-trouble",))  # fmt: skip
def settle_trouble(
    call: Call,
    what: What,
    ref: Annotated[str, Field(max_length=40, pattern=r"^([0-9]{1,18}|[A-Za-z0-9_.:-]{1,40})$")],
    deed: Literal["retry", "dealt-with"],
) -> Settled:
    """Send the message anew, ask the provider or run the job; or say that somebody dealt with it."""
    if what == "job":
        check_whole_owner(call)
    act = actions.retry if deed == "retry" else actions.dealt_with
    act(what, ref, actor=call.actor, now=call.now)
    return Settled(what=what, ref=ref, done=deed)


# Replies


def _template(one: ReplyTemplate) -> ReplyTemplateOut:
    return ReplyTemplateOut(
        id=one.pk,
        name=one.name,
        service=one.service_id,
        states=list(one.states),
        subject=one.subject,
        text=one.text,
        subject_cy=one.subject_cy,
        text_cy=one.text_cy,
    )


@endpoint("get", "/reply-templates", scope="cases:read", tag=REPLIES,
          summary="List reply templates", answer=ReplyTemplateList, desk=("desk-replies",))  # fmt: skip
def list_reply_templates(call: Call, given: TemplateQuery = Query(...)) -> ReplyTemplateList:  # noqa: B008  django-ninja's way
    """The replies that are kept, for a service and a state or for all that the owner sees."""
    found = queries.templates_for(call.actor, given.service, given.state)
    return ReplyTemplateList(templates=[_template(one) for one in found])


def _check_reach(call: Call, *services: str) -> None:
    """A key that is held to something changes only the replies of its services."""
    for service in services:
        if service and not call.actor.only_teams:
            check_service(call, service)
        else:
            check_whole_owner(call)


def _save(call: Call, body: ReplyTemplateIn, number: int | None) -> ReplyTemplateOut:
    before = ReplyTemplate.objects.filter(pk=number or 0).values_list("service_id", flat=True)
    _check_reach(call, body.service, *before)
    one = actions.save_reply_template(
        actor=call.actor,
        name=body.name,
        text=body.text,
        template_id=number,
        service_id=body.service,
        states=body.states,
        subject=body.subject,
        subject_cy=body.subject_cy,
        text_cy=body.text_cy,
        now=call.now,
    )
    return _template(one)


@endpoint("post", "/reply-templates", scope="replies:manage", tag=REPLIES,
          summary="Keep a reply template", answer=ReplyTemplateOut, status=201,
          desk=("desk-reply-new",))  # fmt: skip
def make_reply_template(call: Call, body: ReplyTemplateIn) -> ReplyTemplateOut:
    """Keep a reply; its `{names}` are checked first. For managers of the owning team."""
    return _save(call, body, None)


Id = Annotated[int, Field(ge=1, le=2**53)]


@endpoint("put", "/reply-templates/{template}", scope="replies:manage", tag=REPLIES,
          summary="Change a reply template", answer=ReplyTemplateOut, desk=("desk-reply-edit",))  # fmt: skip
def change_reply_template(call: Call, template: Id, body: ReplyTemplateIn) -> ReplyTemplateOut:
    """Put another reply in the place of one that is kept."""
    return _save(call, body, template)


@endpoint("delete", "/reply-templates/{template}", scope="replies:manage", tag=REPLIES,
          summary="Remove a reply template", status=204, desk=("desk-reply-remove",))  # fmt: skip
def remove_reply_template(call: Call, template: Id) -> Reply:
    """Remove a reply; what was written with it stays."""
    kept = ReplyTemplate.objects.filter(pk=template).values_list("service_id", flat=True)
    _check_reach(call, *kept)
    actions.remove_reply_template(template, actor=call.actor)
    return Reply()


@endpoint("get", f"{CASE}/reply-templates", scope="cases:read", tag=REPLIES,
          summary="List the reply templates that fit a case", answer=ReplyTemplateList,
          desk=("desk-reply",))  # fmt: skip
def list_case_templates(call: Call, reference: shapes.Reference) -> ReplyTemplateList:
    """The replies that fit the case's service and state."""
    case = find(call, reference)
    found = queries.templates_for(call.actor, service_of(case).id, case.state)
    return ReplyTemplateList(templates=[_template(one) for one in found])


@endpoint("get", f"{CASE}/reply-templates/{{template}}", scope="cases:read", tag=REPLIES,
          summary="Fill in a reply template", answer=Filled, desk=("desk-reply",))  # fmt: skip
def fill_reply_template(call: Call, reference: shapes.Reference, template: Id) -> Filled:
    """A reply with its names filled in for a case, in the person's language."""
    case = find(call, reference)
    one = queries.filled_reply(template, case.pk, call.actor, now=call.now)
    return Filled(
        id=one.template_id,
        name=one.name,
        subject=one.subject,
        text=one.text,
        language=one.lang,
        problem=one.problem,
    )
