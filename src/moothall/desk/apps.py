"""The Django application of the desk room."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the room."""

    name = "moothall.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the packs what the desk reads, and the outbox what it does by itself."""
        from moothall import outbox
        from moothall.desk import handed, late_list, pack, subject_archive
        from moothall.packs import sections

        handed.subscribe()
        sections.register(pack.DeskSection())
        outbox.every(late_list.TASK, late_list.EVERY_SECONDS, late_list.TASK)
        outbox.every(
            subject_archive.FORGET, subject_archive.FORGET_EVERY_SECONDS, subject_archive.FORGET
        )
