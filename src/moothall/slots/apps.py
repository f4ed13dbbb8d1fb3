"""The Django application of the slots room."""

from __future__ import annotations

from django.apps import AppConfig


class SlotsConfig(AppConfig):
    """Registers the room."""

    name = "moothall.slots"
    label = "slots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the background work and the section of the pack."""
        from moothall.packs import sections
        from moothall.slots import tasks  # noqa: F401  (importing it registers)
        from moothall.slots.pack import SlotsSection

        sections.register(SlotsSection())
