"""What somebody has to do and was named in: lists over all cases, each checked against their rights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from moothall.casework import permissions
from moothall.casework.beside_types import CallBackView, MentionRow, TaskRow
from moothall.casework.facts import service_of
from moothall.casework.models import Case, Mention, Task
from moothall.people.actor import Actor
from moothall.people.models import Team

MOST = 200


def tasks_of(
    actor: Actor, *, now: datetime | None = None, limit: int = 100, kind: str = ""
) -> tuple[TaskRow, ...]:
    """The open tasks of this person and of their teams, on cases that they may see: the soonest due
    first, those without a day last. `kind`: task, call_back, or both. Two queries."""
    now = now or timezone.now()
    if actor.kind != "staff" or actor.user_id is None:
        return ()
    wanted = Q(for_user=actor.user_id) | Q(for_user=None, team__in=sorted(actor.teams))
    found = Task.objects.filter(wanted, ended_at=None)
    if kind:
        found = found.filter(kind=kind)
    ordered = found.select_related("case", "for_user").order_by(
        F("due_at").asc(nulls_last=True), "pk"
    )
    return _rows(ordered[: min(limit, MOST)], actor, now)


def call_backs_due(
    actor: Actor, *, now: datetime | None = None, limit: int = 100
) -> tuple[TaskRow, ...]:
    """The calls that this person or their teams promised and have not made, the soonest due first."""
    return tasks_of(actor, now=now, limit=limit, kind=Task.Kind.CALL_BACK)


def tasks_on(case: Case, actor: Actor, *, now: datetime) -> tuple[TaskRow, ...]:
    """All tasks of a case for a reader who was let in: open ones first, the soonest due first."""
    found = Task.objects.filter(case=case).select_related("for_user")
    tasks = list(found.order_by(F("due_at").asc(nulls_last=True), "pk")[:MOST])
    for task in tasks:
        task.case = case
    rows = _rows(tasks, actor, now)
    return tuple(sorted(rows, key=lambda one: one.state != Task.State.OPEN))


def _rows(tasks: Iterable[Task], actor: Actor, now: datetime) -> tuple[TaskRow, ...]:
    found = list(tasks)
    teams = dict(Team.objects.values_list("slug", "name")) if found else {}
    made = []
    for task in found:
        case = task.case
        if not permissions.sees_row(case, actor):
            continue
        service = service_of(case)
        sees = permissions.sight(case, service, actor)
        is_open = task.state == Task.State.OPEN
        mine = actor.user_id is not None and task.for_user_id == actor.user_id
        made.append(
            TaskRow(
                id=task.pk,
                case_id=case.pk,
                reference=case.reference,
                service_name=service.name,
                number=task.number,
                kind=task.kind,
                state=task.state,
                state_label=str(Task.State(task.state).label),
                text=task.text if sees.notes or mine else "",
                for_user_id=task.for_user_id,
                for_label=task.for_user.name if task.for_user else teams.get(task.team, task.team),
                team=task.team,
                due_at=task.due_at,
                overdue=is_open and task.due_at is not None and task.due_at < now,
                set_at=task.set_at,
                set_by=task.set_by,
                ended_at=task.ended_at,
                phone=task.phone if "phone" in sees.contact or mine else "",
                window=task.window,
                tries=task.tries,
                last_try_at=task.last_try_at,
                mine=mine,
            )
        )
    return tuple(made)


def mentions_of(actor: Actor, *, limit: int = 50) -> tuple[MentionRow, ...]:
    """The notes in which this person was named and that they have not looked at, newest first."""
    if actor.kind != "staff" or actor.user_id is None:
        return ()
    found = Mention.objects.filter(user=actor.user_id, seen_at=None).select_related("case")
    return tuple(
        MentionRow(
            case_id=one.case_id,
            reference=one.case.reference,
            service_name=service_of(one.case).name,
            number=one.number,
            by=one.by,
            at=one.at,
        )
        for one in found.order_by("-at", "-pk")[: min(limit, MOST)]
        if permissions.sees_row(one.case, actor)
    )


def see_mentions(case_id: int, *, actor: Actor, now: datetime | None = None) -> int:
    """This person has looked at the case: what named them there is seen. Writes only when there is any."""
    mine = Mention.objects.filter(case=case_id, user=actor.user_id, seen_at=None)
    if actor.user_id is None or not mine.exists():
        return 0
    with transaction.atomic():
        return mine.update(seen_at=now or timezone.now())


def call_back_of(case: Case) -> CallBackView | None:
    """The call that was asked for about a case and not made yet."""
    task = Task.objects.filter(
        case=case, kind=Task.Kind.CALL_BACK, ended_at=None, due_at__isnull=False
    ).first()
    if task is None or task.due_at is None:
        return None
    return CallBackView(task.due_at, task.window)
