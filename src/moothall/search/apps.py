"""The Django application of the search room."""

from __future__ import annotations

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Registers the room."""

    name = "moothall.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"
