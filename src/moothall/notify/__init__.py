"""Messages out: email, text and letter."""

from __future__ import annotations

from moothall.notify.registry import on_receipt

__all__ = ["on_receipt"]
