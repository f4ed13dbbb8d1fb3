"""The Django application of the packs room."""

from __future__ import annotations

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Registers the room."""

    name = "moothall.packs"
    label = "packs"
    default_auto_field = "django.db.models.BigAutoField"
