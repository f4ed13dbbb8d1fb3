"""`moothall ledger verify|rebuild`: check the chain of every case, make the projections again."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from moothall.casework import ledger
from moothall.casework.models import Case, Event

SHOWN = 20


class Command(BaseCommand):
    """Looks after the ledger."""

    help = "Check the chain of every case (verify), or make the projections again (rebuild)."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and to which cases."""
        parser.add_argument("action", choices=["verify", "rebuild"])
        parser.add_argument("--case", default="", metavar="REFERENCE", help="only this case")
        parser.add_argument(
            "--after", default="", metavar="REFERENCE", help="rebuild: go on after this case"
        )
        parser.add_argument(
            "--check", action="store_true", help="rebuild: only say what differs, change nothing"
        )
        parser.add_argument(
            "--anchor", default="", help="verify: compare with the anchor of an earlier run"
        )
        parser.add_argument("--quiet", action="store_true", help="no progress")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it. Ends with status 1 when something is broken or differs."""
        reference = str(options["case"]).upper()
        if reference and not Case.objects.filter(reference=reference).exists():
            raise CommandError(f"There is no case {reference}.")
        if options["action"] == "verify":
            self._verify(reference, options)
        else:
            self._rebuild(reference, options)

    def _verify(self, reference: str, options: dict[str, Any]) -> None:
        progress = Progress(quiet=options["quiet"], total=1 if reference else Case.objects.count())
        found = ledger.verify(reference=reference, progress=progress.show)
        progress.end()
        for check in found.broken[:SHOWN]:
            self.stdout.write(f"{check.case}, event {check.broken_at}: {check.why}")
        if len(found.broken) > SHOWN:
            self.stdout.write(f"… and {len(found.broken) - SHOWN} more.")
        orphans = 0 if reference else Event.objects.exclude(case__in=Case.objects.all()).count()
        if orphans:
            self.stdout.write(f"{orphans} events belong to no case.")
        self.stdout.write(f"{found.cases:,} cases, {found.events:,} events, anchor {found.anchor}")
        if found.broken or orphans:
            raise CommandError(f"{len(found.broken)} cases are broken.")
        if options["anchor"] and options["anchor"] != found.anchor:
            raise CommandError("Every chain is whole, but the anchor differs from the one given.")
        self.stdout.write("Every chain is whole.")

    def _rebuild(self, reference: str, options: dict[str, Any]) -> None:
        total = 1 if reference else Case.objects.filter(reference__gt=options["after"]).count()
        progress = Progress(quiet=options["quiet"], total=total)
        changed = 0
        for done, case in enumerate(
            ledger.each_case(after=options["after"], reference=reference), start=1
        ):
            names = ledger.rebuild_case(case.pk, only_compare=options["check"])
            if names:
                changed += 1
                self.stdout.write(f"{case.reference}: {', '.join(names)}")
            progress.show(done, 0, case.reference)
        progress.end()
        if options["check"]:
            self.stdout.write(f"{changed:,} projections differ from their events.")
            if changed:
                raise CommandError("Run `moothall ledger rebuild` to make them again.")
        else:
            self.stdout.write(f"{changed:,} projections were made again, the others were equal.")


class Progress:
    """A line on the terminal that is written anew, at most five times a second."""

    def __init__(self, *, quiet: bool, total: int) -> None:
        self.quiet = quiet or not sys.stderr.isatty()
        self.total = total
        self.next = 0.0

    def show(self, cases: int, events: int, where: str = "") -> None:
        """So far."""
        if self.quiet or time.monotonic() < self.next:
            return
        self.next = time.monotonic() + 0.2
        share = 100 * cases // max(1, self.total)
        sys.stderr.write(f"\r{share:3d}%  {cases:,} of {self.total:,} cases  {where:20}")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if not self.quiet:
            sys.stderr.write("\r" + " " * 60 + "\r")
