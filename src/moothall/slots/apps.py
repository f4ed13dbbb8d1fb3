"""The Django application of the slots room."""

from __future__ import annotations

from django.apps import AppConfig


class SlotsConfig(AppConfig):
    """Registers the room."""

    name = "moothall.slots"
    label = "slots"
    default_auto_field = "django.db.models.BigAutoField"
