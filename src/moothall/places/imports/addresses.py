"""Addresses from AddressBase Core and Plus, and from any plain CSV.

Column names follow Ordnance Survey's technical specifications of AddressBase Core and AddressBase
Plus (CSV). Plus comes without a header; Core with one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from moothall.places import actions, boundaries, grid
from moothall.places.actions import AddressRow
from moothall.places.imports.engine import (
    CannotImport,
    Importer,
    PassedOver,
    RejectedError,
    SourceRow,
)
from moothall.places.imports.tables import Columns, number, table
from moothall.places.models import Address, ImportRun
from moothall.places.words import normalise_postcode

PLUS_COLUMNS = [
    "UPRN",
    "UDPRN",
    "CHANGE_TYPE",
    "STATE",
    "STATE_DATE",
    "CLASS",
    "PARENT_UPRN",
    "X_COORDINATE",
    "Y_COORDINATE",
    "LATITUDE",
    "LONGITUDE",
    "RPC",
    "LOCAL_CUSTODIAN_CODE",
    "COUNTRY",
    "LA_START_DATE",
    "LAST_UPDATE_DATE",
    "ENTRY_DATE",
    "RM_ORGANISATION_NAME",
    "LA_ORGANISATION",
    "DEPARTMENT_NAME",
    "LEGAL_NAME",
    "SUB_BUILDING_NAME",
    "BUILDING_NAME",
    "BUILDING_NUMBER",
    "SAO_START_NUMBER",
    "SAO_START_SUFFIX",
    "SAO_END_NUMBER",
    "SAO_END_SUFFIX",
    "SAO_TEXT",
    "ALT_LANGUAGE_SAO_TEXT",
    "PAO_START_NUMBER",
    "PAO_START_SUFFIX",
    "PAO_END_NUMBER",
    "PAO_END_SUFFIX",
    "PAO_TEXT",
    "ALT_LANGUAGE_PAO_TEXT",
    "USRN",
    "USRN_MATCH_INDICATOR",
    "AREA_NAME",
    "LEVEL",
    "OFFICIAL_FLAG",
    "OS_ADDRESS_TOID",
    "OS_ADDRESS_TOID_VERSION",
    "OS_ROADLINK_TOID",
    "OS_ROADLINK_TOID_VERSION",
    "OS_TOPO_TOID",
    "OS_TOPO_TOID_VERSION",
    "VOA_CT_RECORD",
    "VOA_NDR_RECORD",
    "STREET_DESCRIPTION",
    "ALT_LANGUAGE_STREET_DESCRIPTOR",
    "DEPENDENT_THOROUGHFARE",
    "THOROUGHFARE",
    "WELSH_DEPENDENT_THOROUGHFARE",
    "WELSH_THOROUGHFARE",
    "DOUBLE_DEPENDENT_LOCALITY",
    "DEPENDENT_LOCALITY",
    "LOCALITY",
    "WELSH_DEPENDENT_LOCALITY",
    "WELSH_DOUBLE_DEPENDENT_LOCALITY",
    "TOWN_NAME",
    "ADMINISTRATIVE_AREA",
    "POST_TOWN",
    "WELSH_POST_TOWN",
    "POSTCODE",
    "POSTCODE_LOCATOR",
    "POSTCODE_TYPE",
    "DELIVERY_POINT_SUFFIX",
    "ADDRESSBASE_POSTAL",
    "PO_BOX_NUMBER",
    "WARD_CODE",
    "PARISH_CODE",
    "RM_START_DATE",
    "MULTI_OCC_COUNT",
    "VOA_NDR_P_DESC_CODE",
    "VOA_NDR_SCAT_CODE",
    "ALT_LANGUAGE",
]

FIELDS = {
    "uprn": ["uprn"],
    "line": ["line", "address", "full_address", "single_line_address"],
    "street": ["street", "street_name"],
    "locality": ["locality"],
    "town": ["town", "post_town", "town_name"],
    "postcode": ["postcode", "post_code"],
    "lon": ["lon", "long", "longitude", "geox"],
    "lat": ["lat", "latitude", "geoy"],
    "easting": ["easting", "x_coordinate"],
    "northing": ["northing", "y_coordinate"],
    "ward": ["ward", "ward_code"],
}

DEMOLISHED = "4"
POSTED_CLASSES = "RCXMU"
"""Residential, commercial, dual use, military, unclassified: what people live or work in. Land,
objects, shells of blocks and street records are passed over."""


@dataclass(frozen=True)
class _Removed:
    """A row that says an address is gone."""

    uprn: str


class AddressImporter(Importer["AddressRow | _Removed"]):
    """A gazetteer. Options: `map`, `on` (the day whose wards count), `remove_missing`."""

    kind = "addresses"

    def __init__(
        self,
        path: Path,
        *,
        on: dt.date,
        map: dict[str, str] | None = None,
        remove_missing: bool = False,
    ) -> None:
        super().__init__(path, map=map or {}, remove_missing=remove_missing)
        self.columns = Columns(FIELDS, map or {})
        self.mapped = bool(map)
        self.on, self.remove_missing = on, remove_missing
        self.wards = boundaries.index()
        if not self.wards.wards:
            raise CannotImport("There are no wards yet. Import them first: moothall import_wards.")
        self.seen: dict[str, int] = {}

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows of the file, or of every CSV file of a folder."""
        for path in self.files():
            yield from table(path, without_header=_plus_columns)

    def key_of(self, row: SourceRow) -> str:
        """Return the UPRN without leading zeros."""
        return self.columns.of(row, "uprn").lstrip("0")

    def take(self, row: SourceRow) -> AddressRow | _Removed:
        """Return the address of a row."""
        uprn = self.key_of(row)
        if not uprn:
            raise RejectedError("The row has no UPRN.", "Find it in the gazetteer and fill it in.")
        if not uprn.isdecimal() or len(uprn) > 12:
            raise RejectedError(f"“{uprn}” is not a UPRN.", "It has up to 12 figures.")
        if row.get("CHANGE_TYPE", "CHANGE_CODE") == "D":
            return _Removed(uprn)
        kind = row.get("CLASS", "CLASSIFICATION_CODE")
        if row.get("STATE") == DEMOLISHED or (kind and kind[0] not in POSTED_CLASSES):
            raise PassedOver
        if uprn in self.seen:
            self.notice(
                row,
                f"The UPRN is there twice: first on line {self.seen[uprn]}. This row is kept.",
                "Take one of the rows out.",
            )
        line, street = self.words(row)
        if not line:
            raise RejectedError("The row has no address.", "Fill in the address.")
        postcode = self.postcode(row)
        lon, lat = self.point(row)
        ward = self.ward(row, lon, lat)
        self.seen[uprn] = row.line
        return AddressRow(
            uprn=uprn,
            line=line[:300],
            street=street[:150],
            postcode=postcode,
            ward=ward,
            lon=lon,
            lat=lat,
            locality=tidy(self.columns.of(row, "locality"))[:100],
            town=tidy(self.columns.of(row, "town"))[:100],
        )

    def words(self, row: SourceRow) -> tuple[str, str]:
        """Return the address in one line without its postcode, and its street."""
        if not self.mapped and "PAO_START_NUMBER" in row.cells:
            return plus_line(row)
        if not self.mapped and "SINGLE_LINE_ADDRESS" in row.cells:
            return core_line(row)
        line = self.columns.of(row, "line")
        street = tidy(self.columns.of(row, "street"))
        if not line:
            parts = (street, *(tidy(self.columns.of(row, one)) for one in ("locality", "town")))
            line = ", ".join(part for part in parts if part)
        return without_postcode(tidy(line)), street

    def postcode(self, row: SourceRow) -> str:
        """Return the postcode as the table keeps it; an address may have none."""
        typed = self.columns.of(row, "postcode") or row.get("POSTCODE_LOCATOR")
        if not typed:
            return ""
        found = normalise_postcode(typed)
        if found is None:
            raise RejectedError(f"“{typed}” is not a postcode.", "Correct it or leave it out.")
        return found.replace(" ", "")

    def point(self, row: SourceRow) -> tuple[float, float]:
        """Return longitude and latitude, worked out from the grid where only that is given."""
        lon, lat = self.columns.of(row, "lon"), self.columns.of(row, "lat")
        if lon and lat:
            found = number(lon, "longitude"), number(lat, "latitude")
            if abs(found[0]) > 180 or abs(found[1]) > 90:
                raise RejectedError(
                    "The longitude and latitude are not degrees.",
                    "If they are metres of the National Grid, map them to easting and northing.",
                )
            return found
        easting, northing = self.columns.of(row, "easting"), self.columns.of(row, "northing")
        if easting and northing:
            return grid.to_lon_lat(number(easting, "easting"), number(northing, "northing"))
        raise RejectedError("The row has no coordinates.", "Fill them in from the gazetteer.")

    def ward(self, row: SourceRow, lon: float, lat: float) -> str:
        """Return the ward that the point lies in; the file's own where it lies in none."""
        inside = self.wards.at(lon, lat, self.on)
        said = self.columns.of(row, "ward")
        if inside is not None:
            if said and said in self.wards.by_code and said != inside.code:
                self.notice(
                    row,
                    f"The file says the ward {said}, the boundary says {inside.code}, which is kept.",
                    "Look at the map.",
                )
            return inside.code
        if said in self.wards.by_code:
            return said
        raise PassedOver

    def save(self, items: list[AddressRow | _Removed], run: ImportRun) -> None:
        """Keep addresses, and take out those that the gazetteer says are gone."""
        kept = [one for one in items if isinstance(one, AddressRow)]
        gone = [one.uprn for one in items if isinstance(one, _Removed)]
        if gone:
            Address.objects.filter(uprn__in=gone).delete()
        actions.save_addresses(kept, source="gazetteer", run_id=run.pk)

    def finish(self, run: ImportRun, counts: Counter[str]) -> None:
        """Count the words, mark split postcodes, and take out what the file no longer holds."""
        if self.remove_missing:
            if counts["rejected"] * 20 > counts["taken"]:
                raise CannotImport(
                    "More than one row in twenty was rejected, so nothing was removed. "
                    "Mend the file, or import without --remove-missing."
                )
            missing = Address.objects.filter(source="gazetteer").exclude(run=run)
            counts["removed"] = missing.count()
            missing.delete()
        actions.count_words()
        counts["split"] = actions.mark_split_postcodes()


