"""The Django application of the journeys room."""

from __future__ import annotations

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    """Registers the room: its clean-up, and who may see the uploads of a form on its way."""

    name = "moothall.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register tasks and the guard of drafts' files."""
        from moothall.files.registry import register_guard
        from moothall.journeys import tasks

        tasks.register()
        register_guard(tasks.may_see)
