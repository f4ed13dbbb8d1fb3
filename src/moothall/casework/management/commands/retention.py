"""`moothall retention`: anonymise or delete what has been kept as long as its service file says."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from moothall.casework import retention


class Command(BaseCommand):
    """Runs retention, or says what it would do."""

    help = (
        "Anonymise or delete cases that were kept long enough. Each case is a transaction of its own: "
        "stop it and start it again as you like. --dry-run changes nothing and says all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How far to go, and how to say it."""
        parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would")
        parser.add_argument("--limit", type=int, default=None, help="at most so many cases")
        parser.add_argument("--json", action="store_true", help="of a dry run: as JSON")
        parser.add_argument("--csv", action="store_true", help="of a dry run: as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it; stopping half-way loses nothing."""
        now = timezone.now()
        if options["dry_run"]:
            self._outlook(retention.outlook(now), options)
            return

        def say(seen: int) -> None:
            if seen % 500 == 0:
                print(f"{seen:,} cases …", file=sys.stderr)

        done = retention.run(now, limit=options["limit"], progress=say)
        for what, table in (("anonymised", done.anonymised), ("deleted", done.deleted)):
            for service_id, n in sorted(table.items()):
                self.stdout.write(f"{service_id}: {n:,} cases were {what}.")
        for service_id, n in sorted(done.held.items()):
            self.stdout.write(f"{service_id}: {n:,} cases are kept by a legal hold.")
        if not done.anonymised and not done.deleted:
            self.stdout.write("Nothing has been kept too long.")

    def _outlook(self, rows: list[retention.Outlook], options: dict[str, Any]) -> None:
        plain = [
            {
                key: value.isoformat() if hasattr(value, "isoformat") else value
                for key, value in asdict(row).items()
            }
            for row in rows
        ]
        if options["json"]:
            self.stdout.write(json.dumps(plain, indent=1))
        elif options["csv"]:
            table = csv.DictWriter(self.stdout, list(plain[0]) if plain else ["service_id"])
            table.writeheader()
            table.writerows(plain)
        else:
            for row in rows:
                self.stdout.write(_said(row))
            if not any(row.due or row.held for row in rows):
                self.stdout.write("Nothing has been kept too long.")


def _said(row: retention.Outlook) -> str:
    verb = "deleted" if row.then == "delete" else "anonymised"
    parts = [f"{row.due:,} cases would be {verb}"]
    if row.held:
        parts.append(f"{row.held:,} are kept by a legal hold")
    if row.oldest:
        parts.append(f"the longest kept was due on {row.oldest}")
    if row.next_on:
        parts.append(f"{row.later:,} come later, the next after {row.next_on}")
    if row.unknown:
        parts.append(f"{row.unknown:,} are not ended yet")
    return f"{row.service_id} (kept {row.keep}): {'; '.join(parts)}."
