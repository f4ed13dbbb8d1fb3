"""The Django application of the people room."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the room."""

    name = "moothall.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
