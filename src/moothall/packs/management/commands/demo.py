"""`moothall demo`: makes the demonstration's year of cases."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moothall.packs.demo.make import NothingToMake, make
from moothall.packs.demo.progress import Bar


class Command(BaseCommand):
    """Makes a year of invented cases through the actions that real ones go through."""

    help = "Make the demonstration's year of cases. Can be stopped and run again: it goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many cases."""
        parser.add_argument(
            "--cases", type=int, help="How many cases (default: the pack's number)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Makes what is missing and says how much that was."""
        bar = Bar(self.stdout, "A year of cases")
        try:
            made = make(cases=options["cases"], progress=bar)
        except NothingToMake as error:
            raise CommandError(str(error)) from None
        bar.end()
        if made.cases:
            self.stdout.write(f"{made.cases} cases, {made.steps} steps, {made.contacts} contacts.")
        else:
            self.stdout.write("The year is made already.")
