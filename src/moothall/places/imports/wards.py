"""Wards from GeoJSON: full polygons, with the days on which they are in force."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moothall.places import actions
from moothall.places.actions import WardRow
from moothall.places.boundaries import BadBoundary, boundary_of
from moothall.places.imports.engine import CannotImport, Importer, RejectedError, SourceRow
from moothall.places.imports.tables import Columns
from moothall.places.models import Generation, ImportRun, Ward

FIELDS = {
    "code": ["code", "area_code", "ward_code", r"wd\d\dcd", "gss_code"],
    "name": ["name", "area_name", "ward_name", r"wd\d\dnm", "ward"],
    "valid_from": ["valid_from"],
    "valid_to": ["valid_to"],
}


class WardImporter(Importer[WardRow]):
    """Reads a GeoJSON FeatureCollection.

    Options: `map`; `valid_from` and `valid_to` (dates, for features that do not say); `replaces`:
    wards in force that are not in this file end on the day before `valid_from`.
    """

    kind = "wards"

    def __init__(
        self,
        path: Path,
        *,
        map: dict[str, str] | None = None,
        valid_from: dt.date | None = None,
        valid_to: dt.date | None = None,
        replaces: bool = False,
    ) -> None:
        super().__init__(
            path, map=map or {}, valid_from=valid_from, valid_to=valid_to, replaces=replaces
        )
        if replaces and valid_from is None:
            raise CannotImport("--replaces needs --valid-from: the first day of the new wards.")
        if valid_from and valid_to and valid_to < valid_from:
            raise CannotImport("--valid-to is before --valid-from.")
        self.columns = Columns(FIELDS, map or {})
        self.valid_from, self.valid_to, self.replaces = valid_from, valid_to, replaces
        self.seen: dict[str, int] = {}
        self._geometries: dict[int, Any] = {}

    def rows(self) -> Iterator[SourceRow]:
        """Yield the features; `line` is the feature's number."""
        for number, feature in enumerate(features_of(self.path), 1):
            properties = feature.get("properties") if isinstance(feature, dict) else None
            cells = {
                str(key): "" if value is None else str(value)
                for key, value in (properties or {}).items()
            }
            self._geometries[number] = (
                feature.get("geometry") if isinstance(feature, dict) else None
            )
            yield SourceRow(self.path.name, number, cells)

    def key_of(self, row: SourceRow) -> str:
        """Return the ward's code."""
        return self.columns.of(row, "code")

    def take(self, row: SourceRow) -> WardRow:
        """Return the ward of a feature."""
        geometry = self._geometries.pop(row.line, None)
        self.columns.need(row, "code", "name")
        code, name = self.columns.of(row, "code"), self.columns.of(row, "name")
        if not code or not name:
            raise RejectedError("The ward has no code or no name.", "Give the feature both.")
        if len(code) > 9:
            raise RejectedError(f"The code {code} is longer than 9 signs.", "Give the GSS code.")
        if code in self.seen:
            raise RejectedError(
                f"The ward {code} is there twice: first as feature {self.seen[code]}.",
                "Join its parts into one MultiPolygon.",
            )
        try:
            boundary, found = boundary_of(geometry)
        except BadBoundary as bad:
            raise RejectedError(
                f"The ward {code}: {bad}", "Mend the file and import it again."
            ) from None
        self.seen[code] = row.line
        return WardRow(
            code=code,
            name=name[:100],
            boundary=boundary,
            box=found.bounds,
            valid_from=_day(self.columns.of(row, "valid_from")) or self.valid_from,
            valid_to=_day(self.columns.of(row, "valid_to")) or self.valid_to,
        )

    def save(self, items: list[WardRow], run: ImportRun) -> None:
        """Keep wards by code."""
        actions.save_wards(items, source="import")

    def finish(self, run: ImportRun, counts: Counter[str]) -> None:
        """End the wards that these replace."""
        if self.replaces and self.valid_from is not None:
            before = Ward.objects.exclude(code__in=list(self.seen)).filter(valid_to__isnull=True)
            counts["ended"] = before.update(valid_to=self.valid_from - dt.timedelta(days=1))
            Generation.bump("wards")


def features_of(path: Path) -> list[Any]:
    """Return the features of a GeoJSON file. Raises CannotImport with line and column."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CannotImport(f"There is no file {path}.") from None
    except json.JSONDecodeError as error:
        raise CannotImport(
            f"{path.name}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}. "
            "Export the wards as GeoJSON again."
        ) from None
    except UnicodeDecodeError:
        raise CannotImport(f"{path.name} is not in UTF-8. Export it again.") from None
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        raise CannotImport(
            f"{path.name} is not a GeoJSON FeatureCollection. Export the wards as GeoJSON."
        )
    return list(data["features"])


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise RejectedError(f"“{text}” is not a date.", "Write it as 2023-05-04.") from None
