"""Reading payments."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from moothall.pay.models import Payment, Refund
from moothall.pay.money import pounds


def payments_for(subject_ref: str) -> list[Payment]:
    """Return the payments for a case, oldest first, with their refunds."""
    return list(
        Payment.objects.filter(subject_ref=subject_ref)
        .order_by("created_at", "pk")
        .prefetch_related("refunds")
    )


def payment(public_id: str) -> Payment | None:
    """Return one payment, or None."""
    return Payment.objects.filter(public_id=public_id).first()


def problems(limit: int = 100) -> list[Payment]:
    """Return the payments whose record at the provider differs from ours: a person must look."""
    return list(Payment.objects.exclude(problem="").order_by("-created_at")[:limit])


def stands_in() -> bool:
    """Return whether payments go to the stand-in, where no money is taken."""
    return settings.PAY["adapter"] == "local"


def refundable_pence(payment: Payment) -> int:
    """Return how many pence of a payment are left to refund."""
    if payment.status != Payment.Status.SUCCESS:
        return 0
    back = payment.refunds.exclude(status=Refund.Status.ERROR)
    return payment.pence - sum(back.values_list("pence", flat=True))


def refundable(payment: Payment) -> Decimal:
    """Return how many pounds of a payment are left to refund."""
    return pounds(refundable_pence(payment))
