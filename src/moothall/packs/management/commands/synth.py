"""`moothall synth --residents N`: makes up two years of a council's cases, for trying things at size."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moothall.packs.demo.progress import Bar
from moothall.packs.synth import making


class Command(BaseCommand):
    """Makes a council's cases in bulk."""

    help = "Make up two years of cases for a council of any size. Can be stopped and run again: it goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        """How large a council."""
        parser.add_argument(
            "--residents", type=int, required=True, help="5,000 to 5,000,000 residents"
        )
        parser.add_argument("--seed", type=int, default=20260401, help="the same gives the same")
        parser.add_argument("--days", type=int, default=365 * making.YEARS, help="days up to today")
        parser.add_argument(
            "--ledger-one-in",
            type=int,
            default=1,
            metavar="N",
            help="for measuring only: write events and messages of one case in N",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Makes what is missing and says how much that was."""
        residents = options["residents"]
        if not making.LEAST <= residents <= making.MOST:
            raise CommandError(f"Residents: from {making.LEAST:,} to {making.MOST:,}.")
        if not 1 <= options["days"] <= 5 * 366:
            raise CommandError("Days: from 1 to five years.")
        bar = Bar(self.stdout, "Made-up cases")
        started = time.monotonic()
        wanted = making.plan_for(
            residents,
            seed=options["seed"],
            now=timezone.now(),
            days=options["days"],
            ledger=max(1, options["ledger_one_in"]),
        )
        try:
            made = making.make(wanted, bar)
        except making.Refused as error:
            raise CommandError(str(error)) from None
        bar.end()
        took = time.monotonic() - started
        if not made.days:
            self.stdout.write("They are made already.")
            return
        self.stdout.write(
            f"{made.cases:,} cases, {made.events:,} events, {made.contacts:,} contacts "
            f"in {took:,.0f} seconds ({made.cases / max(took, 0.001):,.0f} cases a second)."
        )
