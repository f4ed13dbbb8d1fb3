"""`moothall outbox`: how the background work stands, and what to do with dead letters."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from moothall.outbox import actions, queries


class Command(BaseCommand):
    """Shows the outbox; tries dead letters again or drops them."""

    help = "Shows how the background work stands; --again ID tries a dead letter again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--again` and `--discard`."""
        parser.add_argument("--again", type=int, metavar="ID", help="try a dead letter again")
        parser.add_argument("--discard", type=int, metavar="ID", help="drop a dead letter")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the state, or do what was asked."""
        for option, act, word in (
            ("again", actions.try_again, "will be tried again"),
            ("discard", actions.discard, "was dropped"),
        ):
            if options[option] is not None:
                if not act(options[option]):
                    raise CommandError(f"Job {options[option]} is not a dead letter.")
                self.stdout.write(f"Job {options[option]} {word}.")
                return
        state = queries.state(timezone.now())
        self.stdout.write(
            f"{state.waiting} waiting, {state.due} due, {state.failing} failing, {state.dead} dead"
        )
        for job in queries.dead():
            died = timezone.localtime(job.dead_at).strftime("%Y-%m-%d %H:%M") if job.dead_at else ""
            self.stdout.write(f"  {job.pk}  {died}  {job.name}  {job.error}")
