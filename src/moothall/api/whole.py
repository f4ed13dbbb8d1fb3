"""A case as a whole: tasks on it, joining it to another, handing it over, opening it again, its money."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import Field

from moothall.api import shapes, telling
from moothall.api.at_case import CASE, changed, check_service, find
from moothall.api.contract import Call, Reply, endpoint, etag
from moothall.api.given import checked, mark_questions
from moothall.casework import actions, handing
from moothall.casework.errors import NotAllowed, NotFound
from moothall.casework.facts import facts_for
from moothall.casework.models import Case
from moothall.casework.permissions import TAKES_CONTACTS
from moothall.casework.queries import case_for
from moothall.casework.tasks import CALL_OUTCOMES, WINDOWS
from moothall.journeys.facts import settle
from moothall.packs.queries import service as offered_service
from moothall.pay import actions as pay
from moothall.pay.queries import payment as payment_of

TASKS = "Tasks and calls"
WHOLE = "Joining and handing over"
MONEY = "Money"


class TaskIn(shapes.Body):
    """What is to be done, by whom and by when; for the case's team when nobody is named."""

    text: Annotated[str, Field(max_length=2000)]
    for_user: shapes.Number | None = None
    team: shapes.Slug = ""
    days: Annotated[int, Field(ge=0, le=260)] | None = Field(None, description="Working days.")
    due_on: shapes.Day | None = None


class FinishIn(shapes.Body):
    """A word on it, if there is one."""

    note: Annotated[str, Field(max_length=2000)] = ""


class ReasonIn(shapes.Body):
    """Why."""

    reason: shapes.Reason


class CallBackIn(shapes.Body):
    """A call that is promised."""

    phone: Annotated[str, Field(max_length=40, examples=["01632 960123"])]
    window: Literal["any", "morning", "afternoon"] = "any"
    about: Annotated[str, Field(max_length=2000)] = ""


class CallIn(shapes.Body):
    """What came of a call."""

    outcome: Literal["reached", "no_answer", "wrong_number"]
    note: Annotated[str, Field(max_length=2000)] = ""
    minutes: shapes.Minutes | None = None


assert set(WINDOWS) == {"any", "morning", "afternoon"}
assert set(CALL_OUTCOMES) == {"reached", "no_answer", "wrong_number"}


class MergeIn(shapes.Body):
    """The case that it is a duplicate of."""

    into: shapes.Reference
    reason: shapes.Reason
    copy_files: bool = False
    copy_notes: bool = False
    refund: bool = Field(False, description="Pay back what was paid for the duplicate.")


class TeamIn(shapes.Body):
    """The team that gets it."""

    team: shapes.Slug
    reason: shapes.Reason


class ReopenIn(shapes.Body):
    """Why it is opened again, and words to the person."""

    reason: shapes.Reason
    message: shapes.Text = ""


class HandOverIn(shapes.Body):
    """The service in which it goes on, and the answers that are missing there."""

    service: shapes.Slug
    reason: shapes.Reason
    answers: dict[str, Any] = {}


class RefundIn(shapes.Body):
    """What is paid back, in pence."""

    pence: Annotated[int, Field(ge=1, le=10_000_000)]
    reason: shapes.Reason


class HandedOut(shapes.Schema):
    """The case in which it goes on."""

    reference: str
    from_reference: str
    service: str
    visible: bool


class PaymentStarted(shapes.Schema):
    """A payment by phone: open `next_url` at the provider and type the card there."""

    id: str
    status: str
    pence: int
    next_url: str


@endpoint("post", f"{CASE}/tasks", scope="cases:write", tag=TASKS, summary="Set a task",
          answer=shapes.Changed, status=201, match="allowed", desk=("desk-task-new",))  # fmt: skip
def set_task(call: Call, reference: shapes.Reference, body: TaskIn) -> shapes.Changed:
    """Set a task for a colleague, a team, or the case's own team; a colleague is told by email."""
    done = actions.set_task(
        find(call, reference).pk,
        body.text,
        actor=call.actor,
        for_user=body.for_user,
        team=body.team,
        days=body.days,
        due_on=body.due_on,
        key=call.mark,
        expected=call.expected,
        now=call.now,
    )
    return changed(call, done)


Numbered = Annotated[int, Field(ge=1, le=2**31)]


@endpoint("post", f"{CASE}/tasks/{{number}}/finish", scope="cases:write", tag=TASKS,
          summary="Finish a task", answer=shapes.Changed, desk=("desk-task",))  # fmt: skip
