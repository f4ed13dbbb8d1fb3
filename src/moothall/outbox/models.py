"""The table of jobs. A job is written in the same transaction as the change that needs it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One piece of work that waits, is being done, or was given up (`dead_at` is set).

    `due_at` is both the earliest time to start and, once a worker holds the job, the end of its lease:
    a job whose worker was killed simply falls due again.
    """

    name = models.CharField(max_length=100)
    kwargs = models.JSONField(default=dict)
    outside = models.BooleanField(default=False)
    """True: the handler talks to another system, outside any transaction, in a lane of its own."""
    unique_key = models.CharField(max_length=200, null=True, unique=True)
    every_seconds = models.PositiveIntegerField(null=True)
    """Set on schedules: the job is not deleted when done but falls due again after so many seconds."""
    enqueued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    set_at = models.DateTimeField(null=True)
    """What the clock said when `due_at` was last set: a clock that is put back or forward is seen by it."""
    holder = models.CharField(max_length=32, default="", blank=True)
    claims = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(default="", blank=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["outside", "due_at", "id"], name="outbox_due", condition=Q(dead_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"
