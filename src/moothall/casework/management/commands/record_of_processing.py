"""`moothall record_of_processing`: the record of UK GDPR article 30, made from the service files."""

from __future__ import annotations

import csv
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moothall.casework import processing


class Command(BaseCommand):
    """Writes the record."""

    help = "Write the record of processing (UK GDPR article 30), made from the services on offer."

    def add_arguments(self, parser: CommandParser) -> None:
        """In which form."""
        parser.add_argument(
            "--format", choices=("markdown", "json", "csv"), default="markdown", dest="form"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it."""
        made = processing.record()
        if options["form"] == "json":
            self.stdout.write(json.dumps(processing.document(made), indent=1, ensure_ascii=False))
        elif options["form"] == "csv":
            table = csv.writer(self.stdout, lineterminator="\n")
            table.writerow(processing.HEADS)
            table.writerows(processing.rows(made))
        else:
            self.stdout.write(processing.markdown(made), ending="")
