"""The Django application of the design room."""

from __future__ import annotations

from django.apps import AppConfig


class DesignConfig(AppConfig):
    """Registers the room."""

    name = "moothall.design"
    label = "design"
    default_auto_field = "django.db.models.BigAutoField"
