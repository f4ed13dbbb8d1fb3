"""`moothall restore FILE`: put a backup back, or only check it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moothall.config import backups, restoring
from moothall.config.management.commands.backup import passphrase_of


class Command(BaseCommand):
    """Restores a backup into the place that the settings name."""

    help = "Put a backup back: checked whole first, then brought up to this version, then verified."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether it may take the place of what is here."""
        parser.add_argument("file")
        parser.add_argument("--replace", action="store_true", help="in place of what is here")
        parser.add_argument("--check", action="store_true", help="only read and check the file")
        parser.add_argument("--passphrase-file", default="", help="of an encrypted backup")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError with what to do."""
        file, passphrase = Path(options["file"]), passphrase_of(options)
        try:
            if options["check"]:
                found = backups.check(file, passphrase=passphrase)
                self.stdout.write(
                    f"{file.name} is whole: {found.council}, {found.vendor}, {found.made_at}, "
                    f"{found.counts['cases']:,} cases."
                )
                return
            done = restoring.restore(
                file, passphrase=passphrase, replace=options["replace"], say=self.stdout.write
            )
        except backups.BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"Restored {done.cases:,} cases with {done.events:,} events as of "
            f"{done.manifest.made_at}; every chain verifies."
        )
        if done.missing:
            self.stdout.write(
                f"{done.missing:,} uploads that the database names are not there: they were being "
                "erased when the backup was made."
            )
        for path in done.kept:
            self.stdout.write(f"What was here before is at {path}. Remove it when all is well.")
        self.stdout.write("Now start the council, and try a sign-in and a case.")
