"""The Django application of the places room."""

from __future__ import annotations

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Registers the room and its sections of a pack."""

    name = "moothall.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the pack's geography and calendars, and listen for changes."""
        from moothall.packs import sections
        from moothall.places import signals  # noqa: F401  # connects the receivers
        from moothall.places.pack import CalendarsSection, GeographySection

        sections.register(CalendarsSection())
        sections.register(GeographySection())