def finish_task(
    call: Call, reference: shapes.Reference, number: Numbered, body: FinishIn
) -> shapes.Changed:
    """Mark a task as done; done again, it changes nothing."""
    case = find(call, reference)
    done = actions.finish_task(case.pk, number, actor=call.actor, note=body.note, now=call.now)
    return changed(call, done)


@endpoint("post", f"{CASE}/tasks/{{number}}/cancel", scope="cases:write", tag=TASKS,
          summary="Cancel a task or a call-back", answer=shapes.Changed, desk=("desk-task",))  # fmt: skip
def cancel_task(
    call: Call, reference: shapes.Reference, number: Numbered, body: ReasonIn
) -> shapes.Changed:
    """Take a task or a call-back away, with the reason."""
    case = find(call, reference)
    return changed(
        call, actions.cancel_task(case.pk, number, body.reason, actor=call.actor, now=call.now)
    )


@endpoint("post", f"{CASE}/call-backs", scope="cases:write", tag=TASKS,
          summary="Promise a call back", answer=shapes.Changed, status=201,
          desk=("desk-call-back",))  # fmt: skip
def ask_call_back(call: Call, reference: shapes.Reference, body: CallBackIn) -> shapes.Changed:
    """Promise that somebody rings by the end of the next working day."""
    done = actions.ask_call_back(
        find(call, reference).pk,
        body.phone,
        actor=call.actor,
        window=body.window,
        about=body.about,
        channel="phone",
        key=call.mark,
        now=call.now,
    )
    return changed(call, done)


@endpoint("post", f"{CASE}/call-backs/{{number}}/calls", scope="cases:write", tag=TASKS,
          summary="Record a call", answer=shapes.Changed, status=201, desk=("desk-call-made",))  # fmt: skip
def record_call(
    call: Call, reference: shapes.Reference, number: Numbered, body: CallIn
) -> shapes.Changed:
    """Write down a call that was made. Somebody who was not reached is rung again, three times at most."""
    done = actions.record_call(
        find(call, reference).pk,
        number,
        body.outcome,
        actor=call.actor,
        note=body.note,
        minutes=body.minutes,
        now=call.now,
    )
    return changed(call, done)


@endpoint("post", f"{CASE}/merge", scope="cases:write", tag=WHOLE,
          summary="Join to another case", answer=shapes.Changed, alone=True, match="allowed",
          desk=("desk-merge",))  # fmt: skip
def merge(call: Call, reference: shapes.Reference, body: MergeIn) -> shapes.Changed:
    """Join a duplicate to an open case of the same service; done again, it changes nothing."""
    done = actions.merge(
        find(call, reference).pk,
        body.into,
        body.reason,
        actor=call.actor,
        expected=call.expected,
        copy_files=body.copy_files,
        copy_notes=body.copy_notes,
        refund=body.refund,
        now=call.now,
    )
    return changed(call, done)


@endpoint("post", f"{CASE}/unmerge", scope="cases:write", tag=WHOLE,
          summary="Take apart from another case", answer=shapes.Changed, match="allowed",
          desk=("desk-unmerge",))  # fmt: skip
def unmerge(call: Call, reference: shapes.Reference, body: ReasonIn) -> shapes.Changed:
    """Take a duplicate out again: it goes on where it was."""
    case = find(call, reference)
    done = actions.unmerge(
        case.pk, body.reason, actor=call.actor, expected=call.expected, now=call.now
    )
    return changed(call, done)


@endpoint("post", f"{CASE}/reopen", scope="cases:write", tag=WHOLE, summary="Open an ended case again",
          answer=shapes.Changed, match="allowed", desk=("desk-reopen",))  # fmt: skip
def reopen(call: Call, reference: shapes.Reference, body: ReopenIn) -> shapes.Changed:
    """Open an ended case again where its service has no step for it. For managers."""
    done = actions.reopen(
        find(call, reference).pk,
        body.reason,
        actor=call.actor,
        message=body.message,
        expected=call.expected,
        now=call.now,
    )
    return changed(call, done)


@endpoint("post", f"{CASE}/team", scope="cases:write", tag=WHOLE, summary="Give to another team",
          answer=shapes.Changed, match="allowed", desk=("desk-case-team",))  # fmt: skip
def give_to_team(call: Call, reference: shapes.Reference, body: TeamIn) -> shapes.Changed:
    """Give the case to another team that its service lets work on it."""
    done = actions.hand_over_to_team(
        find(call, reference).pk,
        body.team,
        actor=call.actor,
        reason=body.reason,
        expected=call.expected,
        now=call.now,
    )
    return changed(call, done)


