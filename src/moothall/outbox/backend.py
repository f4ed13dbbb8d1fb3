"""The outbox behind `django-tasks`: a function marked with `@django_tasks.task` runs as one of its jobs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus

from moothall.outbox import actions
from moothall.outbox.registry import task

JOB = "outbox.django_task"


@task(JOB)
def run_django_task(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Call the task function at `path`."""
    found = import_string(path)
    (found.call if isinstance(found, Task) else found)(*args, **kwargs)


class OutboxBackend(BaseTaskBackend):
    """Writes the call as a job, in the caller's transaction. Results are not kept: effects are data."""

    supports_defer = True

    def enqueue(self, task: Task[..., Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Write the job and return a result that says it is ready."""
        now = timezone.now()
        job_id = actions.enqueue(
            JOB,
            run_after=task.run_after,
            now=now,
            path=task.module_path,
            args=list(args),
            kwargs=dict(kwargs),
        )
        return TaskResult(
            task=task,
            id=str(job_id),
            status=TaskResultStatus.READY,
            enqueued_at=now,
            started_at=None,
            finished_at=None,
            last_attempted_at=None,
            args=list(args),
            kwargs=dict(kwargs),
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
