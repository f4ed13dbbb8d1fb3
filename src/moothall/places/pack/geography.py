"""`geography/`: wards, postcodes, streets, addresses and councillors, in bulk.

Each file may be left out; what it would hold is then left alone (a council that loads its real
gazetteer with `moothall import_addresses` has no addresses.csv in its pack).
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from moothall.packs.reading import Row, read_csv, shown, write_csv
from moothall.packs.sections import Change, PackError, PackProblem, refuse
from moothall.places import actions
from moothall.places.actions import (
    AddressRow,
    CouncillorRow,
    PostcodeRow,
    StreetRow,
    WardRow,
)
from moothall.places.boundaries import BadBoundary, boundary_of
from moothall.places.models import Address, Councillor, Postcode, Street, Ward
from moothall.places.queries import spaced
from moothall.places.words import normalise_postcode

FOLDER = "geography"
MOST_PROBLEMS = 50
T = TypeVar("T")

COLUMNS: dict[str, tuple[str, ...]] = {
    "postcodes": ("postcode", "ward", "lon", "lat", "split"),
    "streets": ("usrn", "name", "locality", "town", "ward", "lon", "lat", "geometry"),
    "addresses": (
        "uprn", "line", "street", "locality", "town", "postcode", "ward", "lon", "lat",
    ),
    "councillors": ("name", "ward", "party", "email", "phone"),
}  # fmt: skip


@dataclass(frozen=True)
class Geography:
    """The files' rows by their keys; None for a file that the pack leaves out."""

    wards: Mapping[str, WardRow] | None
    postcodes: Mapping[str, PostcodeRow] | None
    streets: Mapping[str, StreetRow] | None
    addresses: Mapping[str, AddressRow] | None
    councillors: Mapping[str, CouncillorRow] | None


@dataclass(frozen=True)
class _Kind(Generic[T]):
    """One file: what is in force, how to keep rows, how to remove them."""

    noun: str
    nouns: str
    now: Callable[[], dict[str, T]]
    save: Callable[[list[T]], None]
    remove: Callable[[list[str]], Any]


class GeographySection:
    """Reads, plans, applies and exports the folder `geography/`."""

    name = "geography"
    order = 20

    def read(self, folder: Path) -> Geography | None:
        """Return the rows, checked, or None without the folder. Raises PackError with the lines."""
        if not (folder / FOLDER).is_dir():
            return None
        reader = _Reader(folder)
        data = Geography(
            wards=reader.wards(),
            postcodes=reader.rows("postcodes", _postcode),
            streets=reader.rows("streets", _street),
            addresses=reader.rows("addresses", _address),
            councillors=reader.rows("councillors", _councillor),
        )
        if reader.problems:
            raise PackError(reader.problems[:MOST_PROBLEMS])
        return data

    def plan(self, data: Geography) -> list[Change]:
        """Return what would change, counted by file, with a few of each by name."""
        changes = []
        for kind, wanted in _parts(data):
            add, change, remove = _difference(kind.now(), wanted)
            for word, keys in (("add", add), ("change", change), ("remove", remove)):
                if keys:
                    noun = kind.noun if len(keys) == 1 else kind.nouns
                    more = (f"and {len(keys) - 3:,} more",) if len(keys) > 3 else ()
                    changes.append(
                        Change(word, f"{len(keys):,} {noun}", (*map(str, keys[:3]), *more))  # type: ignore[arg-type]  # one of the three words above
                    )
        return changes

    def apply(self, data: Geography) -> None:
        """Make it so. Rows that imports brought in are kept unless the pack names them too."""
        touched = False
        for kind, wanted in _parts(data):
            add, change, remove = _difference(kind.now(), wanted)
            if add or change:
                kind.save([wanted[key] for key in (*add, *change)])
            if remove:
                kind.remove(remove)
            touched = touched or (kind.noun == "address" and bool(add or change or remove))
        if touched:
            actions.count_words()

    def export(self, folder: Path) -> None:
        """Write the files from what is in force."""
        place = folder / FOLDER
        wards = list(Ward.objects.order_by("code"))
        if wards:
            place.mkdir(parents=True, exist_ok=True)
            _write_wards(place / "wards.geojson", wards)
        for name, rows in (
            ("postcodes", _postcodes_out()),
            ("streets", _streets_out()),
            ("addresses", _addresses_out()),
            ("councillors", _councillors_out()),
        ):
            kept = list(rows)
            if kept:
                write_csv(folder, f"{FOLDER}/{name}.csv", COLUMNS[name], iter(kept))


