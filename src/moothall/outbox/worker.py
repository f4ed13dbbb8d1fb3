"""The worker: claims jobs, runs their handlers, and is safe to kill at any instruction."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone

from moothall.outbox import wake
from moothall.outbox.actions import prepare_schedules
from moothall.outbox.claim import (
    LOST_WORKERS,
    Held,
    claim,
    extend,
    fail,
    finish,
    release,
    still_held,
)
from moothall.outbox.jumps import Watch
from moothall.outbox.registry import GiveUp, Registered, TryAgain, registered

logger = logging.getLogger("moothall.outbox")

POLL = 0.5
"""Seconds between two looks of an idle worker; a job of the same process rings a bell instead."""
BATCH = 20
LEASE = 60.0
TURN = 0.05
"""Seconds for which jobs on the database share one transaction: a disk's sync is dearer than most jobs,
and a person who saves something must not wait longer for SQLite's lock."""


class _NoLongerOurs(Exception):
    """Another worker has the job: whatever was done for it here is rolled back."""


def run(stop: threading.Event, *, outside_lanes: int = 2, once: bool = False) -> None:
    """Work until `stop` is set: one lane for jobs on the database, some for those that talk outside.

    A job that has begun is finished before it returns; jobs taken and not begun are put back.
    `once`: do what is due and return. Safe beside any number of other workers.
    """
    watch = Watch(lambda: timezone.now())
    prepare_schedules(timezone.now())
    if once:
        drain()
        return
    lanes = [
        threading.Thread(
            target=_lane, args=(stop, True, watch), name=f"outbox-outside-{n}", daemon=True
        )
        for n in range(outside_lanes)
    ]
    for lane in lanes:
        lane.start()
    _lane(stop, False, watch)
    for lane in lanes:
        lane.join()


def stop_soon(stop: threading.Event) -> None:
    """Set `stop` and wake lanes that wait for work, so that they see it at once."""
    stop.set()
    wake.ring()


def _lane(stop: threading.Event, outside: bool, watch: Watch) -> None:
    holder = f"{os.getpid()}-{secrets.token_hex(8)}"
    pause = POLL
    while not stop.is_set():
        rung = wake.heard()
        try:
            close_old_connections()
            watch.look()
            held = claim(
                holder,
                outside=outside,
                now=timezone.now(),
                lease=LEASE,
                most=1 if outside else BATCH,
            )
            waiting = held
            while waiting and not stop.is_set():
                waiting = waiting[_do_some(waiting, stop) :]
            release(waiting, timezone.now())
            pause = POLL
        except DatabaseError as error:
            # The database is away or busy: what was begun is rolled back and falls due again.
            logger.warning("The outbox waits for the database: %s", type(error).__name__)
            held = []
            pause = min(10.0, pause * 2)
            _close()
        except Exception:
            # A fault of our own: what was begun is rolled back. A lane must outlive it.
            logger.exception("The outbox met an error of its own")
            held = []
            pause = min(10.0, pause * 2)
            _close()
        if not held:
            _idle(stop, rung, pause)
    _close()


def _do_some(held: list[Held], stop: threading.Event) -> int:
    """Do the first of these jobs, and those after it that fit in the same turn; return how many.

    Each has a savepoint of its own: one that fails takes nothing from the others. A kill undoes the
    whole turn, jobs and effects alike.
    """
    handler = registered(held[0].name)
    if handler is not None and handler.external:
        do(held[0], timezone.now)
        return 1
    done, ends = 0, time.monotonic() + TURN
    with transaction.atomic():
        while done < len(held) and (not done or time.monotonic() < ends) and not stop.is_set():
            do(held[done], timezone.now)
            done += 1
    return done


def _idle(stop: threading.Event, rung: int, seconds: float) -> None:
    if connection.vendor == "postgresql":
        _close()  # an idle worker keeps none of the pool's connections
    if not stop.is_set():
        wake.wait(rung, seconds)


def _close() -> None:
    if not connection.in_atomic_block:
        connection.close()


def drain(now: datetime | None = None, limit: int = 1000, *, strict: bool = False) -> int:
    """Do what is due in this thread until nothing is, at most `limit` jobs; return how many were done.

    `now`: pretend that it is this time. `strict`: raise the first error of a handler.
    """

    def clock() -> datetime:
        return now or timezone.now()

    holder = f"drain-{secrets.token_hex(8)}"
    done = tried = 0
    seen: set[int] = set()
    while tried < limit:
        held = claim(holder, outside=None, now=clock(), lease=LEASE, most=min(BATCH, limit - tried))
        fresh = [job for job in held if job.id not in seen]
        if not fresh:
            release(held, clock())
            break
        # A schedule or a retry of no wait falls due again at the same pretended time: once is enough.
        release([job for job in held if job.id in seen], clock())
        for job in fresh:
            seen.add(job.id)
            tried += 1
            done += do(job, clock, strict=strict)
    return done


def do(held: Held, clock: Callable[[], datetime], *, strict: bool = False) -> bool:
    """Run the handler of one held job and record how it went; return True when it is done."""
    handler = registered(held.name)
    try:
        if handler is None:
            raise GiveUp(f"No handler is registered for '{held.name}'.")
        if held.claims > LOST_WORKERS:
            raise GiveUp("Its workers ended without a word too many times.")
        if handler.external:
            return _outside(handler, held, clock)
        return _inside(handler, held, clock)
    except _NoLongerOurs:
        return False
    except Exception as error:
        if strict:
            raise
        if isinstance(error, DatabaseError) and not connection.is_usable():
            raise
        return _failed(held, error, clock)


def _inside(handler: Registered, held: Held, clock: Callable[[], datetime]) -> bool:
    now = clock()
    with transaction.atomic():
        # First of all: on PostgreSQL this waits for, and then yields to, another holder's commit.
        if not finish(held, now):
            raise _NoLongerOurs
        handler.fn(**_arguments(handler, held, now))
    return True


def _outside(handler: Registered, held: Held, clock: Callable[[], datetime]) -> bool:
    left = (held.until - clock()).total_seconds()
    if left < 0.9 * handler.lease and not extend(held, now=clock(), lease=handler.lease):
        raise _NoLongerOurs
    record = handler.fn(**_arguments(handler, held, clock()))
    with transaction.atomic():
        if not finish(held, clock()):
            # The lease ran out while the other system thought; the other holder's call carries the
            # same idempotency key and its record stands.
            raise _NoLongerOurs
        if record is not None:
            record()
    return True


def _arguments(handler: Registered, held: Held, now: datetime) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if handler.takes_now and "now" not in held.kwargs:
        extra["now"] = now
    if handler.takes_attempt and "attempt" not in held.kwargs:
        extra["attempt"] = held.failures + held.claims
    return {**held.kwargs, **extra}


def _failed(held: Held, error: Exception, clock: Callable[[], datetime]) -> bool:
    plain = isinstance(error, GiveUp | TryAgain)
    reason = str(error) if plain else _where(error)
    if not still_held(held):
        return False
    died = fail(held, reason, clock(), final=isinstance(error, GiveUp))
    logger.log(
        logging.ERROR if died else logging.WARNING,
        "A job was given up" if died else "A job failed and will be tried again",
        extra={"job": held.name, "attempt": held.failures + 1, "outcome": reason},
    )
    return False


def _where(error: Exception) -> str:
    """The kind of an error and its place; never its text, which may hold personal data."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "moothall" in f.filename]
    place = ""
    if frames:
        place = f" at {frames[-1].filename.rsplit('/src/', 1)[-1]}:{frames[-1].lineno}"
    return f"{type(error).__name__}{place}"
