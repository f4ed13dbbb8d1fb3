"""`moothall retention`: anonymise or delete what has been kept as long as its service file says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from moothall.casework import retention


class Command(BaseCommand):
    """Runs retention."""

    help = "Anonymise or delete cases that were kept long enough; --dry-run only says which."

    def add_arguments(self, parser: CommandParser) -> None:
        """How far to go."""
        parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would")
        parser.add_argument("--limit", type=int, default=None, help="at most so many cases")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it; stopping half-way loses nothing."""
        dry = options["dry_run"]
        done = retention.run(timezone.now(), dry_run=dry, limit=options["limit"])
        verb = "would be" if dry else "were"
        for service_id, n in sorted(done.anonymised.items()):
            self.stdout.write(f"{service_id}: {n:,} cases {verb} anonymised.")
        for service_id, n in sorted(done.deleted.items()):
            self.stdout.write(f"{service_id}: {n:,} cases {verb} deleted.")
        if not done.anonymised and not done.deleted:
            self.stdout.write("Nothing has been kept too long.")
