"""The Django application of the casework room."""

from __future__ import annotations

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Registers the room."""

    name = "moothall.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"
