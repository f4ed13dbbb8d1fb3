"""The API room."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Listens to what happens to cases, and has the background work of webhooks."""

    name = "moothall.api"
    label = "api"

    def ready(self) -> None:
        """Register the background work, and listen."""
        from moothall.api import delivering, hooks
        from moothall.casework import events

        assert delivering
        events.subscribe("*", hooks.when_event)
