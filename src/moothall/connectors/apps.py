"""The Django application of the connectors room."""

from __future__ import annotations

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Registers the room."""

    name = "moothall.connectors"
    label = "connectors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the stand-ins."""
        from moothall.connectors import stand_ins

        stand_ins.register_all()
