"""`moothall import_councillors`: councillors by ward."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from moothall.places.imports.command import ImportCommand, day
from moothall.places.imports.councillors import CouncillorImporter
from moothall.places.imports.engine import Importer


class Command(ImportCommand):
    """Imports councillors."""

    help = "Councillors from CSV: name, ward (name or code), party, email, phone."
    noun = "councillors"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day."""
        super().add_arguments(parser)
        parser.add_argument("--on", type=day, help="the day whose wards count (default: today)")

    def importer(self, path: Path, options: Mapping[str, Any]) -> Importer[Any]:
        """Return the importer."""
        return CouncillorImporter(
            path, map=options["map"], on=options["on"] or timezone.localdate()
        )
