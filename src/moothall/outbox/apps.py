"""The Django application of the outbox room."""

from __future__ import annotations

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Registers the room."""

    name = "moothall.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the handler behind django-tasks."""
        from moothall.outbox import backend  # noqa: F401  (its decorator registers the handler)
