"""Reading jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from moothall.outbox.models import Job


def dead(limit: int = 200) -> list[Job]:
    """Return the jobs that were given up, newest first, each with its plain reason in `error`."""
    return list(Job.objects.filter(dead_at__isnull=False).order_by("-dead_at", "-pk")[:limit])


@dataclass(frozen=True)
class State:
    """How the outbox stands: for `/health/ready` and the operations page."""

    waiting: int
    due: int
    oldest_due: datetime | None
    failing: int
    dead: int


def state(now: datetime) -> State:
    """Return how many jobs wait, are due, fail and are dead at `now` (schedules are not counted)."""
    found = Job.objects.aggregate(
        waiting=Count("pk", filter=Q(dead_at=None, every_seconds=None)),
        due=Count("pk", filter=Q(dead_at=None, every_seconds=None, due_at__lte=now)),
        oldest_due=Min("due_at", filter=Q(dead_at=None, every_seconds=None, due_at__lte=now)),
        failing=Count("pk", filter=Q(dead_at=None, failures__gt=0)),
        dead=Count("pk", filter=Q(dead_at__isnull=False)),
    )
    return State(**found)
