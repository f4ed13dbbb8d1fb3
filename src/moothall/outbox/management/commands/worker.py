"""`moothall worker`: background work alone, beside any number of others."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from moothall.outbox import worker


class Command(BaseCommand):
    """Runs the worker until SIGTERM or SIGINT."""

    help = "Does the background work: messages, payments' states, clocks. Stop it with SIGTERM."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--once` and `--outside-lanes`."""
        parser.add_argument("--once", action="store_true", help="do what is due, then stop")
        parser.add_argument(
            "--outside-lanes", type=int, default=2, help="threads that talk to other systems (2)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; the job in hand is finished first."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            # The handler runs in the main thread, which may hold the bell's lock: it only sets the flag.
            signal.signal(number, lambda *_: stop.set())
        worker.run(stop, outside_lanes=options["outside_lanes"], once=options["once"])
