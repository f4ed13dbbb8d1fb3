"""The Django application of the measures room."""

from __future__ import annotations

from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    """Registers the room."""

    name = "moothall.measures"
    label = "measures"
    default_auto_field = "django.db.models.BigAutoField"
