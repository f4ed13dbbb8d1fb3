"""The stand-in provider: a payment page of our own, no account, no money."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from moothall.pay.adapters.base import Mismatch, Order, ProviderRefund, Refused, State
from moothall.pay.models import StandInPayment, StandInRefund

OVER = frozenset({"success", "failed", "cancelled", "expired"})


class StandIn:
    """Behaves as GOV.UK Pay does, down to the idempotency key and what is left to refund."""

    name = "local"

    def create(self, order: Order) -> State:
        """Open a payment. Refused where there is no demonstration: anybody could say they have paid."""
        if not settings.DEMONSTRATION:
            raise Refused(
                "Set MOOTHALL_PAY: without the demonstration the stand-in takes no payment."
            )
        payment, _ = StandInPayment.objects.get_or_create(
            idempotency_key=order.idempotency_key,
            defaults={
                "provider_id": secrets.token_hex(13),
                "pence": order.pence,
                "reference": order.reference,
                "description": order.description,
                "return_url": order.return_url,
                "language": order.language,
                "moto": order.moto,
                "created_at": timezone.now(),
            },
        )
        return _state(payment)

    def read(self, provider_id: str) -> State:
        """Read where a payment stands."""
        return _state(self._find(provider_id))

    def cancel(self, provider_id: str) -> None:
        """Cancel an unfinished payment."""
        end(provider_id, "cancelled")

    def refund(self, provider_id: str, pence: int, available: int) -> ProviderRefund:
        """Give money back at once."""
        with transaction.atomic():
            payment = StandInPayment.objects.select_for_update().get(provider_id=provider_id)
            left = payment.pence - sum(refund.pence for refund in payment.refunds.all())
            if payment.status != "success" or pence > left:
                raise Refused("The stand-in has not so much of this payment.")
            if available != left:
                raise Mismatch
            refund = StandInRefund.objects.create(
                provider_id=secrets.token_hex(13),
                payment=payment,
                pence=pence,
                created_at=timezone.now(),
            )
        return ProviderRefund(refund.provider_id, "success", refund.pence)

    def refunds(self, provider_id: str) -> list[ProviderRefund]:
        """Read the refunds of a payment."""
        found = self._find(provider_id).refunds.order_by("created_at", "pk")
        return [ProviderRefund(refund.provider_id, "success", refund.pence) for refund in found]

    def check_config(self) -> list[str]:
        """Say so where real people would be sent to the stand-in."""
        if settings.DEMONSTRATION:
            return []
        return [
            "MOOTHALL_PAY is 'local': nobody can pay. Set MOOTHALL_PAY=govuk and MOOTHALL_PAY_KEY."
        ]

    def _find(self, provider_id: str) -> StandInPayment:
        payment = StandInPayment.objects.filter(provider_id=provider_id).first()
        if payment is None:
            raise Refused("The stand-in knows no such payment.")
        return payment


def end(provider_id: str, status: str, code: str = "") -> bool:
    """End a payment at the stand-in as its page asks; False when it had ended already."""
    return bool(
        StandInPayment.objects.filter(provider_id=provider_id)
        .exclude(status__in=OVER)
        .update(status=status, code=code)
    )


def begin(provider_id: str) -> None:
    """Note that the person has opened the page."""
    StandInPayment.objects.filter(provider_id=provider_id, status="created").update(
        status="started"
    )


def _state(payment: StandInPayment) -> State:
    over = payment.status in OVER
    return State(
        provider_id=payment.provider_id,
        status=payment.status,
        code=payment.code,
        pence=payment.pence,
        reference=payment.reference,
        next_url="" if over else reverse("pay-stand-in", args=[payment.provider_id]),
    )
