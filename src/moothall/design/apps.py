"""The Django application of the design room."""

from __future__ import annotations

from django.apps import AppConfig


class DesignConfig(AppConfig):
    """Registers the room and its section of the pack."""

    name = "moothall.design"
    label = "design"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the theme's check."""
        from moothall.design.pack import ThemeSection
        from moothall.packs import sections

        sections.register(ThemeSection())
