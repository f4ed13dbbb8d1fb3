"""What the data protection officer keeps: holds, runs of retention, requests of people about their data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from moothall.casework.models import Case


class Hold(models.Model):
    """A legal hold: nothing that it covers is anonymised or deleted while it stands.

    It covers one case, or every case of a person (by email address), or those of a service opened in
    a period (both days included; an empty end is open).
    """

    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="holds")
    email = models.CharField(max_length=254, blank=True)
    service_id = models.CharField(max_length=80, blank=True)
    opened_since = models.DateField(null=True)
    opened_until = models.DateField(null=True)
    reason = models.TextField()
    review_on = models.DateField()
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True)
    lift_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(case__isnull=False, email="", service_id="")
                    | (Q(case__isnull=True, service_id="") & ~Q(email=""))
                    | (Q(case__isnull=True, email="") & ~Q(service_id=""))
                ),
                name="casework_hold_covers_one_kind",
            )
        ]
        indexes = [
            models.Index(fields=["review_on"], name="hold_standing", condition=Q(lifted_at=None))
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class RetentionRun(models.Model):
    """One run of retention and what it did, without a word about anybody."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    anonymised = models.JSONField(default=dict)
    deleted = models.JSONField(default=dict)
    held = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"


class SubjectRequest(models.Model):
    """Somebody asks about their own data (UK GDPR articles 15 to 21): what, by when, what was decided."""

    class Kind(models.TextChoices):
        """The right that they use."""

        ACCESS = "access", "To have a copy (article 15)"
        RECTIFICATION = "rectification", "To have it put right (article 16)"
        ERASURE = "erasure", "To have it erased (article 17)"
        RESTRICTION = "restriction", "To have its use restricted (article 18)"
        OBJECTION = "objection", "To object to its use (article 21)"

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open", "To decide"
        BUILDING = "building", "Being put together"
        DONE = "done", "Answered"
        REFUSED = "refused", "Refused"

    public_id = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ACCESS)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    proof = models.CharField(max_length=200)
    """How it was made sure that it is them."""
    received_on = models.DateField()
    due_on = models.DateField()
    extended_why = models.TextField(blank=True)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)
    chosen = models.JSONField(default=dict)
    """Of an access request: item id → "give" or "withhold", as the officer decided."""
    archive = models.CharField(max_length=80, blank=True)
    archive_sha256 = models.CharField(max_length=64, blank=True)
    archive_until = models.DateTimeField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["state", "due_on"], name="subject_request_due")]

    def __str__(self) -> str:
        return self.public_id
