"""What one person does to many cases at once, and on whose behalf a councillor opened one."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class BulkRun(models.Model):
    """One thing done to many cases: a draft until it is confirmed, then worked off in the background.

    `params_json` holds the plain values of the action (see casework.bulk). Nothing is undone when a
    run is stopped: cases already done stay done.
    """

    class Kind(models.TextChoices):
        """What is done to each case."""

        MOVE = "move", "Make a move"
        ASSIGN = "assign", "Assign to one person"
        SHARE = "share", "Share out among people"
        TEAM = "team", "Give to another team"
        NOTE = "note", "Add a note"
        REPLY = "reply", "Write to the people"

    class Status(models.TextChoices):
        """How far it is."""

        DRAFT = "draft", "Not started"
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        FINISHED = "finished", "Finished"

    public_id = models.CharField(max_length=24, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    params_json = models.TextField(default="{}")
    found_by = models.CharField(max_length=600, blank=True)
    """The query string of the queue that the cases came from, to go back to."""
    via = models.CharField(max_length=80, blank=True, default="", db_default="")
    """The API key by which it was started, by its name; empty for a person at the desk."""
    left_out = models.IntegerField(default=0)
    """Cases that matched beyond the most that one run takes."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="bulk_run_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} ({self.status})"

    @property
    def params(self) -> dict[str, Any]:
        """The plain values of the action."""
        return dict(json.loads(self.params_json))


class BulkItem(models.Model):
    """One case of a run. `expected` is the version of the case that the person was looking at."""

    class Status(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        REFUSED = "refused", "Not done"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey("casework.Case", on_delete=models.CASCADE, related_name="+")
    position = models.IntegerField()
    expected = models.IntegerField()
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    """Who is to have it, where cases are shared out."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "case"], name="casework_bulk_case_once")
        ]
        indexes = [models.Index(fields=["run", "status", "position"], name="bulk_item_next")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.case_id} {self.status}"


class Representation(models.Model):
    """A councillor who acts for a resident in a case, at the resident's request.

    The request is the basis on which the councillor uses the resident's details: Data Protection Act
    2018, Schedule 1, paragraph 23 (elected representatives responding to requests).
    """

    class AskedBy(models.TextChoices):
        """Who asked the councillor to act."""

        RESIDENT = "resident", "The resident asked me"
        SOMEONE_ELSE = "someone_else", "Someone asked me for the resident, who agrees"

    case = models.ForeignKey("casework.Case", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_by = models.CharField(max_length=20, choices=AskedBy.choices)
    channel = models.CharField(max_length=20)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """When the resident was written to; None where there was no way to reach them."""
    ended_at = models.DateTimeField(null=True)
    """When the councillor stopped following the case."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="casework_representation_once"),
            models.CheckConstraint(
                condition=Q(asked_by__in=["resident", "someone_else"]),
                name="casework_representation_asked",
            ),
        ]
        indexes = [models.Index(fields=["user", "-at"], name="representation_user")]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.case_id}"
