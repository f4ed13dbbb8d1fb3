"""`moothall backup`: one file with everything, made while the council serves."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from moothall.config import backups


def passphrase_of(options: dict[str, Any]) -> str:
    """The passphrase from --passphrase-file or MOOTHALL_BACKUP_PASSPHRASE; empty: none.

    Never an argument: those are in the list of processes. Raises CommandError.
    """
    file = options["passphrase_file"]
    if not file:
        return os.environ.get("MOOTHALL_BACKUP_PASSPHRASE", "")
    try:
        found = Path(file).read_text().strip()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    if len(found) < 12:
        raise CommandError(f"The passphrase in {file} is shorter than 12 letters. Make it longer.")
    return found


class Command(BaseCommand):
    """Makes a backup, reads it back, and keeps as many as asked."""

    help = (
        "Write database, uploads, key and council folder to one file in FOLDER, while serving, and "
        "read it back. Copy it to another place afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, how many to keep, and how it is sealed."""
        parser.add_argument("folder", nargs="?", default=str(Path(settings.HOME) / "backups"))
        parser.add_argument("--keep", type=int, default=0, help="remove all but the newest so many")
        parser.add_argument(
            "--passphrase-file", default="", help="encrypt it with what stands there"
        )
        parser.add_argument("--json", action="store_true", help="print what was made as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it. Raises CommandError with what to do."""
        say = (lambda words: None) if options["json"] else self.stdout.write
        try:
            made = backups.make(
                Path(options["folder"]),
                passphrase=passphrase_of(options),
                keep=options["keep"],
                say=say,
            )
        except backups.BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(backups.last()))
            return
        self.stdout.write(
            f"{made.path} holds {made.manifest.counts['cases']:,} cases and "
            f"{sum(name.startswith('files/') for name in made.manifest.members):,} uploads "
            f"({made.bytes / 1e6:,.1f} MB), and was read back."
        )
        self.stdout.write(
            "It holds personal data"
            + ("" if made.path.name.endswith(backups.SEALED) else " and is not encrypted")
            + ". What is erased here stays in it until it goes: keep backups for weeks, not years."
        )