def _plus_columns(cells: list[str]) -> Sequence[str] | None:
    """Return AddressBase Plus's columns when the first row is data of its width."""
    if len(cells) == len(PLUS_COLUMNS) and cells[0].strip().isdecimal():
        return PLUS_COLUMNS
    return None


def plus_line(row: SourceRow) -> tuple[str, str]:
    """Return the line and the street of an AddressBase Plus row.

    The council's own (LPI) address, which every row has: secondary object, primary object, street,
    locality, town (BS 7666).
    """
    street = tidy(row.get("STREET_DESCRIPTION", "THOROUGHFARE", "DEPENDENT_THOROUGHFARE"))
    secondary = [tidy(row.get("SAO_TEXT", "SUB_BUILDING_NAME")), _range(row, "SAO")]
    primary_number = _range(row, "PAO") or row.get("BUILDING_NUMBER")
    parts = [
        tidy(row.get("LA_ORGANISATION", "RM_ORGANISATION_NAME")),
        " ".join(part for part in secondary if part),
        tidy(row.get("PAO_TEXT", "BUILDING_NAME")),
        f"{primary_number} {street}".strip(),
        tidy(row.get("LOCALITY", "DEPENDENT_LOCALITY")),
        tidy(row.get("TOWN_NAME", "POST_TOWN")),
    ]
    return _join(parts), street


