"""What the people room does in the background."""

from __future__ import annotations

from datetime import datetime

from moothall import outbox
from moothall.people import limits, sessions


@outbox.task("people.tidy")
def tidy(now: datetime) -> None:
    """Forget limits that are over, and sessions that have ended."""
    limits.prune(now)
    sessions.prune(now)


outbox.every("people.tidy", 60 * 60, "people.tidy")
