"""The Django application of the config room."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the room."""

    name = "moothall.config"
    label = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Count refused sign-ins for `/metrics`."""
        from django.contrib.auth.signals import user_login_failed

        from moothall.config.metrics import count_failed_sign_in

        user_login_failed.connect(count_failed_sign_in, dispatch_uid="metrics")
