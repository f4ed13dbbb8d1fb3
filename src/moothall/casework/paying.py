"""The money of a case: payments begun, made, failed, lapsed; fees that fall due; money back.

Payments are locked before their case, everywhere, so that no two transactions wait for each other.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from moothall.casework import booking, messages, money, permissions, searching, steps, words
from moothall.casework.errors import Invalid, Missing, NotAllowed, NotFound
from moothall.casework.events import Kind
from moothall.casework.facts import service_of
from moothall.casework.ledger import Writing, append, locked
from moothall.casework.models import LAPSED, UNPAID, Case, Event, PaidState
from moothall.language import Fee, Service
from moothall.pay import actions as pay
from moothall.pay.models import Payment
from moothall.pay.money import pence as to_pence
from moothall.pay.money import pounds
from moothall.people.actor import SYSTEM, Actor
from moothall.slots import actions as slots

if TYPE_CHECKING:
    from moothall.pay.models import Refund


def start_payment(
    case_id: int,
    *,
    actor: Actor,
    return_url: str,
    moto: bool = False,
    key: str = "",
    now: datetime | None = None,
) -> Payment:
    """Start (or take up again) the payment of what the case owes; the payment has `next_url`.

    `moto` is a payment by phone, for staff. Never call it inside a transaction: it speaks to the
    provider. Raises NotAllowed when nothing is owed, `slots.SlotTaken` when the chosen time is gone
    (nothing was paid), `pay.PayUnavailable`.
    """
    now = now or timezone.now()
    with transaction.atomic():
        case = locked(case_id)
        service = service_of(case)
        _may_pay(case, service, actor, moto=moto)
        if case.state == UNPAID:
            booking.hold(case, service, case.answers, now=now)
        tried = Payment.objects.filter(subject_ref=case.reference)
        over = sum(1 for one in tried if one.is_over)
        key = key or f"{case.reference}:pay:{over + 1}:{'phone' if moto else 'card'}"
    payment = pay.start(
        subject_ref=case.reference,
        amount=pounds(case.fee_pence - case.paid_pence + case.refunded_pence),
        description=f"{service.name} {case.reference}",
        return_url=return_url,
        key=key,
        language=case.language,
        moto=moto,
        now=now,
    )
    with transaction.atomic():
        case = locked(case_id)
        if not _told_of(case, Kind.PAYMENT_STARTED, payment.public_id):
            append(
                case,
                Kind.PAYMENT_STARTED,
                {"payment": payment.public_id, "pence": payment.pence, "moto": moto},
                actor=actor,
                channel="phone" if moto else case.channel,
                now=now,
            )
    return payment


def _may_pay(case: Case, service: Service, actor: Actor, *, moto: bool) -> None:
    if not permissions.sees_row(case, actor):
        raise NotFound
    if not permissions.owes(case):
        raise NotAllowed("There is nothing to pay for this case now.")
    if moto and "take_payment" not in permissions.can(case, service, actor):
        raise NotAllowed("You may not take a payment by phone for this service.")


def _told_of(case: Case, kind: Kind, payment: str) -> bool:
    known = Event.objects.filter(case=case, kind=kind)
    return any(event.fields.get("payment") == payment for event in known)


def when_payment(payment: Payment, now: datetime) -> None:
    """A payment's status changed. Called in that transaction, the payment locked."""
    case_id = (
        Case.objects.filter(reference=payment.subject_ref).values_list("pk", flat=True).first()
    )
    if case_id is None or not payment.is_over:
        return
    with transaction.atomic():
        case = locked(case_id)
        if payment.status == Payment.Status.SUCCESS:
            if not _told_of(case, Kind.PAID, payment.public_id):
                _paid(case, payment, now)
        elif not _told_of(case, Kind.PAYMENT_FAILED, payment.public_id):
            append(
                case,
                Kind.PAYMENT_FAILED,
                {
                    "payment": payment.public_id,
                    "pence": payment.pence,
                    "status": str(payment.status),
                },
                actor=SYSTEM,
                channel="system",
                now=now,
            )


def _paid(case: Case, payment: Payment, now: datetime) -> None:
    service = service_of(case)
    owed = permissions.owes(case) or case.state == LAPSED
    waiting = case.state in {UNPAID, LAPSED} and not case.paid_pence
    writing = Writing(case, actor=SYSTEM, channel="system", now=now)
    writing.add(Kind.PAID, {"payment": payment.public_id, "pence": payment.pence})
    if not owed:
        money.give_back(writing, payment.pence, "Paid twice", only=payment)
    elif waiting:
        _begin(writing, service)
    else:
        if service.fee is not None and service.fee.state == case.state:
            steps.move_on_payment(writing, service)
        steps.entered(writing, service)
    writing.save()
    searching.index(case, service)


