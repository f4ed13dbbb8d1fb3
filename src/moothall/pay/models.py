"""Payments and refunds. Money is kept as whole pence and handed out as Decimal pounds."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from moothall.pay.money import pounds


class Payment(models.Model):
    """One attempt to pay. Only what the provider answers when asked changes `status`."""

    class Status(models.TextChoices):
        """Where a payment stands."""

        CREATED = "created"
        STARTED = "started"
        SUCCESS = "success"
        FAILED = "failed"
        CANCELLED = "cancelled"
        ERROR = "error"
        EXPIRED = "expired"

    public_id = models.CharField(max_length=40, unique=True)
    key = models.CharField(max_length=200, unique=True)
    subject_ref = models.CharField(max_length=40, db_index=True)
    pence = models.PositiveBigIntegerField()
    description = models.CharField(max_length=255)
    return_url = models.TextField()
    language = models.CharField(max_length=5, default="en")
    moto = models.BooleanField(default=False)
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=100, blank=True, default="", db_index=True)
    next_url = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.CREATED)
    code = models.CharField(max_length=20, blank=True, default="")
    """The provider's code for how it ended."""
    problem = models.CharField(max_length=300, blank=True, default="")
    """Plain words for a person to look at: the provider's record differs from ours."""
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    asked_times = models.PositiveIntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pence__gt=0), name="pay_payment_is_positive")
        ]
        indexes = [
            models.Index(
                fields=["next_ask_at"],
                name="pay_unfinished",
                condition=Q(next_ask_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.status})"

    @property
    def amount(self) -> Decimal:
        """The amount in pounds."""
        return pounds(self.pence)

    @property
    def is_over(self) -> bool:
        """True when the provider has given its last word."""
        return self.status not in {self.Status.CREATED, self.Status.STARTED}


class Refund(models.Model):
    """Money back, in whole or in part."""

    class Status(models.TextChoices):
        """Where a refund stands."""

        QUEUED = "queued"
        SUBMITTED = "submitted"
        SUCCESS = "success"
        ERROR = "error"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=200, unique=True)
    pence = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300)
    provider_id = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    problem = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pence__gt=0), name="pay_refund_is_positive")
        ]

    def __str__(self) -> str:
        return f"refund {self.pk} ({self.status})"

    @property
    def amount(self) -> Decimal:
        """The amount in pounds."""
        return pounds(self.pence)


class StandInPayment(models.Model):
    """What the stand-in provider knows of a payment: its side of the counter, never read by ours."""

    provider_id = models.CharField(max_length=40, unique=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    pence = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=255)
    description = models.CharField(max_length=255)
    return_url = models.TextField()
    language = models.CharField(max_length=5, default="en")
    moto = models.BooleanField(default=False)
    status = models.CharField(max_length=12, default="created")
    code = models.CharField(max_length=20, blank=True, default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"stand-in {self.provider_id} ({self.status})"


class StandInRefund(models.Model):
    """A refund at the stand-in provider."""

    provider_id = models.CharField(max_length=40, unique=True)
    payment = models.ForeignKey(StandInPayment, on_delete=models.CASCADE, related_name="refunds")
    pence = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"stand-in refund {self.provider_id}"