@endpoint("post", f"{CASE}/hand-over", scope="cases:write", tag=WHOLE,
          summary="Hand over to another service", answer=HandedOut, status=201, alone=True,
          match="allowed", desk=("desk-hand-over",))  # fmt: skip
def hand_over(call: Call, reference: shapes.Reference, body: HandOverIn) -> Reply:
    """End the case and open one in another service; what fits of the answers goes over.

    `answers` gives what is missing there. The person is told once, with the new reference.
    """
    case = find(call, reference)
    check_service(call, body.service)
    if not call.actor.plays(*TAKES_CONTACTS):
        raise NotAllowed("The owner of the key takes no contacts for other people.")
    service = offered_service(body.service)
    given: dict[str, Any] = {}
    look_ups: dict[str, Any] = {}
    if service is not None:
        mark_questions(call, service)
        fitting = handing.answers_for(case, service, now=call.now)
        facts = facts_for(service, fitting, {}, now=call.now)
        given = checked(service, body.answers, facts=facts, owner="-", call=call, stage="form")
        _facts, _way, look_ups, _lost = settle(service, {**fitting, **given}, {}, {}, call.now)
    made = actions.hand_over(
        case.pk,
        body.service,
        body.reason,
        actor=call.actor,
        expected=call.expected,
        answers=given,
        look_ups=look_ups,
        now=call.now,
    )
    sees = case_for(call.actor, made.reference, now=call.now) is not None
    out = HandedOut(
        reference=made.reference,
        from_reference=case.reference,
        service=made.service_id,
        visible=sees,
    )
    return Reply(out, headers={"Location": f"/api/v1/cases/{made.reference}"} if sees else {})


# Money


@endpoint("post", f"{CASE}/refunds", scope="payments", tag=MONEY, summary="Pay back",
          answer=shapes.Changed, status=201, desk=("desk-refund",))  # fmt: skip
def refund(call: Call, reference: shapes.Reference, body: RefundIn) -> shapes.Changed:
    """Pay back all or a part of what was paid, to the card it came from."""
    done = actions.refund(
        find(call, reference).pk,
        Decimal(body.pence) / 100,
        body.reason,
        actor=call.actor,
        key=call.mark,
        now=call.now,
    )
    return changed(call, done)


@endpoint("get", f"{CASE}/payment", scope="cases:read", tag=MONEY, summary="Read the money of a case",
          answer=shapes.Payment, desk=("desk-payment",))  # fmt: skip
def get_payment(call: Call, reference: shapes.Reference) -> Reply:
    """What is owed, paid and paid back, and each payment that was begun."""
    case = find(call, reference)
    view = case_for(call.actor, case.reference, now=call.now)
    if view is None:
        raise NotFound
    return Reply(telling.payment(view), headers={"ETag": etag(view.version)})


@endpoint("post", f"{CASE}/payments", scope="payments", tag=MONEY,
          summary="Take a payment by phone", answer=PaymentStarted, status=201, alone=True,
          desk=("desk-payment",))  # fmt: skip
def start_payment(call: Call, reference: shapes.Reference) -> PaymentStarted:
    """Start the payment of what the case owes, or take up the one that runs."""
    case = find(call, reference)
    one = actions.start_payment(
        case.pk,
        actor=call.actor,
        return_url=f"{settings.PUBLIC_URL}/desk/cases/{case.reference}/payment/back/",
        moto=True,
        key=call.mark,
        now=call.now,
    )
    return PaymentStarted(
        id=one.public_id, status=str(one.status), pence=one.pence, next_url=one.next_url
    )


@endpoint("post", f"{CASE}/payments/{{payment}}/{{what}}", scope="payments", tag=MONEY,
          summary="Ask how a payment stands, or cancel it", answer=shapes.Payment, alone=True,
          desk=("desk-payment-wait", "desk-payment-back", "desk-payment-state"))  # fmt: skip
def settle_payment(
    call: Call,
    reference: shapes.Reference,
    payment: shapes.Slug,
    what: Literal["refresh", "cancel"],
) -> shapes.Payment:
    """Ask the provider how a payment stands, or cancel one that is not over."""
    case = find(call, reference)
    _attempt(call, case, payment)
    if what == "cancel":
        pay.cancel(payment, now=call.now)
    else:
        pay.refresh(payment, now=call.now)
    view = case_for(call.actor, case.reference, now=call.now)
    if view is None:
        raise NotFound
    return telling.payment(view)


def _attempt(call: Call, case: Case, payment: str) -> None:
    view = case_for(call.actor, case.reference, now=call.now)
    known = {one.id for one in view.payments} if view is not None else set()
    if payment not in known or payment_of(payment) is None:
        raise NotFound("The case has no such payment.")
