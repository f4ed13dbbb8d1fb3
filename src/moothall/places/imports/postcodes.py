"""Postcodes from Ordnance Survey's Code-Point Open and from the ONS Postcode Directory."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from moothall.places import actions, boundaries, grid
from moothall.places.actions import PostcodeRow
from moothall.places.boundaries import in_force
from moothall.places.imports.engine import (
    CannotImport,
    Importer,
    PassedOver,
    RejectedError,
    SourceRow,
)
from moothall.places.imports.tables import Columns, number, table
from moothall.places.models import ImportRun, Postcode
from moothall.places.words import normalise_postcode

CODE_POINT_COLUMNS = (
    "postcode", "positional_quality", "easting", "northing", "country_code", "nhs_regional_ha_code",
    "nhs_ha_code", "admin_county_code", "admin_district_code", "admin_ward_code",
)  # fmt: skip
"""Code-Point Open as Ordnance Survey ships it: ten columns, no header (product guide, table 1)."""

NO_POSITION = 90
"""Positional quality of a postcode whose place is not known; its coordinates are 0."""

CODE_POINT_FIELDS = {
    "postcode": ["postcode", "pc"],
    "quality": ["positional_quality(_indicator)?", "pq"],
    "easting": ["eastings?", "ea"],
    "northing": ["northings?", "no"],
    "district": ["admin_district_code", "di"],
    "ward": ["admin_ward_code", "wa", "ward_code"],
    "lon": ["lon", "long", "longitude"],
    "lat": ["lat", "latitude"],
}
ONSPD_FIELDS = {
    "postcode": ["pcds", "pcd2", "pcd8", "pcd7", "pcd", "postcode"],
    "easting": ["oseast1m", "east1m"],
    "northing": ["osnrth1m", "north1m"],
    "district": ["oslaua", r"lad\d\dcd", "laua", "la_code"],
    "ward": ["osward", r"wd\d\dcd", "ward_code"],
    "lon": ["long", "lon", "longitude"],
    "lat": ["lat", "latitude"],
    "ended": ["doterm"],
}
UNKNOWN_LATITUDE = 99.0
"""The ONS writes 99.999999 where a postcode has no place."""


class _PostcodeImporter(Importer[PostcodeRow]):
    """What both files share. Options: `map`, `district` (take only this district), `on` (a date)."""

    fields: dict[str, list[str]]

    def __init__(
        self, path: Path, *, on: dt.date, map: dict[str, str] | None = None, district: str = ""
    ) -> None:
        super().__init__(path, map=map or {}, district=district)
        self.columns = Columns(self.fields, map or {})
        self.district, self.on = district, on
        self.wards = boundaries.index()
        if not self.wards.wards:
            raise CannotImport("There are no wards yet. Import them first: moothall import_wards.")
        self.seen: dict[str, int] = {}

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows of the file, or of every CSV file of a folder."""
        for path in self.files():
            yield from table(path, without_header=self.without_header)

    def without_header(self, cells: list[str]) -> Sequence[str] | None:
        """Return the columns' names when the first row is no header."""
        return None

    def key_of(self, row: SourceRow) -> str:
        """Return the postcode without its space."""
        return (normalise_postcode(self.columns.of(row, "postcode")) or "").replace(" ", "")

    def take(self, row: SourceRow) -> PostcodeRow:
        """Return the postcode of a row."""
        self.columns.need(row, "postcode", "ward")
        district = self.columns.of(row, "district")
        if self.district and district != self.district:
            raise PassedOver
        postcode = self.key_of(row)
        if not postcode:
            typed = self.columns.of(row, "postcode")
            raise RejectedError(f"“{typed}” is not a postcode.", "Correct it.")
        if postcode in self.seen:
            raise RejectedError(
                f"The postcode is there twice: first on line {self.seen[postcode]}.",
                "Keep one of the rows.",
            )
        ended = self.ended(row)
        point = self.point(row)
        ward = self.ward(row, point)
        self.seen[postcode] = row.line
        return PostcodeRow(
            postcode, ward, point[0] if point else None, point[1] if point else None, ended=ended
        )

    def ended(self, row: SourceRow) -> dt.date | None:
        """Return the month in which the postcode ended, as its first day."""
        return None

    def point(self, row: SourceRow) -> tuple[float, float] | None:
        """Return the centre: longitude and latitude given, or worked out from the grid."""
        lon, lat = self.columns.of(row, "lon"), self.columns.of(row, "lat")
        if lon and lat:
            if number(lat, "latitude") >= UNKNOWN_LATITUDE:
                return None
            return number(lon, "longitude"), number(lat, "latitude")
        easting, northing = self.columns.of(row, "easting"), self.columns.of(row, "northing")
        if not easting or not northing or (float(number(easting, "easting")) == 0):
            return None
        return grid.to_lon_lat(number(easting, "easting"), number(northing, "northing"))

    def ward(self, row: SourceRow, point: tuple[float, float] | None) -> str:
        """Return the ward's code: the file's where it is known, else that of the boundary.

        Raises PassedOver for a postcode outside the council's wards, RejectedError where the row
        says that it is ours and the boundaries do not.
        """
        code = self.columns.of(row, "ward")
        known = self.wards.by_code.get(code)
        inside = self.wards.at(*point, self.on) if point else None
        if known is not None and in_force(known, self.on):
            if inside is not None and inside.code != code:
                self.notice(
                    row,
                    f"The file says {known.name} ({code}), the boundary says {inside.name} "
                    f"({inside.code}). The file's is kept.",
                    "Look at the map. If the boundary is right, tell the publisher.",
                )
            return code
        if inside is not None:
            self.notice(
                row,
                f"The ward code “{code}” is not in force here. The boundary says {inside.name} "
                f"({inside.code}), which is kept.",
                "Nothing to do, or import a newer file.",
            )
            return inside.code
        if self.district and not known:
            raise RejectedError(
                f"The ward {code} is not known and the place is in no ward.",
                "Import the wards of this date first.",
            )
        raise PassedOver


