"""The Django application of the places room."""

from __future__ import annotations

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Registers the room."""

    name = "moothall.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