class _BadRow(ValueError):
    """A row that can't be taken: what is wrong, and how to mend it."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class _Reader:
    """Reads the files and gathers every mistake with its line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[PackProblem] = []
        self.codes: set[str] | None = None

    def wards(self) -> dict[str, WardRow] | None:
        """Return the wards of wards.geojson."""
        path = self.folder / FOLDER / "wards.geojson"
        if not path.is_file():
            return None
        file = shown(self.folder, path)
        try:
            features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        except json.JSONDecodeError as error:
            raise refuse(
                file, error.lineno, f"This is not GeoJSON: {error.msg}.", "Export it again."
            ) from None
        except (KeyError, TypeError, UnicodeDecodeError):
            raise refuse(
                file, 1, "This is not a GeoJSON FeatureCollection.", "Export the wards as GeoJSON."
            ) from None
        found: dict[str, WardRow] = {}
        for number, feature in enumerate(features, 1):
            try:
                row = _ward(feature)
                if row.code in found:
                    raise _BadRow(f"The ward {row.code} is there twice.", "Keep one.")
                found[row.code] = row
            except _BadRow as bad:
                self.problems.append(
                    PackProblem(file, number + 1, f"Feature {number}: {bad}", bad.mend)
                )
        self.codes = set(found)
        return found

    def rows(
        self, name: str, make: Callable[[Row, set[str] | None], tuple[str, T]]
    ) -> dict[str, T] | None:
        """Return the rows of a CSV file by key."""
        file = f"{FOLDER}/{name}.csv"
        rows = read_csv(self.folder, file, COLUMNS[name])
        if rows is None:
            return None
        found: dict[str, T] = {}
        try:
            for row in rows:
                try:
                    key, made = make(row, self.codes)
                    if key in found:
                        raise _BadRow(f"{key} is there twice.", "Keep one of the rows.")
                    found[key] = made
                except _BadRow as bad:
                    self.problems.append(
                        PackProblem(
                            shown(self.folder, self.folder / file), row.line, str(bad), bad.mend
                        )
                    )
        except (UnicodeDecodeError, csv.Error):
            self.problems.append(
                PackProblem(
                    shown(self.folder, self.folder / file),
                    1,
                    "This can't be read.",
                    "Save it as UTF-8.",
                )
            )
        return found


def _ward(feature: Any) -> WardRow:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict) or not properties.get("code"):
        raise _BadRow("it has no code.", "Give it the properties code and name.")
    code = str(properties["code"])
    if not properties.get("name"):
        raise _BadRow(f"the ward {code} has no name.", "Give it the property name.")
    if len(code) > 9:
        raise _BadRow(f"the code {code} is longer than 9 signs.", "Correct the code.")
    try:
        text, found = boundary_of(feature.get("geometry"))
    except BadBoundary as bad:
        raise _BadRow(f"the ward {code}: {bad}", "") from None
    return WardRow(
        code=code,
        name=str(properties["name"]),
        boundary=text,
        box=found.bounds,
        valid_from=_day(properties.get("valid_from")),
        valid_to=_day(properties.get("valid_to")),
    )


def _day(value: object) -> dt.date | None:
    if value in (None, ""):
        return None
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise _BadRow(f"{value} is not a date.", "Write it as 2023-05-04.") from None


