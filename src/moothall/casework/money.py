"""The arithmetic of a case's money: what is owed, and what goes back through which payment.

Payments are locked before their case, everywhere, so that no two transactions wait for each other.
"""

from __future__ import annotations

from moothall import language
from moothall.casework.errors import Invalid
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of
from moothall.casework.ledger import Writing
from moothall.casework.models import Case
from moothall.language import Fee, Move, Service
from moothall.pay import actions as pay
from moothall.pay.models import Payment
from moothall.pay.money import pounds


def lock_payments(case_id: int) -> list[Payment]:
    """Lock the case's payments, oldest first, before the case itself is locked."""
    reference = (
        Case.objects.filter(pk=case_id).exclude(paid_state="").values_list("reference", flat=True)
    ).first()
    if reference is None:
        return []
    return list(Payment.objects.select_for_update().filter(subject_ref=reference).order_by("pk"))


def fee_now(writing: Writing, service: Service) -> Fee | None:
    """The fee as the case's answers give it, or None where the service is free."""
    if service.fee is None:
        return None
    return language.fee(service, facts_of(writing.case, service, now=writing.now))


def refund_on_move(writing: Writing, service: Service, chosen: Move) -> None:
    """Pay back what the service file gives back on this move."""
    case = writing.case
    left = case.paid_pence - case.refunded_pence
    if left <= 0:
        return
    fee = fee_now(writing, service)
    back = dict(fee.refund).get(chosen.id, 0) if fee else 0
    if back > 0:
        give_back(writing, min(back, left), chosen.label)


def give_back(
    writing: Writing, amount: int, reason: str, *, only: Payment | None = None, key: str = ""
) -> None:
    """Queue refunds of `amount` pence over the successful payments, newest first."""
    case = writing.case
    made = Payment.objects.filter(subject_ref=case.reference, status=Payment.Status.SUCCESS)
    key = key or f"{case.reference}:refund:{case.lock_version + 1}"
    for payment in [only] if only else list(made.order_by("-pk").prefetch_related("refunds")):
        given = sum(one.pence for one in payment.refunds.all() if one.status != "error")
        part = min(amount, payment.pence - given)
        if part <= 0:
            continue
        pay.refund(
            payment.public_id,
            pounds(part),
            reason[:300],
            key,
            now=writing.now,
        )
        writing.add(Kind.REFUNDED, {"payment": payment.public_id, "pence": part, "reason": reason})
        amount -= part
        if amount <= 0:
            return
        key = f"{key}:more"
    if amount > 0:
        raise Invalid("amount", "That is more than was paid and not yet paid back.")
