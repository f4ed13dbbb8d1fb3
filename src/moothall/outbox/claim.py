"""Taking jobs, finishing them and putting them back: the statements on which exactly-once rests."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from moothall.outbox.models import Job
from moothall.outbox.registry import Registered, registered

logger = logging.getLogger("moothall.outbox")

LOST_WORKERS = 25
"""After so many claims that ended neither well nor in an error, a job is taken to kill its workers."""


@dataclass(frozen=True)
class Held:
    """A job that this worker holds until its lease ends."""

    id: int
    name: str
    kwargs: dict[str, Any]
    holder: str
    claims: int
    failures: int
    every_seconds: int | None
    until: datetime
    """The end of the lease."""


def claim(
    holder: str, *, outside: bool | None, now: datetime, lease: float, most: int
) -> list[Held]:
    """Take up to `most` due jobs of one lane for `lease` seconds, oldest first.

    A look without a lock comes first, so that an idle worker never takes SQLite's write lock.
    """
    due = Job.objects.filter(dead_at=None, due_at__lte=now)
    if outside is not None:
        due = due.filter(outside=outside)
    if not due.exists():
        return []
    lane = "" if outside is None else "AND outside = %s "
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    as_value = Job._meta.get_field("due_at").get_db_prep_value
    values: list[Any] = [
        as_value(now + timedelta(seconds=lease), connection),
        as_value(now, connection),
        holder,
    ]
    if outside is not None:
        values.append(outside)
    values += [as_value(now, connection), most]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            # Nothing but the two constants above is put into this text.
            "UPDATE outbox_job SET due_at = %s, set_at = %s, holder = %s, claims = claims + 1 "  # noqa: S608
            f"WHERE id IN (SELECT id FROM outbox_job WHERE dead_at IS NULL {lane}"
            f"AND due_at <= %s ORDER BY due_at, id LIMIT %s {skip}) RETURNING id",
            values,
        )
        taken = [row[0] for row in cursor.fetchall()]
        return [
            Held(j.pk, j.name, j.kwargs, holder, j.claims, j.failures, j.every_seconds, j.due_at)
            for j in Job.objects.filter(pk__in=taken).order_by("pk")
        ]


def still_held(held: Held) -> bool:
    """Return whether the job is still ours (a look only; `finish` decides)."""
    return Job.objects.filter(pk=held.id, holder=held.holder, dead_at=None).exists()


def extend(held: Held, *, now: datetime, lease: float) -> bool:
    """Start the lease anew just before the work; False when another worker has the job by now."""
    return bool(
        Job.objects.filter(pk=held.id, holder=held.holder, dead_at=None).update(
            due_at=now + timedelta(seconds=lease), set_at=now
        )
    )


def finish(held: Held, now: datetime) -> bool:
    """Delete the job (or set a schedule's next time) in the caller's transaction.

    Called before a handler's effects are made permanent: when it returns False the job is no longer
    ours and nothing else of this transaction may be kept.
    """
    mine = Job.objects.filter(pk=held.id, holder=held.holder, dead_at=None)
    if held.every_seconds is None:
        return bool(mine.delete()[0])
    return bool(
        mine.update(
            due_at=now + timedelta(seconds=held.every_seconds),
            set_at=now,
            holder="",
            claims=0,
            failures=0,
            error="",
        )
    )


def release(held: list[Held], now: datetime) -> None:
    """Put back jobs that were taken and not begun, as a worker that stops does."""
    for job in held:
        Job.objects.filter(pk=job.id, holder=job.holder, dead_at=None).update(
            due_at=now, set_at=now, holder="", claims=max(0, job.claims - 1)
        )


def fail(held: Held, reason: str, now: datetime, *, final: bool) -> bool:
    """Record that a try failed; return True when the job became a dead letter.

    A schedule is never given up: after its retries it waits for its next time, its error kept.
    """
    handler = registered(held.name)
    failures = held.failures + 1
    with transaction.atomic():
        mine = Job.objects.filter(pk=held.id, holder=held.holder, dead_at=None)
        over = final or handler is None or failures > handler.retries
        if held.every_seconds is not None:
            wait = held.every_seconds if over or handler is None else handler.backoff(failures)
            mine.update(
                failures=0 if over else failures,
                error=reason,
                holder="",
                claims=0,
                due_at=now + timedelta(seconds=min(wait, held.every_seconds)),
                set_at=now,
            )
            return False
        if over or handler is None:
            # The key is set free: a dead letter must not keep its successor from being written.
            died = bool(
                mine.update(
                    failures=failures, error=reason, holder="", dead_at=now, unique_key=None
                )
            )
            if died and handler is not None and handler.gave_up is not None:
                _tell(handler, reason, held)
            return died
        mine.update(
            failures=failures,
            error=reason,
            holder="",
            claims=0,
            due_at=now + timedelta(seconds=handler.backoff(failures)),
            set_at=now,
        )
        return False


def _tell(handler: Registered, reason: str, held: Held) -> None:
    assert handler.gave_up is not None
    try:
        with transaction.atomic():
            handler.gave_up(reason, **held.kwargs)
    except Exception:
        # A dead letter that cannot be told of must still become one, or it is tried for ever.
        logger.exception("A dead letter could not be told of", extra={"job": held.name})
