"""Keys and their secrets, answers kept for a repeated request, subscriptions and what was sent to them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


class ApiKey(models.Model):
    """What another system may do, in the name of one member of staff.

    Its rights are never more than its owner's: a scope opens a part of the API, the service files say
    what the owner may do there, and `services`, `teams` and `networks` narrow it further.
    """

    public_id = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    scopes = models.JSONField(default=list)
    services = models.JSONField(default=list)
    """Ids of the services to which it is limited; empty: not limited."""
    teams = models.JSONField(default=list)
    """Slugs of the teams to whose cases it is limited; empty: not limited."""
    networks = models.JSONField(default=list)
    """Networks (CIDR) from which it works; empty: from everywhere."""
    per_minute = models.PositiveIntegerField(default=600)
    """Requests a minute."""
    made_at = models.DateTimeField()
    made_by_id = models.BigIntegerField(null=True)
    made_by_label = models.CharField(max_length=150)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_label = models.CharField(max_length=150, blank=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "revoked_at"], name="api_key_owner")]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"

    def is_live(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired; says nothing about its owner."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class ApiSecret(models.Model):
    """One secret of a key: kept as a digest, found by its prefix. Two are live while a key is rotated."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets")
    prefix = models.CharField(max_length=16, unique=True)
    """What is shown of it; not secret."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the secret part, which has 256 random bits: no slow hash is needed."""
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """When it stops, once a newer one took its place."""
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"mh_{self.prefix}"


class Answered(models.Model):
    """What was answered under an Idempotency-Key, written in the transaction of what it did."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    idempotency = models.CharField(max_length=64)
    """SHA-256 of the header: what callers put there is theirs."""
    request = models.CharField(max_length=64)
    """SHA-256 of method, path and body."""
    at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    """None while it is being done."""
    headers = models.JSONField(default=dict)
    body = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "idempotency"], name="api_answered_once")
        ]

    def __str__(self) -> str:
        return f"{self.idempotency[:8]} {self.status}"


class Subscription(models.Model):
    """An address of another system that is told when something happens to a case.

    It is told of cases that its owner may see, and nothing of what is in them.
    """

    public_id = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    services = models.JSONField(default=list)
    """Ids of the services it is told of; empty: all that its owner sees."""
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.CASCADE, related_name="webhooks")
    """The key by which it was made: its limits hold here too, and it ends with it."""
    secret = models.TextField()
    """Encrypted under the council's SECRET_KEY (api.signing): it must be read again to sign."""
    old_secret = models.TextField(blank=True, default="")
    old_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by_label = models.CharField(max_length=150)
    sequence = models.BigIntegerField(default=0)
    """The number of the last delivery."""
    failing_since = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["owner"], name="api_hook_live", condition=Q(disabled_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


class Delivery(models.Model):
    """One thing that a subscription is told: its id stays the same however often it is sent."""

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"

    public_id = models.CharField(max_length=40, unique=True)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="deliveries"
    )
    sequence = models.BigIntegerField()
    event = models.CharField(max_length=40)
    reference = models.CharField(max_length=20)
    body = models.TextField()
    at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    tries = models.PositiveIntegerField(default=0)
    answer = models.PositiveSmallIntegerField(null=True)
    """The status that the other system answered last."""
    why = models.CharField(max_length=200, blank=True, default="")
    tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "sequence"], name="api_delivery_sequence"
            )
        ]
        indexes = [models.Index(fields=["subscription", "-sequence"], name="api_delivery_newest")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.status}"
