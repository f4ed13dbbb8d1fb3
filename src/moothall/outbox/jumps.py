"""A clock that is put back or forward: waits and leases keep their length.

The wall clock may jump (a wrong clock is corrected, a machine wakes up). Put back by an hour, jobs
written before would wait an hour, and leases of dead workers with them; put forward, the leases of
workers that are alive would end at once and their jobs be done a second time. Every lane therefore
compares the wall clock with the monotonic one before it takes work, and after a jump each wait is
counted on from where it stood.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from moothall.outbox.models import Job

logger = logging.getLogger("moothall.outbox")

TOLERANCE = timedelta(seconds=2)
"""What a clock may drift, or two machines differ, without being taken for a jump."""
LOOK_AGAIN = 30.0
"""Seconds between two looks at the table for jobs written by a clock that is ahead of ours."""


class Watch:
    """Sees jumps of the wall clock in one process; shared by its lanes."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._wall = now()
        self._steady = time.monotonic()
        self._looked: float | None = None

    def look(self) -> None:
        """Put right what a jump since the last look has upset. Raises DatabaseError, and then looks again."""
        with self._lock:
            wall, steady = self._now(), time.monotonic()
            expected = self._wall + timedelta(seconds=steady - self._steady)
            if wall - expected > TOLERANCE:
                moved = put_forward(expected, wall)
                logger.warning("The clock jumped forward", extra={"jobs": moved})
            late = self._looked is None or steady - self._looked > LOOK_AGAIN
            if late or expected - wall > TOLERANCE:
                if moved := put_back(wall):
                    logger.warning("The clock was put back", extra={"jobs": moved})
                self._looked = steady
            self._wall, self._steady = wall, steady


def put_back(now: datetime) -> int:
    """Count on the waits and leases of jobs that were set at a time still to come; return how many.

    Safe to call from any number of workers: a job that is put right is no longer set in the future.
    """
    ahead = Job.objects.filter(dead_at=None, set_at__gt=now + TOLERANCE)
    if not ahead.exists():
        return 0
    moved = 0
    with transaction.atomic():
        for job in ahead.select_for_update().only("due_at", "set_at"):
            wait = max(timedelta(0), job.due_at - (job.set_at or job.due_at))
            Job.objects.filter(pk=job.pk).update(due_at=now + wait, set_at=now)
            moved += 1
    return moved


def put_forward(before: datetime, now: datetime) -> int:
    """Give jobs that are being done the rest of their lease when the clock went from `before` to `now`.

    Without it every lease would end with the jump, while the workers that hold them are at work.
    """
    held = Job.objects.filter(
        dead_at=None, due_at__gt=before, set_at__lte=before + TOLERANCE
    ).exclude(holder="")
    if not held.exists():
        return 0
    moved = 0
    with transaction.atomic():
        for job in held.select_for_update().only("due_at", "set_at"):
            Job.objects.filter(pk=job.pk).update(due_at=now + (job.due_at - before), set_at=now)
            moved += 1
    return moved
