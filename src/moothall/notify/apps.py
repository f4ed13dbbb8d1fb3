"""The Django application of the notify room."""

from __future__ import annotations

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Registers the room."""

    name = "moothall.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
