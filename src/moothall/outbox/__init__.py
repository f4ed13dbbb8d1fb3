"""Background jobs written in the same transaction as the change that needs them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moothall.outbox.registry import GiveUp, TryAgain, every, task

__all__ = ["GiveUp", "TryAgain", "drain", "enqueue", "every", "task"]


def enqueue(
    name: str, *, unique: str | None = None, run_after: datetime | None = None, **kwargs: Any
) -> None:
    """Write a job in the caller's transaction: it is done if, and only if, that commits.

    `kwargs` are JSON values. With `unique`, nothing is written while a job with the same key waits
    or runs. `run_after`: not before this time. Raises KeyError when no handler has this name.
    """
    from moothall.outbox import actions

    actions.enqueue(name, unique=unique, run_after=run_after, **kwargs)


def drain(now: datetime | None = None, limit: int = 1000, *, strict: bool = False) -> int:
    """Do the jobs that are due, and those that they cause, here and now; return how many were done.

    For tests and `moothall worker --once`. `strict`: raise a handler's error instead of recording it.
    """
    from moothall.outbox import worker

    return worker.drain(now, limit, strict=strict)
