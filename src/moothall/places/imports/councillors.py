"""Councillors from a CSV file."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from moothall.places import actions, boundaries
from moothall.places.actions import CouncillorRow
from moothall.places.imports.engine import CannotImport, Importer, RejectedError, SourceRow
from moothall.places.imports.tables import Columns, table
from moothall.places.models import Councillor, ImportRun

FIELDS = {
    "name": ["name", "councillor"],
    "ward": ["ward", "ward_code", "ward_name"],
    "party": ["party", "group"],
    "email": ["e-?mail"],
    "phone": ["phone", "telephone", "tel"],
}


class CouncillorImporter(Importer[CouncillorRow]):
    """Reads councillors; those of an earlier import who are not in this file are taken out."""

    kind = "councillors"

    def __init__(self, path: Path, *, on: dt.date, map: dict[str, str] | None = None) -> None:
        super().__init__(path, map=map or {})
        self.columns = Columns(FIELDS, map or {})
        index = boundaries.index()
        if not index.wards:
            raise CannotImport("There are no wards yet. Import them first: moothall import_wards.")
        self.codes = {ward.code for ward in index.wards}
        self.names = {_plain(ward.name): ward.code for ward in index.in_force_on(on)}
        self.seen: dict[str, int] = {}

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows."""
        for path in self.files():
            yield from table(path)

    def key_of(self, row: SourceRow) -> str:
        """Return the ward's code, as far as it is known, and the name."""
        return f"{self.code(row) or '?'} {self.columns.of(row, 'name')}"

    def code(self, row: SourceRow) -> str | None:
        """Return the code of the row's ward, given as a code or a name, or None."""
        said = self.columns.of(row, "ward")
        return said if said in self.codes else self.names.get(_plain(said))

    def take(self, row: SourceRow) -> CouncillorRow:
        """Return the councillor of a row; the ward may be a code or a name."""
        self.columns.need(row, "name", "ward")
        name, said = self.columns.of(row, "name"), self.columns.of(row, "ward")
        if not name or not said:
            raise RejectedError("A councillor needs a name and a ward.", "Fill in both.")
        code = self.code(row)
        if code is None:
            near = difflib.get_close_matches(_plain(said), self.names, n=1)
            mend = f"Did you mean {near[0]}?" if near else "Write the ward's name or code."
            raise RejectedError(f"There is no ward “{said}” in force.", mend)
        if self.key_of(row) in self.seen:
            raise RejectedError("The councillor is there twice.", "Keep one of the rows.")
        self.seen[self.key_of(row)] = row.line
        return CouncillorRow(
            name[:150],
            code,
            self.columns.of(row, "party")[:100],
            self.columns.of(row, "email")[:254],
            self.columns.of(row, "phone")[:30],
        )

    def save(self, items: list[CouncillorRow], run: ImportRun) -> None:
        """Keep councillors."""
        actions.save_councillors(items, run_id=run.pk)

    def finish(self, run: ImportRun, counts: Counter[str]) -> None:
        """Take out those whom an earlier import brought and this file no longer names."""
        gone = Councillor.objects.filter(run__isnull=False).exclude(run=run)
        counts["removed"] = gone.count()
        gone.delete()


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("&", " and ").replace(".", " ").split())
