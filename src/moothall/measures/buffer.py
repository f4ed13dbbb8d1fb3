"""Counting in memory, written to the database now and then: cheap, and allowed to lose a few."""

from __future__ import annotations

from datetime import datetime


def count(name: str, n: int = 1, *, at: datetime | None = None, **labels: str | int | bool) -> None:
    """Count `n` more of `name`, with labels that are never personal (service, page, channel …)."""
    raise NotImplementedError


def flush() -> int:
    """Write what was counted in this process to the database; return how many rows changed."""
    raise NotImplementedError
