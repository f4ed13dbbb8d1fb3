"""What went wrong in the machine room and needs a person: messages that did not arrive, payments that do
not reconcile, refunds that failed, jobs that were given up. Tried again, or marked as dealt with.

A manager sees what belongs to cases that they may see; an administrator sees all of it, but of a case
that they may not see only that there is something, without a word of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from moothall.casework import messages, permissions
from moothall.casework.beside_types import Trouble
from moothall.casework.errors import Invalid, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.ledger import Writing, locked
from moothall.casework.models import Case, Dealt, Event
from moothall.language import Message as Due
from moothall.notify import queries as notify
from moothall.notify.models import Message
from moothall.outbox import actions as outbox
from moothall.outbox import queries as jobs
from moothall.outbox.models import Job
from moothall.pay import actions as pay
from moothall.pay import queries as payments
from moothall.pay.models import Payment, Refund
from moothall.pay.money import pounds
from moothall.people.actor import Actor

LOOKED_AT = 300
MEANS = {"email": "An email", "text": "A text message", "letter": "A letter"}


def may_look(actor: Actor) -> bool:
    """Whether this person has the page of troubles: managers and administrators."""
    return actor.is_staff and actor.plays("manager", "admin")


def troubles(actor: Actor, *, limit: int = 100) -> tuple[Trouble, ...]:
    """What needs a person now, newest first."""
    if not may_look(actor):
        return ()
    found = [*_messages(notify.undelivered(LOOKED_AT)), *_payments(payments.problems(LOOKED_AT))]
    found += _refunds(Refund.objects.filter(status="error").select_related("payment"))
    found = _mine(found, actor)
    if actor.plays("admin"):
        found += [_job(one) for one in jobs.dead(LOOKED_AT)]
    return _undealt(found)[:limit]


def troubles_of(case: Case, actor: Actor) -> tuple[Trouble, ...]:
    """What needs a person about one case, for a reader who was let in: whoever does its work."""
    service = service_of(case)
    can = permissions.can(case, service, actor)
    if not can & {"reply", "refund", "take_payment", "assign"}:
        return ()
    failed = Message.objects.filter(
        subject_ref=case.reference, status__in=["failed", "given_up"], redacted_at=None
    )
    found = _messages(failed.order_by("-queued_at")[:20])
    if case.paid_state or case.fee_pence:
        odd = Payment.objects.filter(subject_ref=case.reference).exclude(problem="")
        found += _payments(odd.order_by("-created_at")[:20])
        lost = Refund.objects.filter(payment__subject_ref=case.reference, status="error")
        found += _refunds(lost.select_related("payment")[:20])
    return _undealt(found) if found else ()


def _messages(rows: Iterable[Message]) -> list[Trouble]:
    return [
        Trouble(
            what="message",
            ref=one.reference,
            case=one.subject_ref,
            title=f"{MEANS.get(one.means, 'A message')} did not arrive",
            why=one.reason or "The carrier does not say why.",
            at=one.settled_at or one.queued_at,
            can_retry=bool(one.subject_ref),
            retry_words="Send it again",
        )
        for one in rows
    ]


def _payments(rows: Iterable[Payment]) -> list[Trouble]:
    return [
        Trouble(
            what="payment",
            ref=one.public_id,
            case=one.subject_ref,
            title=f"A payment of £{pounds(one.pence)} does not agree with the provider",
            why=one.problem,
            at=one.ended_at or one.created_at,
            can_retry=not one.is_over,
            retry_words="Ask the provider again",
        )
        for one in rows
    ]


def _refunds(rows: Iterable[Refund]) -> list[Trouble]:
    return [
        Trouble(
            what="refund",
            ref=str(one.pk),
            case=one.payment.subject_ref,
            title=f"Paying back £{pounds(one.pence)} failed",
            why=one.problem or "The provider does not say why. Pay it back by another way.",
            at=one.ended_at or one.created_at,
            can_retry=False,
        )
        for one in rows
    ]


def _job(job: Job) -> Trouble:
    return Trouble(
        what="job",
        ref=str(job.pk),
        case="",
        title=f"A background job was given up: {job.name}",
        why=job.error or "There is no reason on record.",
        at=job.dead_at or job.enqueued_at,
        can_retry=True,
        retry_words="Try it again",
    )


def _mine(found: list[Trouble], actor: Actor) -> list[Trouble]:
    """Those about cases that the actor may see; an administrator keeps the others without a word."""
    references = {one.case for one in found if one.case}
    seen = set(
        permissions.visible(actor)
        .filter(reference__in=references)
        .values_list("reference", flat=True)
    )
    admin = actor.plays("admin")
    return [
        one if one.case in seen or not one.case else _bare(one)
        for one in found
        if one.case in seen or admin
    ]


def _bare(one: Trouble) -> Trouble:
    return Trouble(one.what, one.ref, "", one.title, one.why, one.at, can_retry=False)


def _undealt(found: list[Trouble]) -> tuple[Trouble, ...]:
    dealt = set(Dealt.objects.filter(ref__in=[one.ref for one in found]).values_list("what", "ref"))
    left = [one for one in found if (one.what, one.ref) not in dealt]
    return tuple(sorted(left, key=lambda one: one.at, reverse=True))


# Doing something about it


def _check(what: str, ref: str, actor: Actor) -> Case | None:
    """The case that a trouble is about, or None. Raises NotFound and NotAllowed."""
    reference = ""
    if what == "message":
        reference = _one(
            Message.objects.filter(reference=ref).values_list("subject_ref", flat=True)
        )
    elif what == "payment":
        reference = _one(
            Payment.objects.filter(public_id=ref).values_list("subject_ref", flat=True)
        )
    elif what == "refund" and ref.isdecimal():
        found = Refund.objects.filter(pk=int(ref))
        reference = _one(found.values_list("payment__subject_ref", flat=True))
    elif what == "job" and ref.isdecimal():
        if not actor.plays("admin"):
            raise NotAllowed("Only an administrator may do this.")
        return None
    else:
        raise Invalid("what", "There is no such trouble.")
    case = Case.objects.filter(reference=reference).first() if reference else None
    if case is not None and permissions.sees_row(case, actor):
        if permissions.can(case, service_of(case), actor) & {"reply", "assign", "refund"}:
            return case
        raise NotAllowed("The service does not let you do this in this case.")
    if not actor.plays("admin"):
        raise NotFound("There is no such trouble.")
    return None


def _one(values: Iterable[str]) -> str:
    for value in values:
        return value
    raise NotFound("There is no such trouble.")


def dealt_with(what: str, ref: str, *, actor: Actor, now: datetime | None = None) -> None:
    """Mark a trouble as dealt with: it leaves the lists. Done again, it changes nothing."""
    _check(what, ref, actor)
    if what == "job" and outbox.discard(int(ref)):
        return
    with transaction.atomic():
        Dealt.objects.get_or_create(
            what=what,
            ref=ref,
            defaults={
                "at": now or timezone.now(),
                "by_id": actor.user_id,
                "by_label": actor.label[:150],
            },
        )


def retry(what: str, ref: str, *, actor: Actor, now: datetime | None = None) -> None:
    """Try it again: send the message anew (to the address as it is now), ask the provider, run the job.

    A message is sent again once. Call it OUTSIDE a transaction: a provider may be asked. Raises
    NotAllowed where there is nothing to try, NotFound, Invalid, `pay.PayUnavailable`.
    """
    now = now or timezone.now()
    case = _check(what, ref, actor)
    if what == "job":
        if not outbox.try_again(int(ref), now=now):
            raise NotFound("This job is not waiting for anybody any more.")
    elif what == "payment":
        pay.refresh(ref, now=now)
    elif what == "message" and case is not None:
        _send_again(case.pk, ref, actor=actor, now=now)
    else:
        raise NotAllowed("There is nothing to try again. Mark it as dealt with when it is.")


def _send_again(case_id: int, ref: str, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        case = locked(case_id)
        if Dealt.objects.filter(what="message", ref=ref).exists():
            return
        service = service_of(case)
        if "reply" not in permissions.can(case, service, actor):
            raise NotAllowed("You may not write to this person.")
        queued = Event.objects.filter(case=case, kind=Kind.MESSAGE_QUEUED).order_by("-sequence")
        fields = next((one.fields for one in queued if one.fields.get("message") == ref), None)
        if fields is None or not fields.get("body"):
            raise NotAllowed("Its words are gone. Write a new message instead.")
        due = Due(
            str(fields.get("told", "reply")),
            str(fields.get("audience", messages.APPLICANT)),
            (str(fields.get("means")), "email", "text"),
            str(fields.get("subject", "")),
            str(fields["body"]),
        )
        writing = Writing(case, actor=actor, channel="desk", now=now)
        if not messages.send(writing, service, due):
            raise Invalid("to", "We have no address for them. Correct the answer with it first.")
        writing.save()
        Dealt.objects.create(
            what="message", ref=ref, at=now, by_id=actor.user_id, by_label=actor.label[:150]
        )
