"""The Django application of the website room."""

from __future__ import annotations

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """Registers the room."""

    name = "moothall.website"
    label = "website"
    default_auto_field = "django.db.models.BigAutoField"
