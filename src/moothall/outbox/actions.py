"""Things that change jobs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from moothall.outbox import wake
from moothall.outbox.models import Job
from moothall.outbox.registry import registered, schedules


def enqueue(
    name: str,
    *,
    unique: str | None = None,
    run_after: datetime | None = None,
    now: datetime | None = None,
    **kwargs: Any,
) -> int | None:
    """Write a job in the caller's transaction and return its id; see `moothall.outbox.enqueue`.

    With `unique` the id is not known.

    A handler that has a parameter of its own called `now` is given the time of the run, so `now`
    here is only when the job was written. Raises TypeError for values that JSON cannot hold.
    """
    handler = registered(name)
    if handler is None:
        raise KeyError(f"No handler is registered for the job '{name}'.")
    json.dumps(kwargs)
    now = now or timezone.now()
    job = Job(
        name=name,
        kwargs=kwargs,
        outside=handler.external,
        unique_key=unique,
        enqueued_at=now,
        due_at=run_after or now,
        set_at=now,
    )
    if unique is None:
        job.save(force_insert=True)
    else:
        Job.objects.bulk_create([job], ignore_conflicts=True)
    if run_after is None or run_after <= now:
        transaction.on_commit(wake.ring)
    return job.pk if unique is None else None


def prepare_schedules(now: datetime) -> None:
    """Write the job of each registered schedule that has none, and drop those no longer registered."""
    wanted = {f"every:{schedule.name}": schedule for schedule in schedules()}
    with transaction.atomic():
        Job.objects.filter(every_seconds__isnull=False, dead_at=None).exclude(
            unique_key__in=wanted
        ).delete()
        jobs = []
        for key, schedule in wanted.items():
            handler = registered(schedule.task)
            if handler is None:
                raise KeyError(f"The schedule '{schedule.name}' names no task: '{schedule.task}'.")
            Job.objects.filter(unique_key=key).exclude(every_seconds=schedule.seconds).update(
                every_seconds=schedule.seconds, due_at=now, set_at=now
            )
            jobs.append(
                Job(
                    name=schedule.task,
                    outside=handler.external,
                    unique_key=key,
                    every_seconds=schedule.seconds,
                    enqueued_at=now,
                    due_at=now,
                    set_at=now,
                )
            )
        Job.objects.bulk_create(jobs, ignore_conflicts=True)


def try_again(job_id: int, *, now: datetime | None = None) -> bool:
    """Bring a dead letter back to life; return False when it is not one."""
    now = now or timezone.now()
    done = Job.objects.filter(pk=job_id, dead_at__isnull=False).update(
        dead_at=None, due_at=now, set_at=now, failures=0, claims=0, holder=""
    )
    if done:
        transaction.on_commit(wake.ring)
    return bool(done)


def discard(job_id: int) -> bool:
    """Drop a dead letter for good; return False when it is not one."""
    return bool(Job.objects.filter(pk=job_id, dead_at__isnull=False).delete()[0])


def discard_older(days: int, *, now: datetime | None = None) -> int:
    """Drop the dead letters of more than so many days ago; return how many."""
    before = (now or timezone.now()) - timedelta(days=days)
    return Job.objects.filter(dead_at__lt=before).delete()[0]
