"""`moothall rollups check|rebuild|fold`: the counts behind the figures, against what they count."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moothall.casework import flow, tallying

SHOWN = 20


class Command(BaseCommand):
    """Looks after the counts of cases and contacts by day."""

    help = "Compare the counts with the cases and contacts (check), or make them anew (rebuild)."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        parser.add_argument(
            "action",
            choices=["check", "rebuild", "fold"],
            help="check: compare; rebuild: make anew; fold: add up what is loose now",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it. `check` ends with status 1 when something differs."""
        if options["action"] == "check":
            self._check()
        elif options["action"] == "rebuild":
            changed = flow.rebuild(lambda day: self.stdout.write(f"Cases to {day:%B %Y}"))
            tallying.add_up_anew()
            days = _add_up()
            self.stdout.write(
                f"{changed:,} counts of cases had differed, {days:,} days of contacts."
            )
        else:
            folded = 0
            while done := flow.fold():
                folded += done
            self.stdout.write(f"{folded:,} changes and {_add_up():,} days were added up.")

    def _check(self) -> None:
        found = [*flow.differences(), *tallying.differences()]
        for line in found[:SHOWN]:
            self.stdout.write(line)
        if len(found) > SHOWN:
            self.stdout.write(f"… and {len(found) - SHOWN:,} more.")
        if found:
            raise CommandError("Run `moothall rollups rebuild` to make the counts anew.")
        self.stdout.write("The counts agree with the cases and contacts.")


def _add_up() -> int:
    days = 0
    while done := tallying.add_up(timezone.now()):
        days += done
    return days
