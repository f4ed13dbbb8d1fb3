"""`moothall import_addresses`: a gazetteer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from moothall.places.imports.addresses import AddressImporter
from moothall.places.imports.command import ImportCommand, day
from moothall.places.imports.engine import Importer


class Command(ImportCommand):
    """Imports addresses."""

    help = "Addresses from AddressBase Core or Plus (CSV), or any CSV with --map COLUMN=FIELD."
    noun = "addresses"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the day and what to do with addresses that are gone."""
        super().add_arguments(parser)
        parser.add_argument("--on", type=day, help="the day whose wards count (default: today)")
        parser.add_argument(
            "--remove-missing",
            action="store_true",
            help="the file is the whole gazetteer: take out imported addresses it does not hold",
        )

    def importer(self, path: Path, options: Mapping[str, Any]) -> Importer[Any]:
        """Return the importer."""
        return AddressImporter(
            path,
            map=options["map"],
            on=options["on"] or timezone.localdate(),
            remove_missing=options["remove_missing"],
        )