def core_line(row: SourceRow) -> tuple[str, str]:
    """Return the line and the street of an AddressBase Core row."""
    street = tidy(row.get("STREET_NAME"))
    parts = [
        tidy(row.get("ORGANISATION")),
        tidy(row.get("SUB_BUILDING")),
        tidy(row.get("BUILDING_NAME")),
        f"{tidy(row.get('BUILDING_NUMBER'))} {street}".strip(),
        tidy(row.get("LOCALITY")),
        tidy(row.get("TOWN_NAME", "POST_TOWN")),
    ]
    line = _join(parts)
    return line or without_postcode(tidy(row.get("SINGLE_LINE_ADDRESS"))), street


def _range(row: SourceRow, kind: str) -> str:
    start = row.get(f"{kind}_START_NUMBER") + row.get(f"{kind}_START_SUFFIX")
    end = row.get(f"{kind}_END_NUMBER") + row.get(f"{kind}_END_SUFFIX")
    return f"{start}-{end}" if start and end else start


def _join(parts: list[str]) -> str:
    return ", ".join(dict.fromkeys(part for part in parts if part))


def without_postcode(line: str) -> str:
    """Return an address line without a postcode at its end."""
    head, comma, tail = line.rpartition(",")
    if comma and normalise_postcode(tail):
        return head.strip()
    found = re.fullmatch(r"(.*\S)[\s,]+(\S{2,4}\s+\S{3})", line)
    if found and normalise_postcode(found.group(2)):
        return found.group(1).rstrip(" ,")
    return line


def tidy(text: str) -> str:
    """Return gazetteers' capitals as people write them: "12A HIGH STREET" as "12A High Street"."""
    text = " ".join(text.split())
    if text != text.upper():
        return text
    return " ".join(
        word if word[:1].isdecimal() else re.sub(r"[A-Z][A-Z']*", _capital, word)
        for word in text.split(" ")
    )


def _capital(found: re.Match[str]) -> str:
    word = found.group().lower()
    head, apostrophe, tail = word.partition("'")
    if apostrophe and len(head) == 1:
        return f"{head.upper()}'{tail.capitalize()}"
    return word[:1].upper() + word[1:]