def _begin(writing: Writing, service: Service) -> None:
    """The fee has come: book what it was paid for and let the case begin."""
    case = writing.case
    try:
        with transaction.atomic():
            chosen = booking.take(case, service, held_by=case.reference, now=writing.now)
    except slots.SlotTaken:
        fee = money.fee_now(writing, service)
        writing.add(Kind.SLOT_LOST, {"then": fee.if_slot_lost if fee else "rebook"})
        if fee is not None and fee.if_slot_lost == "refund":
            money.give_back(writing, case.paid_pence - case.refunded_pence, "The time was gone")
            writing.add(Kind.LAPSED, {"due": writing.now.isoformat()})
            _tell_slot_lost(writing, "slot_refunded")
            return
        steps.start(writing, service)
        _tell_slot_lost(writing, "slot_lost")
        return
    booking.note(writing, chosen)
    steps.start(writing, service)


def price_anew(writing: Writing, service: Service, was: Fee | None, *, field: str) -> None:
    """Follow an answer that was put right with the fee, where one was asked for or paid already.

    `was` is what the fee came to before. What is more than was paid is due, and the person is told;
    what is less stands as paid too much. Raises Invalid while a payment is being made.
    """
    case, fee = writing.case, money.fee_now(writing, service)
    if was is None or fee is None or not fee.known or case.ended_at or fee.pence == was.pence:
        return
    asked = case.paid_state != PaidState.NONE or fee.taken == "before"
    if not asked or fee.pence == case.fee_pence:
        return
    running = Payment.objects.filter(subject_ref=case.reference)
    if any(not one.is_over for one in running):
        raise Invalid(
            field,
            "This answer changes the fee, and a payment for the case is being made at this moment. "
            "Try again when it is over.",
        )
    owed_before = case.fee_pence - case.paid_pence + case.refunded_pence
    waits = case.state == UNPAID
    writing.add(Kind.FEE_CHANGED, {"pence": fee.pence, "was": case.fee_pence})
    owed = case.fee_pence - case.paid_pence + case.refunded_pence
    if waits and owed <= 0:
        _begin(writing, service)
    elif owed > max(0, owed_before):
        more = owed if not waits else owed - owed_before
        messages.write_to_applicant(
            writing,
            means=("email", "text", "letter"),
            subject=words.say(
                "fee_more_subject", case.language, reference=case.reference, pounds=pounds(more)
            ),
            body=words.say("fee_more", case.language, pounds=pounds(more)),
            told="fee_more",
        )


def _tell_slot_lost(writing: Writing, what: str) -> None:
    case = writing.case
    messages.write_to_applicant(
        writing,
        means=("email", "text", "letter"),
        subject=words.say(f"{what}_subject", case.language, reference=case.reference),
        body=words.say(what, case.language),
        told=what,
    )


def refund(
    case_id: int,
    amount: Decimal,
    reason: str,
    *,
    actor: Actor,
    key: str = "",
    now: datetime | None = None,
) -> Case:
    """Pay back `amount` pounds, all or a part of what was paid. Raises Invalid above what is left.

    The same `key` pays back once.
    """
    now = now or timezone.now()
    if not reason.strip():
        raise Missing("reason", "Say why the money goes back.")
    try:
        wanted = to_pence(amount)
    except ValueError as error:
        raise Invalid("amount", str(error)) from error
    with transaction.atomic():
        payments = money.lock_payments(case_id)
        case = locked(case_id)
        service = service_of(case)
        if not permissions.sees_row(case, actor):
            raise NotFound
        if key and any(one.key == key for paid in payments for one in paid.refunds.all()):
            return case
        if "refund" not in permissions.can(case, service, actor):
            raise NotAllowed("There is nothing that you may pay back for this case.")
        if wanted > case.paid_pence - case.refunded_pence:
            left = pounds(case.paid_pence - case.refunded_pence)
            raise Invalid("amount", f"At most £{left} can be paid back.")
        writing = Writing(case, actor=actor, channel="desk", now=now)
        money.give_back(writing, wanted, reason.strip(), key=key)
        return writing.save()


def when_refund(refund: Refund, now: datetime) -> None:
    """A refund's status changed; one that the provider refused is no refund after all."""
    if str(refund.status) != "error":
        return
    payment = refund.payment
    case_id = (
        Case.objects.filter(reference=payment.subject_ref).values_list("pk", flat=True).first()
    )
    if case_id is None:
        return
    with transaction.atomic():
        case = locked(case_id)
        failed: dict[str, Any] = {
            "payment": payment.public_id,
            "pence": refund.pence,
            "refund": refund.pk,
        }
        append(
            case,
            Kind.REFUND_FAILED,
            failed,
            actor=SYSTEM,
            channel="system",
            now=now,
        )
