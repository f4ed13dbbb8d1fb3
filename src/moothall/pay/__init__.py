"""Money in: payments and refunds."""

from __future__ import annotations

from moothall.pay.registry import on_change, on_refund

__all__ = ["on_change", "on_refund"]
