"""Who wants to know when a payment or a refund changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moothall.pay.models import Payment, Refund

PaymentHandler = Callable[["Payment", datetime], None]
RefundHandler = Callable[["Refund", datetime], None]
_payment: list[PaymentHandler] = []
_refund: list[RefundHandler] = []


def on_change(handler: PaymentHandler) -> PaymentHandler:
    """Call `handler(payment, now)` in the transaction in which a payment's status changes."""
    if handler not in _payment:
        _payment.append(handler)
    return handler


def on_refund(handler: RefundHandler) -> RefundHandler:
    """Call `handler(refund, now)` in the transaction in which a refund's status changes."""
    if handler not in _refund:
        _refund.append(handler)
    return handler


def tell_payment(payment: Payment, now: datetime) -> None:
    """Call every handler of payments."""
    for handler in _payment:
        handler(payment, now)


def tell_refund(refund: Refund, now: datetime) -> None:
    """Call every handler of refunds."""
    for handler in _refund:
        handler(refund, now)
