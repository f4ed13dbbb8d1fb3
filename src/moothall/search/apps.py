"""The Django application of the search room."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    """Registers the room."""

    name = "moothall.search"
    label = "search"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the background work, and what keeps the index beside its table."""
        from moothall.search import store, tasks  # noqa: F401  (importing tasks registers them)

        post_migrate.connect(store.after_migrate, sender=self, dispatch_uid="search.store")