class CodePointImporter(_PostcodeImporter):
    """Code-Point Open, with or without a header."""

    kind = "postcodes"
    fields = CODE_POINT_FIELDS

    def without_header(self, cells: list[str]) -> Sequence[str] | None:
        """Return Ordnance Survey's columns when the first row begins with a postcode."""
        if cells and normalise_postcode(cells[0]) and len(cells) == len(CODE_POINT_COLUMNS):
            return CODE_POINT_COLUMNS
        return None

    def point(self, row: SourceRow) -> tuple[float, float] | None:
        """Return the centre; a postcode without one is rejected."""
        quality = self.columns.of(row, "quality")
        found = super().point(row)
        if found is None or (quality and number(quality, "quality") >= NO_POSITION):
            raise RejectedError(
                "Ordnance Survey does not know yet where this postcode is (quality 90).",
                "Nothing to do: it comes with a later release.",
            )
        return found

    def save(self, items: list[PostcodeRow], run: ImportRun) -> None:
        """Keep postcodes; this file's word counts before the directory's."""
        _keep_split_marks(items)
        actions.save_postcodes(items, source="code-point", run_id=run.pk)

    def finish(self, run: ImportRun, counts: Counter[str]) -> None:
        """Mark the postcodes whose addresses lie in several wards."""
        counts["split"] = actions.mark_split_postcodes()


class DirectoryImporter(_PostcodeImporter):
    """The ONS Postcode Directory: adds ended postcodes, and compares its wards with Code-Point's."""

    kind = "onspd"
    fields = ONSPD_FIELDS

    def ended(self, row: SourceRow) -> dt.date | None:
        """Return the month of `doterm` (YYYYMM)."""
        text = self.columns.of(row, "ended")
        if not text:
            return None
        try:
            return dt.date(int(text[:4]), int(text[4:6]), 1)
        except ValueError:
            raise RejectedError(
                f"The end “{text}” is not a month.", "Write it as 202502."
            ) from None

    def __init__(self, path: Path, **options: object) -> None:
        super().__init__(path, **options)  # type: ignore[arg-type]  # the same options as the base
        self._ours = dict(Postcode.objects.exclude(source="onspd").values_list("postcode", "ward"))

    def ward(self, row: SourceRow, point: tuple[float, float] | None) -> str:
        """Return the ward, and report a difference from what another source gave."""
        code = super().ward(row, point)
        key = self.key_of(row)
        if key in self._ours and self._ours[key] and self._ours[key] != code:
            ours = self.wards.by_code.get(str(self._ours[key]))
            theirs = self.wards.by_code.get(code)
            self.notice(
                row,
                f"This file says {theirs.name if theirs else ''} ({code}), the table says "
                f"{ours.name if ours else ''} ({self._ours[key]}), which is kept.",
                "Look at the map. The newer of the two files is more often right.",
            )
        return code

    def save(self, items: list[PostcodeRow], run: ImportRun) -> None:
        """Keep postcodes that no other source has; for the others only note that they ended."""
        new = [one for one in items if one.postcode not in self._ours]
        _keep_split_marks(new)
        actions.save_postcodes(new, source="onspd", run_id=run.pk)
        for one in items:
            if one.ended and one.postcode in self._ours:
                Postcode.objects.filter(postcode=one.postcode).update(ended=one.ended)


def _keep_split_marks(items: list[PostcodeRow]) -> None:
    """Carry over the marks of split postcodes, which these files do not know."""
    keys = [one.postcode for one in items]
    split = set(
        Postcode.objects.filter(postcode__in=keys, is_split=True).values_list("postcode", flat=True)
    )
    for number_, one in enumerate(items):
        if one.postcode in split:
            items[number_] = PostcodeRow(one.postcode, one.ward, one.lon, one.lat, True, one.ended)
