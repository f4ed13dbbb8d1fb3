"""Working a bulk run off: a case, the mark that it is done and the job of the next in one transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError
from django.db import transaction

from moothall import outbox
from moothall.casework import bulk_steps as steps
from moothall.casework.errors import CaseworkError, Conflict
from moothall.casework.models import BulkItem, BulkRun, Case
from moothall.people.queries import actor_for
from moothall.slots.actions import SlotTaken

KEPT = timedelta(days=90)
"""How long a finished run is kept, with what was typed for it."""
DRAFT_KEPT = timedelta(days=1)
JOB = "casework.bulk"
FORGET = "casework.bulk_forget"
FORGET_EVERY_SECONDS = 6 * 3600

_log = logging.getLogger("moothall.casework.bulk")


def to_of(run: BulkRun, item: BulkItem) -> int | None:
    """Who is to have this case, where the run gives cases to people."""
    return item.to_user_id if run.kind == BulkRun.Kind.SHARE else run.params.get("to")


def next_case(run: BulkRun) -> None:
    """Write the job that does the next case of a run, in the caller's transaction."""
    outbox.enqueue(JOB, unique=f"bulk:{run.pk}", run_id=run.pk)


def _gave_up(reason: str, run_id: int, **_: Any) -> None:
    BulkRun.objects.filter(pk=run_id, status=BulkRun.Status.RUNNING).update(
        status=BulkRun.Status.STOPPED
    )


@outbox.task(JOB, gave_up=_gave_up)
def work(run_id: int, now: datetime) -> None:
    """Do the next case of a run and write the job of the one after it: one transaction, the job's."""
    run = BulkRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None or run.status != BulkRun.Status.RUNNING:
        return
    item = (
        BulkItem.objects.filter(run=run, status=BulkItem.Status.WAITING)
        .order_by("position")
        .first()
    )
    if item is None:
        run.status, run.ended_at = BulkRun.Status.FINISHED, now
        run.save(update_fields=["status", "ended_at"])
        return
    why = _attempt(run, item, now)
    item.status = BulkItem.Status.REFUSED if why else BulkItem.Status.DONE
    item.why, item.at = why[:300], now
    item.save(update_fields=["status", "why", "at"])
    next_case(run)


def _attempt(run: BulkRun, item: BulkItem, now: datetime) -> str:
    """Do it; return why it was not done, or nothing."""
    user = run.user
    if not user.is_active or not user.is_staff:
        return "The person who started this no longer works here."
    actor = actor_for(user)
    desk = steps.Desk(actor.by_key(run.via) if run.via else actor, now)
    case = Case.objects.filter(pk=item.case_id).first()
    if case is None:
        return "The case is gone."
    if why := steps.verdict(run.kind, case, run.params, desk, to=to_of(run, item)):
        return why
    if run.kind == BulkRun.Kind.SHARE and item.to_user_id is None:
        return "None of the people chosen works on its service."
    try:
        with transaction.atomic():
            steps.do(run, item, desk)
    except Conflict as clash:
        return "; ".join(f"{one.who} {one.what} meanwhile" for one in clash.changes) or str(clash)
    except CaseworkError as refused:
        return str(refused)
    except SlotTaken:
        return "The time that it needs is taken."
    except DatabaseError:
        raise  # the outbox tries again
    except Exception:
        _log.exception("a case of a bulk run failed", extra={"run": run.pk, "item": item.pk})
        return "Something went wrong. Try it in the case itself."
    return ""


@outbox.task(FORGET)
def forget_old(now: datetime) -> int:
    """Delete drafts of yesterday and runs that are over for long; return how many."""
    drafts = BulkRun.objects.filter(status=BulkRun.Status.DRAFT, created_at__lt=now - DRAFT_KEPT)
    old = BulkRun.objects.exclude(status=BulkRun.Status.RUNNING).filter(created_at__lt=now - KEPT)
    pks = [*drafts.values_list("pk", flat=True), *old.values_list("pk", flat=True)]
    with transaction.atomic():
        BulkRun.objects.filter(pk__in=pks).delete()
    return len(pks)
