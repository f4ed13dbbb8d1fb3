"""The background work of the pay room: unfinished payments are asked after, refunds are made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from moothall import outbox
from moothall.pay import actions
from moothall.pay.adapters import Mismatch, ProviderRefund, Refused, Unreachable, provider
from moothall.pay.models import Payment, Refund
from moothall.pay.registry import tell_refund

POLL_SECONDS = 20
WAITS = (30, 60, 120, 300, 300, 600, 900, 1800, 1800, 3600, 3600)
"""Seconds between two questions about one payment; after these, six hours."""
GIVE_UP_AFTER = timedelta(days=7)
NEVER_OPENED_AFTER = timedelta(hours=2)


@outbox.task("pay.poll")
def poll(now: datetime) -> None:
    """Have every unfinished payment asked after that is due, so that a lost return loses no payment."""
    due = Payment.objects.filter(next_ask_at__lte=now).order_by("next_ask_at")[:200]
    for payment in due:
        if not payment.provider_id:
            if now - payment.created_at > NEVER_OPENED_AFTER:
                actions.end_unopened(payment.pk, Payment.Status.EXPIRED, now)
            else:
                _ask_later(payment, now)
        elif now - payment.created_at > GIVE_UP_AFTER:
            actions.record_problem(
                payment.pk,
                "The provider has not said for a week how it ended.",
                now,
                status=Payment.Status.ERROR,
            )
        else:
            _ask_later(payment, now)
            outbox.enqueue(
                "pay.ask", unique=f"pay.ask:{payment.public_id}", payment_id=payment.public_id
            )


@outbox.task("pay.poll_refunds")
def poll_refunds(now: datetime) -> None:
    """Have refunds asked after that are under way at the bank: they take days."""
    under_way = Refund.objects.filter(
        status=Refund.Status.SUBMITTED, created_at__gt=now - timedelta(days=30)
    )
    for refund_id in under_way.values_list("pk", flat=True)[:200]:
        outbox.enqueue("pay.ask_refund", unique=f"pay.ask_refund:{refund_id}", refund_id=refund_id)


outbox.every("pay.poll_refunds", 3600, "pay.poll_refunds")


def _ask_later(payment: Payment, now: datetime) -> None:
    seconds = WAITS[payment.asked_times] if payment.asked_times < len(WAITS) else 6 * 3600
    Payment.objects.filter(pk=payment.pk, next_ask_at__isnull=False).update(
        next_ask_at=now + timedelta(seconds=seconds), asked_times=payment.asked_times + 1
    )


outbox.every("pay.poll", POLL_SECONDS, "pay.poll")


TRIES = 3
"""How often an asking is tried at once: a provider that is away is no trouble, for it is asked again by
itself (`poll`, `poll_refunds`)."""


@outbox.task("pay.ask", external=True, retries=TRIES)
def ask(payment_id: str, now: datetime, attempt: int = 1) -> Callable[[], object] | None:
    """Ask the provider about one payment."""
    payment = Payment.objects.filter(public_id=payment_id).first()
    if payment is None or payment.is_over:
        return None
    try:
        state = provider().read(payment.provider_id)
    except Unreachable as error:
        if attempt >= TRIES:
            return None
        raise outbox.TryAgain(str(error)) from error
    except Refused as error:
        return partial(actions.record_problem, payment.pk, str(error), now)
    return partial(actions.record, payment.pk, state, now)


def _refund_gave_up(reason: str, refund_id: int) -> None:
    _settle(refund_id, None, reason, timezone.now())


@outbox.task("pay.refund", external=True, retries=14, lease=120, gave_up=_refund_gave_up)
def make_refund(refund_id: int, now: datetime) -> Callable[[], None] | None:
    """Make one refund at the provider, never twice.

    Pay has no idempotency key for refunds. It refuses one when what is left is not what we say is
    left; then an earlier try of ours did succeed, and its refund is found in the provider's list.
    Refunds of one payment are made one after the other, so that such a find can only be our own.
    """
    refund = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if refund is None or refund.status != Refund.Status.QUEUED:
        return None
    of_payment = Refund.objects.filter(payment_id=refund.payment_id)
    if of_payment.filter(status=Refund.Status.QUEUED, pk__lt=refund.pk).exists():
        raise outbox.TryAgain("An earlier refund of this payment comes first.")
    at = provider()
    known = of_payment.exclude(provider_id="").exclude(status=Refund.Status.ERROR)
    available = refund.payment.pence - sum(known.values_list("pence", flat=True))
    try:
        try:
            made = at.refund(refund.payment.provider_id, refund.pence, available)
        except Mismatch:
            ours = set(of_payment.exclude(provider_id="").values_list("provider_id", flat=True))
            there = at.refunds(refund.payment.provider_id)
            strangers = [r for r in there if r.provider_id not in ours and r.status != "error"]
            if [r.pence for r in strangers] != [refund.pence]:
                return partial(
                    _settle,
                    refund_id,
                    None,
                    "The provider's refunds of this payment are not those that we know of.",
                    now,
                )
            made = strangers[0]
    except Unreachable as error:
        raise outbox.TryAgain(str(error)) from error
    except Refused as error:
        return partial(_settle, refund_id, None, str(error), now)
    return partial(_settle, refund_id, made, "", now)


@outbox.task("pay.ask_refund", external=True, retries=TRIES)
def ask_refund(refund_id: int, now: datetime, attempt: int = 1) -> Callable[[], None] | None:
    """Ask the provider whether a refund has reached the bank."""
    refund = Refund.objects.select_related("payment").filter(pk=refund_id).first()
    if refund is None or refund.status != Refund.Status.SUBMITTED:
        return None
    try:
        there = provider().refunds(refund.payment.provider_id)
    except (Unreachable, Refused) as error:
        if attempt >= TRIES:
            return None
        raise outbox.TryAgain(str(error)) from error
    found = [r for r in there if r.provider_id == refund.provider_id]
    if not found or found[0].status == Refund.Status.SUBMITTED:
        return None
    return partial(_settle, refund_id, found[0], "", now)


def _settle(refund_id: int, made: ProviderRefund | None, problem: str, now: datetime) -> None:
    with transaction.atomic():
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        before = refund.status
        if before in {Refund.Status.SUCCESS, Refund.Status.ERROR}:
            return
        refund.status = Refund.Status.ERROR if made is None else Refund.Status(made.status)
        refund.provider_id = made.provider_id if made else refund.provider_id
        refund.problem = problem[:300]
        if refund.status != Refund.Status.SUBMITTED:
            refund.ended_at = now
        if refund.status == Refund.Status.ERROR and not refund.problem:
            refund.problem = "The provider could not make the refund."
        refund.save()
        if refund.status != before:
            tell_refund(refund, now)
