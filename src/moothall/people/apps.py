"""The Django application of the people room."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the room and its section of a pack."""

    name = "moothall.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the pack's teams."""
        from moothall.packs import sections
        from moothall.people import sessions, tasks  # noqa: F401  (importing tasks registers them)
        from moothall.people.pack import TeamsSection

        sections.register(TeamsSection())
        sessions.connect()
