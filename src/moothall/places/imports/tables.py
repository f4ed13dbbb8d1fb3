"""Reading CSV files with or without a header, and naming their columns our way."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from moothall.places.imports.engine import CannotImport, RejectedError, SourceRow

Patterns = Mapping[str, Sequence[str]]
"""Our field, and regular expressions of the names that files give it."""


def table(
    path: Path, *, without_header: Callable[[list[str]], Sequence[str] | None] = lambda cells: None
) -> Iterator[SourceRow]:
    """Yield the rows of a CSV file.

    `without_header` is given the first row's cells and returns the columns' names when that row is
    no header. Raises CannotImport for a file that is no CSV in UTF-8.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            first = next(reader, None)
            if first is None:
                raise CannotImport(f"{path.name} is empty.")
            columns = without_header(first)
            if columns is not None:
                yield _row(path, reader.line_num, columns, first)
            else:
                columns = [cell.strip() for cell in first]
            for cells in reader:
                if cells:
                    yield _row(path, reader.line_num, columns, cells)
    except UnicodeDecodeError:
        raise CannotImport(f"{path.name} is not in UTF-8. Save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise CannotImport(f"{path.name} is not a CSV file: {error}.") from None


def _row(path: Path, line: int, columns: Sequence[str], cells: Sequence[str]) -> SourceRow:
    named = dict(zip(columns, cells))
    if len(cells) > len(columns):
        named[""] = ",".join(cells[len(columns) :])
    return SourceRow(path.name, line, named)


class Columns:
    """Which column of a file holds which of our fields: by `--map`, else by its usual names."""

    def __init__(self, patterns: Patterns, given: Mapping[str, str]) -> None:
        unknown = [ours for ours in given.values() if ours not in patterns]
        if unknown:
            raise CannotImport(
                f"--map names the field {unknown[0]}, which is not known here. "
                f"The fields are: {', '.join(patterns)}."
            )
        self._patterns = patterns
        self._given = {ours: column for column, ours in given.items()}
        self._found: dict[tuple[str, ...], dict[str, str]] = {}

    def of(self, row: SourceRow, field: str) -> str:
        """Return the row's cell of our `field`, or "" when it is missing, empty or NA."""
        column = self.named(row).get(field)
        return row.get(column) if column else ""

    def named(self, row: SourceRow) -> dict[str, str]:
        """Return the columns of this row's file by our fields. Raises CannotImport for a wrong --map."""
        key = tuple(row.cells)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._match(key)
        return found

    def _match(self, columns: tuple[str, ...]) -> dict[str, str]:
        found: dict[str, str] = {}
        for field, patterns in self._patterns.items():
            if field in self._given:
                if self._given[field] not in columns:
                    raise CannotImport(
                        f"--map names the column {self._given[field]}, which the file has not. "
                        f"It has: {', '.join(columns)}."
                    )
                found[field] = self._given[field]
                continue
            for pattern in patterns:
                named = re.compile(pattern, re.IGNORECASE)
                match = next((one for one in columns if named.fullmatch(one.strip())), None)
                if match is not None:
                    found[field] = match
                    break
        return found

    def need(self, row: SourceRow, *fields: str) -> None:
        """Raise CannotImport unless the file has a column for each of `fields`."""
        named = self.named(row)
        missing = [field for field in fields if field not in named]
        if missing:
            raise CannotImport(
                f"No column of {row.file_name} looks like {missing[0]}. "
                f"Name it with --map COLUMN={missing[0]}. The columns are: {', '.join(row.cells)}."
            )


def number(text: str, what: str) -> float:
    """Return a cell as a number. Raises RejectedError."""
    try:
        return float(text)
    except ValueError:
        raise RejectedError(f"The {what} “{text}” is not a number.", "Correct it.") from None


def read_map(pairs: Sequence[str]) -> dict[str, str]:
    """Return `--map column=field` arguments as a dict of fields by column. Raises CannotImport."""
    found = {}
    for pair in pairs:
        column, sign, ours = pair.rpartition("=")
        if not sign or not column or not ours:
            raise CannotImport(f"--map {pair} is not understood. Write --map COLUMN=FIELD.")
        found[column] = ours
    return found
