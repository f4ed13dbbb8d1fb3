"""Things that change payments. Those that talk to the provider must be called outside a transaction."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from moothall.pay.models import Payment, Refund


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
    raise NotImplementedError


def refresh(payment_id: str, *, now: datetime | None = None) -> Payment:
    """Ask the provider where a payment (its `public_id`) stands, record it, and tell `on_change`.

    Call it OUTSIDE a transaction, when the person comes back; what the return itself says is never
    trusted. Raises PayUnavailable when the provider does not answer (the worker will ask again).
    """
    raise NotImplementedError


def cancel(payment_id: str, *, now: datetime | None = None) -> Payment:
    """Cancel an unfinished payment at the provider. Call it OUTSIDE a transaction."""
    raise NotImplementedError


def refund(
    payment_id: str, amount: Decimal, reason: str, key: str, *, now: datetime | None = None
) -> Refund:
    """Write a refund in the caller's transaction; the worker makes it, and `on_refund` hears of it.

    Raises RefundRefused when the payment was not made or less than `amount` is left of it.
    """
    raise NotImplementedError
