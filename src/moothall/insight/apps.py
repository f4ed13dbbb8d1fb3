"""The Django application of the insight room."""

from __future__ import annotations

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Registers the room."""

    name = "moothall.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what runs by night."""
        from moothall.insight import tasks

        tasks.register()