def _point(row: Row) -> tuple[float, float]:
    try:
        lon, lat = float(row["lon"]), float(row["lat"])
    except ValueError:
        raise _BadRow(
            "The longitude or latitude is not a number.", "Write it as -1.0895."
        ) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _BadRow("The position is not on Earth.", "Give longitude and latitude in degrees.")
    return lon, lat


def _ward_code(row: Row, codes: set[str] | None) -> str | None:
    code = row["ward"]
    if code and codes is not None and code not in codes:
        raise _BadRow(f"The ward {code} is not in wards.geojson.", "Correct the code.")
    return code or None


def _code_of_postcode(row: Row) -> str:
    found = normalise_postcode(row["postcode"])
    if found is None:
        raise _BadRow(f"“{row['postcode']}” is not a postcode.", "Write it as XW1 1AA.")
    return found.replace(" ", "")


def _postcode(row: Row, codes: set[str] | None) -> tuple[str, PostcodeRow]:
    postcode = _code_of_postcode(row)
    if row["split"] not in {"yes", "no", ""}:
        raise _BadRow("The column split holds neither yes nor no.", "Write yes or no.")
    lon, lat = _point(row)
    return postcode, PostcodeRow(postcode, _ward_code(row, codes), lon, lat, row["split"] == "yes")


def _street(row: Row, codes: set[str] | None) -> tuple[str, StreetRow]:
    if not row["usrn"].isdecimal() or len(row["usrn"]) > 8:
        raise _BadRow(f"“{row['usrn']}” is not a USRN.", "It has up to 8 figures.")
    lon, lat = _point(row)
    return row["usrn"], StreetRow(
        row["usrn"], row["name"], row["locality"], row["town"], _ward_code(row, codes), lon, lat,
        row["geometry"],
    )  # fmt: skip


def _address(row: Row, codes: set[str] | None) -> tuple[str, AddressRow]:
    uprn = row["uprn"].lstrip("0")
    if not uprn.isdecimal() or len(uprn) > 12:
        raise _BadRow(f"“{row['uprn']}” is not a UPRN.", "It has up to 12 figures.")
    if not row["line"]:
        raise _BadRow("The address has no line.", "Write the address in one line.")
    lon, lat = _point(row)
    return uprn, AddressRow(
        uprn, row["line"], row["street"], _code_of_postcode(row), _ward_code(row, codes), lon, lat,
        row["locality"], row["town"],
    )  # fmt: skip


def _councillor(row: Row, codes: set[str] | None) -> tuple[str, CouncillorRow]:
    ward = _ward_code(row, codes)
    if not row["name"] or not ward:
        raise _BadRow("A councillor needs a name and a ward.", "Fill in both.")
    made = CouncillorRow(row["name"], ward, row["party"], row["email"], row["phone"])
    return f"{ward} {row['name']}", made


def _parts(data: Geography) -> Iterator[tuple[_Kind[Any], Mapping[str, Any]]]:
    """Yield each file that the pack holds, in the order in which it must be applied."""
    if data.wards is not None:
        yield (
            _Kind("ward", "wards", _wards_now, lambda r: actions.save_wards(r, source="pack"),
                  actions.remove_wards),
            data.wards,
        )  # fmt: skip
    if data.postcodes is not None:
        yield (
            _Kind("postcode", "postcodes", _postcodes_now,
                  lambda r: actions.save_postcodes(r, source="pack"),
                  lambda k: _delete(Postcode, "postcode", k)),
            data.postcodes,
        )  # fmt: skip
    if data.streets is not None:
        yield (
            _Kind("street", "streets", _streets_now, actions.save_streets,
                  lambda k: _delete(Street, "usrn", k)),
            data.streets,
        )  # fmt: skip
    if data.addresses is not None:
        yield (
            _Kind("address", "addresses", _addresses_now,
                  lambda r: actions.save_addresses(r, source="pack"),
                  lambda k: _delete(Address, "uprn", k)),
            data.addresses,
        )  # fmt: skip
    if data.councillors is not None:
        yield (
            _Kind("councillor", "councillors", _councillors_now, actions.save_councillors,
                  _remove_councillors),
            data.councillors,
        )  # fmt: skip


