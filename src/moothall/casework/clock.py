"""What time does to cases: warnings, broken promises, reminders, expiries, payments that never came.

`tick` looks at the cases whose `wake_at` has come, a bounded number at a time, each in a transaction of
its own. A tick that was missed loses nothing: the next one does what was due, in its order.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from moothall import language, outbox
from moothall.casework import (
    booking,
    flow,
    messages,
    money,
    steps,
    tallying,
    tracking,
    watching,
)
from moothall.casework.events import Kind
from moothall.casework.facts import facts_of, service_of
from moothall.casework.ledger import Writing
from moothall.casework.models import UNPAID, Case
from moothall.casework.projection import moment
from moothall.language import Service
from moothall.people.actor import CLOCK

BATCH = 200
"""Cases woken by one tick; the rest wait for the next, soonest first."""
MOST_FOR_ONE = 40
EVERY_SECONDS = 60

_log = logging.getLogger("moothall.casework.clock")


def due(now: datetime, limit: int = BATCH) -> list[int]:
    """Ids of the cases for which the clock has something to do, soonest first."""
    return list(
        Case.objects.filter(wake_at__lte=now)
        .order_by("wake_at", "pk")
        .values_list("pk", flat=True)[:limit]
    )


def tick(now: datetime | None = None, limit: int = BATCH) -> int:
    """Do what is due for up to `limit` cases, here and now; return for how many something was done.

    A case that cannot be dealt with is logged and left for the next tick; the others go on.
    """
    now = now or timezone.now()
    done = 0
    for case_id in due(now, limit):
        try:
            done += wake(case_id, now)
        except Exception:
            _log.exception("the clock could not deal with a case", extra={"case": case_id})
    return done


def wake(case_id: int, now: datetime) -> bool:
    """Do everything that is due for one case, in its order, in one transaction."""
    with transaction.atomic():
        money.lock_payments(case_id)
        case = (
            Case.objects.select_for_update(
                of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
            )
            .filter(pk=case_id)
            .first()
        )
        if case is None or case.wake_at is None or case.wake_at > now:
            return False
        service = service_of(case)
        writing = Writing(case, actor=CLOCK, channel="system", now=now)
        for _ in range(MOST_FOR_ONE):
            if case.wake_at is None or case.wake_at > now:
                break
            _next(writing, service)
        writing.save()
        return True


def _next(writing: Writing, service: Service) -> None:
    """The one thing that was due first."""
    case, at = writing.case, writing.case.wake_at
    if case.state == UNPAID:
        booking.let_go(case)
        writing.add(Kind.LAPSED, {"due": case.pay_by})
        return
    for mark, when in json.loads(case.marks_json):
        if moment(when) == at:
            writing.add(Kind.REMINDED, {"mark": mark, "due": when})
            messages.tell(writing, service, mark)
            return
    if case.warn_at == at and not case.warned_at and case.ended_at is None:
        writing.add(Kind.WARNED, {"due": case.finish_by})
        return
    if case.finish_by == at and not case.breached_at and case.ended_at is None:
        writing.add(Kind.BREACHED, {"due": case.finish_by})
        return
    _expire(writing, service)


def _expire(writing: Writing, service: Service) -> None:
    """Make the clock's move out of a state that ran out; if it cannot be made, say so and stop."""
    case = writing.case
    chosen = service.moves.get(case.expires_move)
    fields: dict[str, Any] = {"due": case.expires_at, "expires_at": None, "expires_move": ""}
    writing.add(Kind.EXPIRED, fields)
    if chosen is None or case.state not in chosen.from_states:
        return
    facts = facts_of(case, service, now=writing.now)
    if chosen.when is not None and not _holds(service, chosen.id, case.state, facts):
        return
    steps.make(writing, service, chosen, steps.Given())
    steps.entered(writing, service)


def _holds(service: Service, move_id: str, state: str, facts: Any) -> bool:
    possible = language.moves_for(service, facts, state=state, roles=frozenset({"clock"}))
    return any(one.id == move_id for one in possible)


@outbox.task("casework.wake", retries=5)
def wake_job(case_id: int, now: datetime) -> None:
    """Deal with one case that is due."""
    wake(case_id, now)


@outbox.task("casework.tick")
def tick_job(now: datetime) -> None:
    """Write a job for each case that is due, so that one that fails holds up none."""
    for case_id in due(now):
        outbox.enqueue("casework.wake", unique=f"casework.wake:{case_id}", case_id=case_id)
    tracking.forget_tries(now)
    tallying.add_up(now)
    watching.forget(now)
    flow.fold()
