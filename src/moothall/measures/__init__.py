"""Counts that any room emits and insight reads."""

from __future__ import annotations

from moothall.measures.buffer import count, flush

__all__ = ["count", "flush"]
