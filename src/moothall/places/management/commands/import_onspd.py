"""`moothall import_onspd`: postcodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from moothall.places.imports.command import ImportCommand, day
from moothall.places.imports.engine import Importer
from moothall.places.imports.postcodes import DirectoryImporter


class Command(ImportCommand):
    """Imports postcodes."""

    help = "Postcodes from the ONS Postcode Directory: adds ended ones and reports differences of ward."
    noun = "postcodes"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the district and the day."""
        super().add_arguments(parser)
        parser.add_argument("--district", default="", help="take only rows of this district's code")
        parser.add_argument("--on", type=day, help="the day whose wards count (default: today)")

    def importer(self, path: Path, options: Mapping[str, Any]) -> Importer[Any]:
        """Return the importer."""
        return DirectoryImporter(
            path,
            map=options["map"],
            district=options["district"],
            on=options["on"] or timezone.localdate(),
        )
