"""The Django application of the files room."""

from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Registers the room."""

    name = "moothall.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the background work."""
        from moothall.files import tasks  # noqa: F401  (importing it registers)
