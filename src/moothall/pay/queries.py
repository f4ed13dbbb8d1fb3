"""Reading payments."""

from __future__ import annotations

from moothall.pay.models import Payment


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
