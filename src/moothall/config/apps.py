"""The Django application of the config room."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the room."""

    name = "moothall.config"
    label = "config"
    default_auto_field = "django.db.models.BigAutoField"
