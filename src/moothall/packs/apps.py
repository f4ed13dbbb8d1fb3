"""The Django application of the packs room."""

from __future__ import annotations

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Registers the room."""

    name = "moothall.packs"
    label = "packs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers this room's own sections of a pack."""
        from moothall.packs import sections
        from moothall.packs.council_section import CouncilSection
        from moothall.packs.services_section import ServicesSection
        from moothall.packs.settings_sections import ConnectorsSection, DemonstrationSection

        for section in (
            CouncilSection(),
            ServicesSection(),
            ConnectorsSection(),
            DemonstrationSection(),
        ):
            sections.register(section)
