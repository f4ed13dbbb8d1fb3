"""What the import commands share: progress on the terminal, and the report."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from moothall.places.imports import engine
from moothall.places.imports.engine import CannotImport, Importer, Progress, Result
from moothall.places.imports.tables import read_map


class ImportCommand(BaseCommand):
    """Reads a file with an importer."""

    noun = "rows"

    def importer(self, path: Path, options: Mapping[str, Any]) -> Importer[Any]:
        """Return the importer for `path`."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and what all imports share."""
        parser.add_argument("file", type=Path, help="the file, or a folder of CSV files")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help="which column holds which field, where the names are not the usual ones",
        )
        parser.add_argument(
            "--resume", action="store_true", help="go on where a killed import of this file stopped"
        )
        parser.add_argument(
            "--report", type=Path, help="where to write rejected rows (default: beside the file)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file, show progress, write the report."""
        started = time.monotonic()
        shown: float | None = None

        def tell(progress: Progress) -> None:
            nonlocal shown
            elapsed = time.monotonic() - started
            if shown is not None and elapsed - shown < 0.5 and progress.rows < progress.total:
                return
            shown = elapsed
            share = min(progress.rows / max(progress.total, 1), 1.0)
            rate = (progress.rows - progress.start) / max(elapsed, 0.001)
            end = "\r" if getattr(self.stderr, "isatty", lambda: False)() else "\n"
            self.stderr.write(
                f"  {progress.rows:,} rows ({share:.0%}), {rate:,.0f} a second", ending=end
            )

        try:
            importer = self.importer(options["file"], {**options, "map": read_map(options["map"])})
            result = engine.run(importer, now=timezone.now(), resume=options["resume"], tell=tell)
        except CannotImport as problem:
            raise CommandError(str(problem)) from None
        self._say(result, time.monotonic() - started, options)

    def _say(self, result: Result, seconds: float, options: Mapping[str, Any]) -> None:
        counts = result.counts
        if result.resumed_at:
            self.stdout.write(f"Went on after row {result.resumed_at:,}.")
        if result.stopped_earlier_at:
            self.stdout.write(
                f"An earlier import stopped at row {result.stopped_earlier_at:,}; all rows were read "
                "again. With --resume it would have gone on from there."
            )
        rate = (result.rows - result.resumed_at) / max(seconds, 0.001)
        parts = [f"{counts.get('taken', 0):,} {self.noun}"]
        for word in ("passed over", "rejected", "noticed", "removed", "ended"):
            if counts.get(word):
                parts.append(f"{counts[word]:,} {word}")
        self.stdout.write(
            f"{', '.join(parts)}; {result.rows:,} rows in {seconds:.1f} s, {rate:,.0f} a second."
        )
        report = self._report_path(options)
        number = engine.write_report(result.run, report)
        for one in result.run.rejected.all()[:5]:
            self.stdout.write(f"  {one.file_name}:{one.line}: {one.reason} {one.mend}")
        if number:
            self.stdout.write(f"{'…' if number > 5 else ''} All {number:,}: {report}".strip())

    def _report_path(self, options: Mapping[str, Any]) -> Path:
        given: Path | None = options["report"]
        if given is not None:
            return given
        file: Path = options["file"]
        name = f"{file.name}.rejected.csv"
        beside = file.resolve().parent
        # Root may write anywhere: a folder that is marked read-only is still left alone.
        if os.access(beside, os.W_OK) and beside.stat().st_mode & stat.S_IWUSR:
            return beside / name
        folder = Path(settings.HOME) / "imports"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name


def day(text: str) -> Any:
    """Return a date argument. Raises ValueError, which argparse turns into its message."""
    import datetime as dt

    return dt.date.fromisoformat(text)
