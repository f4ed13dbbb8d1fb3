"""The loop that all importers share: batches, progress, resume and the report of rejected rows."""

from __future__ import annotations

import abc
import csv
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from django.db import transaction

from moothall.places.models import ImportRun, RejectedRow

BATCH = 1_000
MOST_REPORTED = 20_000
"""Rejected rows that are kept; beyond these they are only counted."""

Item = TypeVar("Item")


class CannotImport(Exception):
    """The file as a whole can't be read; the message says what to do."""


class RejectedError(ValueError):
    """A row that is not taken: why, and how to mend it."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


class PassedOver(Exception):
    """A row that is not for us and is no mistake (another council's, a demolished house)."""


@dataclass(frozen=True)
class SourceRow:
    """One row of a file: its line (the header is line 1) and its cells by column."""

    file_name: str
    line: int
    cells: Mapping[str, str]

    def get(self, *columns: str) -> str:
        """Return the first of `columns` that holds something; "NA" counts as nothing."""
        for column in columns:
            value = self.cells.get(column, "").strip()
            if value and value.upper() not in {"NA", "N/A", "NULL"}:
                return value
        return ""


@dataclass
class Progress:
    """How far a reading is; given to the `tell` of `run` after each batch."""

    rows: int
    total: int
    """Rows of the file, as near as its lines tell."""
    counts: Counter[str]
    start: int = 0
    """Rows that an earlier reading had taken."""


@dataclass(frozen=True)
class Result:
    """What came of a reading."""

    run: ImportRun
    rows: int
    counts: Mapping[str, int]
    resumed_at: int = 0
    stopped_earlier_at: int = 0
    """Row at which an earlier, unfinished reading of this file stopped, when it was not resumed."""


class Importer(abc.ABC, Generic[Item]):
    """One kind of file. Subclasses read rows, take them and save what they became."""

    kind: ClassVar[str]
    options: Mapping[str, Any]

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.options = options
        self._noticed: list[tuple[SourceRow, str, str]] = []

    @abc.abstractmethod
    def rows(self) -> Iterator[SourceRow]:
        """Yield every row in order. Raises CannotImport."""

    @abc.abstractmethod
    def take(self, row: SourceRow) -> Item:
        """Return what the row becomes. Raises RejectedError or PassedOver."""

    @abc.abstractmethod
    def save(self, items: list[Item], run: ImportRun) -> None:
        """Keep a batch, inside a transaction."""

    def finish(self, run: ImportRun, counts: Counter[str]) -> None:
        """Do what can be done only when all rows are in, inside a transaction."""

    def notice(self, row: SourceRow, reason: str, mend: str) -> None:
        """Report something about a row that is taken all the same."""
        self._noticed.append((row, reason, mend))

    def files(self) -> list[Path]:
        """Return the files to read: the one given, or the CSV files of a folder by name."""
        if self.path.is_dir():
            found = sorted(self.path.glob("*.csv"))
            if not found:
                raise CannotImport(f"There is no CSV file in the folder {self.path.name}.")
            return found
        if not self.path.is_file():
            raise CannotImport(f"There is no file {self.path}.")
        return [self.path]


@dataclass
class _Batch(Generic[Item]):
    items: list[Item] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def run(
    importer: Importer[Any],
    *,
    now: dt.datetime,
    resume: bool = False,
    tell: Callable[[Progress], None] = lambda progress: None,
    batch: int = BATCH,
) -> Result:
    """Read the importer's file into the database.

    With `resume` an earlier reading of the same bytes with the same options goes on after its last
    whole batch. Reading a file twice changes nothing. Raises CannotImport.
    """
    fingerprint, total = _look_at(importer)
    earlier = ImportRun.objects.filter(
        kind=importer.kind, fingerprint=fingerprint, state=ImportRun.State.RUNNING
    ).first()
    if earlier is not None and resume:
        record = earlier
    else:
        record = ImportRun.objects.create(
            kind=importer.kind,
            file_name=importer.path.name[:200],
            fingerprint=fingerprint,
            started_at=now,
        )
    start = record.position
    counts: Counter[str] = Counter(record.counts)
    rows = importer.rows()
    for row in islice(rows, start):
        importer_skips(importer, row)
    while read := list(islice(rows, batch)):
        found = _take(importer, read, record, counts)
        with transaction.atomic():
            importer.save(found.items, record)
            RejectedRow.objects.bulk_create(found.rejected)
            record.position += len(read)
            counts.update(found.counts)
            record.counts = dict(counts)
            record.save(update_fields=["position", "counts"])
        tell(Progress(record.position, total, counts, start))
    with transaction.atomic():
        importer.finish(record, counts)
        record.state = ImportRun.State.DONE
        record.counts = dict(counts)
        record.ended_at = now
        record.save(update_fields=["state", "counts", "ended_at"])
        # Unfinished readings of this kind are over: their rows have been read again by this one.
        ImportRun.objects.filter(kind=importer.kind, state=ImportRun.State.RUNNING).update(
            state=ImportRun.State.DONE, ended_at=now
        )
    left = earlier.position if earlier is not None and earlier != record else 0
    return Result(record, record.position, counts, start, left)


def importer_skips(importer: Importer[Any], row: SourceRow) -> None:
    """Let an importer that remembers rows (to find repeats) see one that an earlier reading took."""
    seen = getattr(importer, "seen", None)
    key = getattr(importer, "key_of", None)
    if seen is not None and key is not None:
        seen.setdefault(key(row), row.line)


def _take(
    importer: Importer[Any], read: list[SourceRow], record: ImportRun, before: Counter[str]
) -> _Batch[Any]:
    found: _Batch[Any] = _Batch()
    reported = before["rejected"] + before["noticed"]

    def report(row: SourceRow, reason: str, mend: str, taken: bool) -> None:
        found.counts["noticed" if taken else "rejected"] += 1
        if reported + len(found.rejected) < MOST_REPORTED:
            found.rejected.append(
                RejectedRow(
                    run=record,
                    file_name=row.file_name[:200],
                    line=row.line,
                    reason=reason[:300],
                    mend=mend[:300],
                    taken=taken,
                    row=dict(row.cells),
                )
            )

    for row in read:
        importer._noticed.clear()
        try:
            found.items.append(importer.take(row))
            found.counts["taken"] += 1
        except RejectedError as no:
            report(row, no.reason, no.mend, False)
        except PassedOver:
            found.counts["passed over"] += 1
        for noticed, reason, mend in importer._noticed:
            report(noticed, reason, mend, True)
    return found


def _look_at(importer: Importer[Any]) -> tuple[str, int]:
    """Return the fingerprint of the file and its options, and about how many rows it has."""
    digest = hashlib.sha256(
        json.dumps([importer.kind, importer.options], sort_keys=True, default=str).encode()
    )
    lines = 0
    for path in importer.files():
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                lines += chunk.count(b"\n")
    return digest.hexdigest(), lines


def write_report(record: ImportRun, path: Path) -> int:
    """Write the rejected and noticed rows of a reading as CSV, with the cells as they were.

    Returns how many; writes nothing, and removes an old report, when there are none.
    """
    found = list(record.rejected.all())
    if not found:
        path.unlink(missing_ok=True)
        return 0
    columns = list(dict.fromkeys(column for one in found for column in one.row))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["file", "line", "taken", "reason", "mend", *columns])
        for one in found:
            writer.writerow(
                [
                    one.file_name,
                    one.line,
                    "yes" if one.taken else "no",
                    one.reason,
                    one.mend,
                    *(one.row.get(column, "") for column in columns),
                ]
            )
    return len(found)
