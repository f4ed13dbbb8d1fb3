"""Tasks, call-backs and mentions as the case's events give them: projections like the case itself.

`take` changes a task by one event and reads nothing else, so writing an event and rebuilding agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from moothall.casework.events import Kind
from moothall.casework.models import Case, Event, Mention, Task, Viewing
from moothall.people.models import User

TASKS = frozenset(
    {
        Kind.TASK_SET,
        Kind.TASK_DONE,
        Kind.TASK_CANCELLED,
        Kind.CALL_BACK_ASKED,
        Kind.CALL_TRIED,
    }
)
_COLUMNS = (
    "kind",
    "state",
    "text",
    "for_user_id",
    "team",
    "due_at",
    "set_at",
    "set_by",
    "ended_at",
    "phone",
    "window",
    "tries",
    "last_try_at",
)

Tasks = dict[int, Task]


def take(tasks: Tasks, case_id: int, event: Event, fields: Mapping[str, Any]) -> None:
    """Change `tasks`, by number, by one event. What is no task's event changes nothing."""
    kind, at = event.kind, event.at
    if kind in {Kind.TASK_SET, Kind.CALL_BACK_ASKED}:
        tasks[event.sequence] = Task(
            case_id=case_id,
            number=event.sequence,
            kind=Task.Kind.TASK if kind == Kind.TASK_SET else Task.Kind.CALL_BACK,
            text=str(fields.get("text") or ""),
            for_user_id=fields.get("for"),
            team=str(fields.get("for_team") or ""),
            due_at=_moment(fields.get("due")),
            set_at=at,
            set_by=str((fields.get("@actor") or {}).get("label") or "")[:150],
            phone=str(fields.get("phone") or "")[:40],
            window=str(fields.get("window") or ""),
        )
        return
    task = tasks.get(int(fields.get("task") or 0))
    if task is None or kind not in TASKS:
        return
    if kind == Kind.TASK_DONE:
        task.state, task.ended_at = Task.State.DONE, at
    elif kind == Kind.TASK_CANCELLED:
        task.state, task.ended_at = Task.State.CANCELLED, at
    elif kind == Kind.CALL_TRIED:
        task.tries += 1
        task.last_try_at = at
        task.due_at = _moment(fields.get("due")) or task.due_at
        becomes = str(fields.get("becomes") or Task.State.OPEN)
        if becomes != Task.State.OPEN:
            task.state, task.ended_at = becomes, at


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def write(case: Case, events: Iterable[Event]) -> None:
    """Follow events that were just written, in their transaction. Costs nothing for other kinds."""
    for event in events:
        if event.kind in TASKS:
            fields = event.fields
            number = int(fields.get("task") or 0)
            known: Tasks = {}
            if number:
                known = {one.number: one for one in Task.objects.filter(case=case, number=number)}
            take(known, case.pk, event, fields)
            for task in known.values():
                task.save()
        elif event.kind == Kind.NOTED:
            Mention.objects.bulk_create(_mentions(case.pk, event), ignore_conflicts=True)


def _mentions(case_id: int, event: Event) -> list[Mention]:
    fields = event.fields
    by = str((fields.get("@actor") or {}).get("label") or "")[:150]
    return [
        Mention(case_id=case_id, number=event.sequence, user_id=user, at=event.at, by=by)
        for user in fields.get("mentions") or ()
    ]


def expected(case_id: int) -> tuple[Tasks, list[Mention]]:
    """The rows that the case's events give. Nothing of a case that was anonymised."""
    tasks: Tasks = {}
    mentions: list[Mention] = []
    kinds = [*TASKS, Kind.NOTED, Kind.ANONYMISED]
    for event in Event.objects.filter(case_id=case_id, kind__in=kinds).order_by("sequence"):
        if event.kind == Kind.ANONYMISED:
            tasks, mentions = {}, []
        elif event.kind == Kind.NOTED:
            mentions += _mentions(case_id, event)
        else:
            take(tasks, case_id, event, event.fields)
    known = set(
        User.objects.filter(
            pk__in={one.user_id for one in mentions}
            | {one.for_user_id for one in tasks.values() if one.for_user_id}
        ).values_list("pk", flat=True)
    )
    for task in tasks.values():
        if task.for_user_id not in known:
            task.for_user_id = None
    return tasks, [one for one in mentions if one.user_id in known]


def differences(case_id: int) -> list[str]:
    """Which of `tasks` and `mentions` are not what the events give."""
    tasks, mentions = expected(case_id)
    there = {one.number: _values(one) for one in Task.objects.filter(case_id=case_id)}
    named = set(Mention.objects.filter(case_id=case_id).values_list("number", "user_id"))
    found = []
    if there != {number: _values(task) for number, task in tasks.items()}:
        found.append("tasks")
    if named != {(one.number, one.user_id) for one in mentions}:
        found.append("mentions")
    return found


def _values(task: Task) -> tuple[Any, ...]:
    return tuple(getattr(task, column) for column in _COLUMNS)


def remake(case_id: int) -> None:
    """Make the rows of a case anew; who has seen a mention stays."""
    tasks, mentions = expected(case_id)
    Task.objects.filter(case_id=case_id).exclude(number__in=tasks).delete()
    there = dict(Task.objects.filter(case_id=case_id).values_list("number", "pk"))
    for number, task in tasks.items():
        task.pk = there.get(number)
        task.save()
    wanted = {(one.number, one.user_id) for one in mentions}
    for old in Mention.objects.filter(case_id=case_id):
        if (old.number, old.user_id) not in wanted:
            old.delete()
    Mention.objects.bulk_create(mentions, ignore_conflicts=True)


def forget(case_id: int) -> None:
    """Drop who looked at a case that was anonymised."""
    Viewing.objects.filter(case_id=case_id).delete()