def _difference(
    now: Mapping[str, Any], wanted: Mapping[str, Any]
) -> tuple[list[str], list[str], list[str]]:
    add = [key for key in wanted if key not in now]
    change = [key for key, row in wanted.items() if key in now and now[key] != row]
    remove = [key for key in now if key not in wanted]
    return add, change, remove


def _delete(model: Any, field: str, keys: list[str]) -> None:
    for start in range(0, len(keys), actions.BATCH):
        model.objects.filter(**{f"{field}__in": keys[start : start + actions.BATCH]}).delete()


def _remove_councillors(keys: list[str]) -> None:
    for key in keys:
        ward, _, name = key.partition(" ")
        Councillor.objects.filter(ward_id=ward, name=name).delete()


def _fields(row_class: type[Any]) -> list[str]:
    return [one.name for one in dataclasses.fields(row_class)]


def _wards_now() -> dict[str, WardRow]:
    return {
        one.code: WardRow(
            one.code, one.name, one.boundary, (one.west, one.south, one.east, one.north),
            one.valid_from, one.valid_to,
        )
        for one in Ward.objects.filter(source="pack")
    }  # fmt: skip


def _postcodes_now() -> dict[str, PostcodeRow]:
    rows = Postcode.objects.filter(source="pack").values_list(*_fields(PostcodeRow))
    return {row[0]: PostcodeRow(*row) for row in rows.iterator()}


def _streets_now() -> dict[str, StreetRow]:
    rows = Street.objects.values_list(*_fields(StreetRow))
    return {row[0]: StreetRow(*row) for row in rows.iterator()}


def _addresses_now() -> dict[str, AddressRow]:
    rows = Address.objects.filter(source="pack").order_by().values_list(*_fields(AddressRow))
    return {row[0]: AddressRow(*row) for row in rows.iterator()}


def _councillors_now() -> dict[str, CouncillorRow]:
    rows = Councillor.objects.filter(run__isnull=True).values_list(*_fields(CouncillorRow))
    return {f"{row[1]} {row[0]}": CouncillorRow(*row) for row in rows}


def _write_wards(path: Path, wards: Iterable[Ward]) -> None:
    """One feature a line, so that a difference between two packs can be read."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","features":[')
        for number, ward in enumerate(wards):
            properties = {
                "code": ward.code,
                "name": ward.name,
                "valid_from": ward.valid_from.isoformat() if ward.valid_from else None,
                "valid_to": ward.valid_to.isoformat() if ward.valid_to else None,
            }
            head = json.dumps(properties, separators=(",", ":"), ensure_ascii=False)
            out.write(
                f'{"," if number else ""}\n{{"type":"Feature","properties":{head},'
                f'"geometry":{ward.boundary}}}'
            )
        out.write("\n]}\n")


def _postcodes_out() -> Iterator[tuple[Any, ...]]:
    for one in Postcode.objects.filter(lon__isnull=False, ended__isnull=True):
        yield (
            spaced(one.postcode), one.ward_id or "", one.lon, one.lat,
            "yes" if one.is_split else "no",
        )  # fmt: skip


def _streets_out() -> Iterator[tuple[Any, ...]]:
    for row in Street.objects.order_by("usrn").values_list(*COLUMNS["streets"]):
        yield tuple("" if cell is None else cell for cell in row)


def _addresses_out() -> Iterator[tuple[Any, ...]]:
    for row in Address.objects.order_by("uprn").values_list(*COLUMNS["addresses"]):
        cells = ["" if cell is None else cell for cell in row]
        cells[5] = spaced(cells[5])
        yield tuple(cells)


def _councillors_out() -> Iterator[tuple[Any, ...]]:
    yield from Councillor.objects.order_by("ward", "name").values_list(*COLUMNS["councillors"])
