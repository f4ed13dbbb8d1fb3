"""Things that change payments. Those that talk to the provider must be called outside a transaction."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from moothall import outbox
from moothall.pay.adapters import Order, Refused, State, Unreachable, provider
from moothall.pay.models import Payment, Refund
from moothall.pay.money import pence, pounds
from moothall.pay.queries import refundable_pence
from moothall.pay.registry import tell_payment

FIRST_ASK = timedelta(seconds=60)


class PayUnavailable(Exception):
    """The provider could not be reached or refused: the text is plain words for the person paying."""


class RefundRefused(Exception):
    """The refund cannot be made: the text says why."""


def start(
    *,
    subject_ref: str,
    amount: Decimal,
    description: str,
    return_url: str,
    key: str,
    language: str = "en",
    moto: bool = False,
    now: datetime | None = None,
) -> Payment:
    """Open a payment at the provider; send the person to its `next_url`.

    Call it OUTSIDE a transaction: it talks to the provider. The same `key` gives the same payment,
    also after a crash half-way. `moto`: the card is taken by phone, on the caller's keypad.
    Raises ValueError for an impossible amount, PayUnavailable when the provider does not answer.
    """
    now = now or timezone.now()
    whole = pence(amount)
    at = provider()
    with transaction.atomic():
        payment, _new = Payment.objects.get_or_create(
            key=key,
            defaults={
                "public_id": secrets.token_hex(12),
                "subject_ref": subject_ref,
                "pence": whole,
                "description": description[:255],
                "return_url": return_url,
                "language": language,
                "moto": moto,
                "provider": at.name,
                "created_at": now,
                "next_ask_at": now + FIRST_ASK,
            },
        )
    if payment.pence != whole or payment.subject_ref != subject_ref:
        raise ValueError("The same key was used for another payment.")
    if payment.provider_id or payment.is_over:
        return payment
    order = Order(
        idempotency_key=payment.public_id,
        pence=payment.pence,
        reference=payment.subject_ref,
        description=payment.description,
        return_url=_absolute(payment.return_url, at.name),
        language=payment.language,
        moto=payment.moto,
    )
    sorry = _("We cannot take payments at the moment. Try again in a few minutes.")
    try:
        state = at.create(order)
    except Unreachable as error:
        raise PayUnavailable(sorry) from error
    except Refused as error:
        record_problem(payment.pk, str(error), now, status=Payment.Status.ERROR)
        raise PayUnavailable(sorry) from error
    return record(payment.pk, state, now)


def _absolute(return_url: str, name: str) -> str:
    # The stand-in lives on our own site, whatever the address by which the person reached it.
    if name == "local" or not return_url.startswith("/"):
        return return_url
    return f"{settings.PUBLIC_URL}{return_url}"


def refresh(payment_id: str, *, now: datetime | None = None) -> Payment:
    """Ask the provider where a payment (its `public_id`) stands, record it, and tell `on_change`.

    Call it OUTSIDE a transaction, when the person comes back; what the return itself says is never
    trusted. Raises PayUnavailable when the provider does not answer (the worker will ask again).
    """
    payment = Payment.objects.get(public_id=payment_id)
    if payment.is_over or not payment.provider_id:
        return payment
    try:
        state = provider().read(payment.provider_id)
    except (Unreachable, Refused) as error:
        raise PayUnavailable(
            _("We do not know yet whether your payment was made. We will check and tell you.")
        ) from error
    return record(payment.pk, state, now or timezone.now())


def cancel(payment_id: str, *, now: datetime | None = None) -> Payment:
    """Cancel an unfinished payment at the provider. Call it OUTSIDE a transaction.

    One that has ended meanwhile keeps its end: look at the `status` of what is returned.
    Raises PayUnavailable when the provider does not answer.
    """
    payment = Payment.objects.get(public_id=payment_id)
    if payment.is_over:
        return payment
    now = now or timezone.now()
    if not payment.provider_id:
        return end_unopened(payment.pk, Payment.Status.CANCELLED, now)
    at = provider()
    try:
        with suppress(Refused):  # It has ended; how is read next.
            at.cancel(payment.provider_id)
        state = at.read(payment.provider_id)
    except (Unreachable, Refused) as error:
        raise PayUnavailable(
            _("We cannot cancel the payment at the moment. Try again in a few minutes.")
        ) from error
    return record(payment.pk, state, now)


def refund(
    payment_id: str, amount: Decimal, reason: str, key: str, *, now: datetime | None = None
) -> Refund:
    """Write a refund in the caller's transaction; the worker makes it, and `on_refund` hears of it.

    The same `key` gives the same refund. Raises RefundRefused when the payment was not made or less
    than `amount` is left of it, ValueError for an impossible amount.
    """
    whole = pence(amount)
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(public_id=payment_id)
        known = Refund.objects.filter(key=key).first()
        if known is not None:
            if known.payment_id != payment.pk or known.pence != whole:
                raise ValueError("The same key was used for another refund.")
            return known
        if payment.status != Payment.Status.SUCCESS:
            raise RefundRefused(_("Only a payment that was made can be refunded."))
        left = refundable_pence(payment)
        if whole > left:
            raise RefundRefused(
                _("Only £%(left)s of this payment is left to refund.") % {"left": pounds(left)}
            )
        made = Refund.objects.create(
            payment=payment,
            key=key,
            pence=whole,
            reason=reason[:300],
            created_at=now or timezone.now(),
        )
        outbox.enqueue("pay.refund", refund_id=made.pk)
    return made


def record(payment_pk: int, state: State, now: datetime) -> Payment:
    """Write down what the provider says of a payment, in one transaction with what follows from it.

    A payment whose amount or reference is not ours becomes an error that a person must look at.
    An end is an end: a provider that changes its mind is noted as a problem.
    """
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_pk)
        before = payment.status
        payment.asked_at = now
        payment.provider_id = payment.provider_id or state.provider_id
        payment.next_url = state.next_url or payment.next_url
        wrong = _difference(payment, state)
        if payment.is_over:
            if state.status != before and not wrong:
                wrong = f"We recorded '{before}', the provider now says '{state.status}'."
        elif wrong:
            payment.status = Payment.Status.ERROR
        else:
            payment.status = state.status
            payment.code = state.code
        if wrong and not payment.problem:
            payment.problem = wrong[:300]
        if payment.is_over:
            payment.next_ask_at = None
            payment.ended_at = payment.ended_at or now
        payment.save()
        if payment.status != before:
            tell_payment(payment, now)
    return payment


def _difference(payment: Payment, state: State) -> str:
    if state.provider_id != payment.provider_id:
        return f"The provider answered for another payment ({state.provider_id})."
    if state.pence != payment.pence:
        return f"We asked for £{payment.amount}, the provider has £{pounds(state.pence)}."
    if state.reference != payment.subject_ref:
        return f"The provider has the reference '{state.reference}'."
    return ""


def record_problem(payment_pk: int, problem: str, now: datetime, *, status: str = "") -> Payment:
    """Note something that a person must look at; with `status`, end the payment by it."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_pk)
        before = payment.status
        payment.problem = payment.problem or problem[:300]
        if status and not payment.is_over:
            payment.status = status
            payment.ended_at = now
            payment.next_ask_at = None
        payment.save()
        if payment.status != before:
            tell_payment(payment, now)
    return payment


def end_unopened(payment_pk: int, status: str, now: datetime) -> Payment:
    """End a payment that never reached the provider: nobody was ever given a page to pay it on."""
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_pk)
        if payment.provider_id or payment.is_over:
            return payment
        payment.status = status
        payment.ended_at = now
        payment.next_ask_at = None
        payment.save()
        tell_payment(payment, now)
    return payment
