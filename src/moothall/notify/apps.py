"""The Django application of the notify room."""

from __future__ import annotations

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Registers the room."""

    name = "moothall.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the background work and the check of the settings."""
        from moothall.notify import checks, tasks  # noqa: F401  (importing them registers)
