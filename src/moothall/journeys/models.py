"""Forms that are being filled in, and what a resident lets us fill in for them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models

UNSAVED = timedelta(hours=24)
"""How long answers are kept after the last one, when the person has not asked us to keep them."""
SAVED = timedelta(days=28)
"""How long a saved form is kept."""
AFTER = timedelta(days=2)
"""How long the page with the reference can be opened again from the same browser."""


def hash_of(token: str) -> str:
    """Return what is stored of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Draft(models.Model):
    """One form on its way, from the first answer to the case.

    The browser's cookie holds the secret token; the database holds its hash. `answers` and
    `look_ups` are in the JSON forms of the language room. Once it is sent in, they are emptied.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    holder = models.CharField(max_length=40, unique=True)
    """Who owns uploads and holds slots for this draft. Not secret."""
    service_id = models.CharField(max_length=80)
    definition_sha = models.CharField(max_length=64)
    language = models.CharField(max_length=8, default="en")
    channel = models.CharField(max_length=20, default="online")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.CASCADE,
        related_name="drafts",
    )
    """The resident, if signed in; never the adviser."""
    adviser = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answers = models.JSONField(default=dict)
    look_ups = models.JSONField(default=dict)
    notes = models.JSONField(default=dict)
    """Between pages: `search` (words typed for an address), `failed` (arguments of look-ups that
    failed), `changed` (revision at which each question was last answered), `say` (told once on the
    next page), `suggest` (first suggestions from an earlier case), `links` (how often the
    link was emailed)."""
    revision = models.IntegerField(default=0)
    follows = models.CharField(max_length=20, blank=True)
    email = models.CharField(max_length=254, blank=True)
    """Where the link to a saved form was sent."""
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    case = models.ForeignKey(
        "casework.Case", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "submitted_at"], name="draft_user")]

    def __str__(self) -> str:
        return f"draft {self.pk} of {self.service_id}"

    token: str = ""
    """The secret, known only while the request that carries it is served."""

    @classmethod
    def new(
        cls,
        *,
        service_id: str,
        definition_sha: str,
        now: datetime,
        language: str = "en",
        channel: str = "online",
        **more: Any,
    ) -> Draft:
        """Return a draft that is not stored yet, with a fresh token."""
        token = secrets.token_urlsafe(32)
        made = cls(
            token_hash=hash_of(token),
            holder=f"draft-{secrets.token_hex(12)}",
            service_id=service_id,
            definition_sha=definition_sha,
            language=language,
            channel=channel,
            started_at=now,
            updated_at=now,
            expires_at=now + UNSAVED,
            **more,
        )
        made.token = token
        return made

    @property
    def is_saved(self) -> bool:
        """Whether the person asked us to keep it."""
        return bool(self.email) or self.user_id is not None


class Details(models.Model):
    """What a resident keeps in their account so that forms can fill it in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="details"
    )
    phone = models.CharField(max_length=40, blank=True)
    address = models.JSONField(null=True, default=None)
    """In the JSON form of an address answer."""

    def __str__(self) -> str:
        return f"details {self.pk}"
