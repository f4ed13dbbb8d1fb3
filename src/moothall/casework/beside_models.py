"""What stands beside a case: tasks and call-backs, mentions, who has it open, reply templates.

`Task` and `Mention` are projections of the case's events, made by `casework.beside` in the transaction
of the event and again by `rebuild`. The others are no part of the chain.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from moothall.casework.models import Case


class Task(models.Model):
    """Something to be done about a case: by a person, or by whoever of a team is first.

    `number` is the sequence of the event that set it, so `(case, number)` names it for ever.
    """

    class Kind(models.TextChoices):
        """What is to be done."""

        TASK = "task", "Task"
        CALL_BACK = "call_back", "Call back"

    class State(models.TextChoices):
        """How it stands. `missed`: a call-back that was tried as often as the rule says."""

        OPEN = "open", "To do"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"
        MISSED = "missed", "Could not be reached"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    number = models.IntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.TASK)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    text = models.TextField(blank=True)
    for_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    team = models.CharField(max_length=80, blank=True)
    """Slug of the team whose task it is while it is nobody's; empty when it is a person's."""
    due_at = models.DateTimeField(null=True)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)
    phone = models.CharField(max_length=40, blank=True)
    """The number to ring, of a call-back."""
    window = models.CharField(max_length=20, blank=True)
    """When it suits them, of a call-back: any, morning or afternoon."""
    tries = models.PositiveIntegerField(default=0)
    last_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="casework_task_number"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="casework_task_open_or_ended",
            ),
        ]
        indexes = [
            models.Index(
                fields=["for_user", "due_at", "id"],
                name="task_of_person",
                condition=Q(ended_at=None),
            ),
            models.Index(
                fields=["team", "due_at", "id"], name="task_of_team", condition=Q(ended_at=None)
            ),
            models.Index(fields=["case", "kind"], name="task_open", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"task {self.case_id}/{self.number}"


class Mention(models.Model):
    """A colleague who was named in a note. `seen_at` is theirs and no part of the chain."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="mentions")
    number = models.IntegerField()
    """The sequence of the note."""
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions"
    )
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number", "user"], name="casework_mention_once")
        ]
        indexes = [
            models.Index(
                fields=["user", "-at"], name="mention_unseen", condition=Q(seen_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"mention {self.case_id}/{self.number}"


class Viewing(models.Model):
    """Who looked at a case last when: a hint to colleagues, kept for a day."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="viewings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="casework_viewing_once")
        ]

    def __str__(self) -> str:
        return f"viewing {self.case_id}"


class ReplyTemplate(models.Model):
    """A reply that can be written again and again: from the pack's replies.yaml or made on screen.

    Texts hold `{names}` of the service language.
    """

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    service_id = models.CharField(max_length=80, blank=True)
    """Empty: for every service."""
    states = models.JSONField(default=list)
    """Ids of states in which it fits; empty: in any."""
    subject = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    subject_cy = models.CharField(max_length=120, blank=True)
    text_cy = models.TextField(blank=True)
    position = models.IntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    """When a manager last changed it on screen; None: as the pack says."""
    changed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["position", "name", "slug"]
        indexes = [models.Index(fields=["service_id"], name="reply_service")]

    def __str__(self) -> str:
        return self.slug


class Dealt(models.Model):
    """A trouble that somebody has dealt with: an undelivered message, a payment, a dead job."""

    what = models.CharField(max_length=20)
    """message, payment or job."""
    ref = models.CharField(max_length=60)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_label = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "ref"], name="casework_dealt_once")]

    def __str__(self) -> str:
        return f"{self.what} {self.ref}"
