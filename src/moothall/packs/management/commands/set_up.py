"""`moothall set_up`: database, council folder and demonstration. Safe to run again, and to kill."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from moothall.packs import actions, queries
from moothall.packs.demo.progress import Bar
from moothall.packs.sections import PackError


class Command(BaseCommand):
    """Brings a council up to what its folder says, from nothing or from wherever it stopped."""

    help = "Make or update the database, apply the council's folder, make the demonstration."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which folder, and how large a demonstration."""
        parser.add_argument(
            "--pack", type=Path, default=settings.PACK, help="The council's folder."
        )
        parser.add_argument("--cases", type=int, help="Cases of the demonstration (0: none).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrates, applies, and makes the demonstration if the council is one."""
        with _alone(Path(settings.HOME) / "set_up.lock"):
            self._step("Database", lambda: call_command("migrate", verbosity=0, interactive=False))
            self._step("Council", lambda: self._apply(options["pack"]))
            if settings.DEMONSTRATION and queries.council().demonstration and options["cases"] != 0:
                self._demonstrate(options["cases"])

    def _step(self, name: str, do: Any) -> None:
        started = time.monotonic()
        said = do() or ""
        took = time.monotonic() - started
        self.stdout.write(f"{name:<16} {said} ({took:.1f} s)")

    def _apply(self, folder: Path) -> str:
        try:
            done = actions.apply(folder)
        except PackError as error:
            raise CommandError(
                f"{error}\nThe council's folder has mistakes. Nothing was changed."
            ) from None
        number = len(done.changes)
        return f"{queries.council().name}: {number or 'no'} change{'' if number == 1 else 's'}"

    def _demonstrate(self, cases: int | None) -> None:
        from moothall.packs.demo.make import make

        bar = Bar(self.stdout, "A year of cases")
        started = time.monotonic()
        made = make(cases=cases, progress=bar)
        bar.end()
        said = f"{made.cases} cases" if made.cases else "made already"
        self.stdout.write(f"{'Demonstration':<16} {said} ({time.monotonic() - started:.1f} s)")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One set_up at a time for one home: a second one waits for the first."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
