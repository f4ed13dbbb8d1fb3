"""`moothall import_wards`: wards from GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from moothall.places.imports.command import ImportCommand, day
from moothall.places.imports.engine import Importer
from moothall.places.imports.wards import WardImporter


class Command(ImportCommand):
    """Imports wards with the days on which they are in force."""

    help = "Wards from GeoJSON, full polygons in WGS84, with the days on which they are in force."
    noun = "wards"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the days."""
        super().add_arguments(parser)
        parser.add_argument("--valid-from", type=day, help="first day in force, as 2023-05-04")
        parser.add_argument("--valid-to", type=day, help="last day in force")
        parser.add_argument(
            "--replaces",
            action="store_true",
            help="wards in force that are not in the file end the day before --valid-from",
        )

    def importer(self, path: Path, options: Mapping[str, Any]) -> Importer[Any]:
        """Return the importer."""
        return WardImporter(
            path,
            map=options["map"],
            valid_from=options["valid_from"],
            valid_to=options["valid_to"],
            replaces=options["replaces"],
        )
