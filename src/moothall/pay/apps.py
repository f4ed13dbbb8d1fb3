"""The Django application of the pay room."""

from __future__ import annotations

from django.apps import AppConfig


class PayConfig(AppConfig):
    """Registers the room."""

    name = "moothall.pay"
    label = "pay"
    default_auto_field = "django.db.models.BigAutoField"
