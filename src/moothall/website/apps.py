"""The Django application of the website room."""

from __future__ import annotations

from django.apps import AppConfig


class WebsiteConfig(AppConfig):
    """Registers the room."""

    name = "moothall.website"
    label = "website"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what the room does in the background."""
        from moothall.website import own_data  # noqa: F401  (importing it registers its tasks)
