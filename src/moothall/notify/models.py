"""Messages to people, with what became of them."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """One email, text or letter. Status: see `Status`; `reason` says in plain words why one failed."""

    class Status(models.TextChoices):
        """What is known of a message."""

        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        FAILED = "failed"
        GIVEN_UP = "given_up"

    class Means(models.TextChoices):
        """How it goes out."""

        EMAIL = "email"
        TEXT = "text"
        LETTER = "letter"

    key = models.CharField(max_length=200, unique=True)
    reference = models.CharField(max_length=40, unique=True)
    """Our name for it at the provider: random, without meaning."""
    to = models.TextField()
    """An email address, a phone number, or the lines of a postal address."""
    means = models.CharField(max_length=10, choices=Means.choices)
    subject = models.CharField(max_length=300, blank=True, default="")
    body = models.TextField()
    language = models.CharField(max_length=5, default="en")
    subject_ref = models.CharField(max_length=40, blank=True, default="", db_index=True)
    """The case it is about, or empty."""
    template = models.CharField(max_length=60, default="general")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    reason = models.CharField(max_length=300, blank=True, default="")
    provider = models.CharField(max_length=20, blank=True, default="")
    provider_id = models.CharField(max_length=100, blank=True, default="")
    queued_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    redacted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.means} {self.reference} ({self.status})"
