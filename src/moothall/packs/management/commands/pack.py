"""`moothall pack plan|apply|export FOLDER`: a council is a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moothall.packs import actions
from moothall.packs.sections import PackError


class Command(BaseCommand):
    """Shows, makes or writes back what a council's folder says."""

    help = "Show what a council folder would change (plan), make it so (apply), write it (export)."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which folder."""
        parser.add_argument("action", choices=["plan", "apply", "export"])
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it. A mistake in the pack ends with status 1 and each mistake's file and line."""
        folder: Path = options["folder"]
        try:
            if options["action"] == "plan":
                self.stdout.write(str(actions.plan(folder)), ending="")
            elif options["action"] == "apply":
                done = actions.apply(folder)
                self.stdout.write(str(done).replace("would change", "changed"), ending="")
            else:
                actions.export(folder)
                self.stdout.write(f"Written to {folder}. Planning it shows no change.")
        except PackError as error:
            number = len(error.problems)
            mistakes = "1 mistake" if number == 1 else f"{number} mistakes"
            raise CommandError(f"{error}\n{mistakes}. Nothing was changed.") from None
