"""The Django application of the outbox room."""

from __future__ import annotations

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers the room."""

    name = "moothall.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"
