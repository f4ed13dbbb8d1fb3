"""The Django application of the pay room."""

from __future__ import annotations

from django.apps import AppConfig


class PayConfig(AppConfig):
    """Registers the room."""

    name = "moothall.pay"
    label = "pay"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the background work and the check of the settings."""
        from moothall.pay import checks, tasks  # noqa: F401  (importing them registers)
