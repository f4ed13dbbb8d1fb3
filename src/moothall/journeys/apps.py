"""The Django application of the journeys room."""

from __future__ import annotations

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    """Registers the room."""

    name = "moothall.journeys"
    label = "journeys"
    default_auto_field = "django.db.models.BigAutoField"
