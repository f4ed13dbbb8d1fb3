"""Pounds inside, whole pence at the edge, exact both ways."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MOST = Decimal("100000.00")
"""The largest single payment that GOV.UK Pay takes: 10,000,000 pence."""


def pence(amount: Decimal) -> int:
    """Return `amount` pounds as whole pence.

    Raises ValueError for a part of a penny, nothing, less than nothing, or more than can be taken.
    """
    if not isinstance(amount, Decimal):
        raise TypeError("Money is a Decimal in pounds, never a float.")
    try:
        whole = (amount * 100).to_integral_exact()
    except InvalidOperation as error:
        raise ValueError(f"{amount} is not an amount of money.") from error
    if not amount.is_finite() or whole != amount * 100:
        raise ValueError(f"{amount} is not a whole number of pence.")
    if not 0 < amount <= MOST:
        raise ValueError(f"A payment must be more than nothing and at most £{MOST}.")
    return int(whole)


def pounds(pence: int) -> Decimal:
    """Return whole `pence` as pounds with two places."""
    return (Decimal(pence) / 100).quantize(Decimal("0.01"))
