"""A council brings its own geography in."""

from __future__ import annotations

import csv
import datetime as dt
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from moothall.places import queries
from moothall.places.imports import engine
from moothall.places.imports.addresses import (
    PLUS_COLUMNS,
    AddressImporter,
    tidy,
    without_postcode,
)
from moothall.places.imports.postcodes import CodePointImporter
from moothall.places.models import Address, Councillor, ImportRun, Postcode, Ward
from tests.places.conftest import TODAY, square

pytestmark = pytest.mark.django_db

PLAIN = ("uprn", "line", "postcode", "lon", "lat")
CODE_POINT = (
    "postcode", "positional_quality", "easting", "northing", "country_code", "admin_county_code",
    "admin_district_code", "admin_ward_code", "lon", "lat",
)  # fmt: skip


def bring(what: str, file: Path, report: Path | None = None, **options: Any) -> str:
    """Run an import command as an administrator does."""
    out = StringIO()
    call_command(
        f"import_{what}", file, stdout=out, stderr=StringIO(),
        report=report or file.with_suffix(".rejected.csv"), **options,
    )  # fmt: skip
    return out.getvalue()


def reported(file: Path) -> list[dict[str, str]]:
    with file.with_suffix(".rejected.csv").open() as opened:
        return list(csv.DictReader(opened))


# Wards


def test_new_wards_replace_old_ones_from_a_day(
    no_places: None, geojson: Callable[..., Path]
) -> None:
    old = geojson(
        ({"WD21CD": "X05900001", "WD21NM": "West"}, square(0.0, 52.0)),
        ({"WD21CD": "X05900002", "WD21NM": "East"}, square(0.1, 52.0)),
        name="old.geojson",
    )
    new = geojson(({"area_code": "X05900003", "area_name": "All"}, square(0, 52, 0.2)))
    assert "2 wards" in bring("wards", old)
    said = bring("wards", new, valid_from=dt.date(2026, 5, 7), replaces=True)
    assert "1 wards, 2 ended" in said
    assert Ward.objects.get(code="X05900001").valid_to == dt.date(2026, 5, 6)
    before = queries.ward_of_point(0.15, 52.05, dt.date(2026, 5, 6))
    after = queries.ward_of_point(0.15, 52.05, dt.date(2026, 5, 7))
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("East", "All")


def test_features_that_are_no_wards_are_reported(
    no_places: None, geojson: Callable[..., Path]
) -> None:
    good = ({"code": "X1", "name": "Good"}, square(0, 52))
    file = geojson(
        good, good, ({"code": "", "name": "No code"}, square(0, 52)),
        ({"code": "X2", "name": "A line"}, {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}),
        ({"code": "X3", "name": "Bad day", "valid_from": "soon"}, square(0, 52)),
    )  # fmt: skip
    assert "1 wards, 4 rejected" in bring("wards", file)
    assert [row["line"] for row in reported(file)] == ["2", "3", "4", "5"]
    assert "as feature 1" in reported(file)[0]["reason"]
    assert all(row["mend"] for row in reported(file))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"features": [\n{"a": 1,}]}', ":2:9?.*not JSON"),
        ("#%RAML 0.8", "waste.txt:1:1: this is not JSON"),
        ('{"features": 3}', "not a GeoJSON FeatureCollection"),
        ('{"features": [{"type": "Feature", "properties": {"x": 1}}]}', "--map COLUMN=code"),
    ],
)
def test_a_file_that_is_no_geojson_is_refused(
    no_places: None, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "waste.txt"
    file.write_text(text)
    with pytest.raises(CommandError, match=words):
        bring("wards", file)
    assert not Ward.objects.exists()


def test_options_that_contradict_are_refused(no_places: None, geojson: Callable[..., Path]) -> None:
    file = geojson()
    with pytest.raises(CommandError, match="needs --valid-from"):
        bring("wards", file, replaces=True)
    with pytest.raises(CommandError, match="is before"):
        bring("wards", file, valid_from=dt.date(2026, 5, 7), valid_to=dt.date(2026, 5, 6))
    with pytest.raises(CommandError, match="field nothing, which is not known"):
        bring("wards", file, map=["a=nothing"])
    with pytest.raises(CommandError, match="Write --map"):
        bring("wards", file, map=["nothing"])


# Postcodes


def test_code_point_with_a_header(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(
        CODE_POINT,
        ["XW1 1AA", 10, 1, 1, "", "", "X07000001", "X05900001", 0.05, 52.05],
        ["XW1 1AB", 10, 1, 1, "", "", "X07000001", "X05900001", 0.15, 52.05],
        ["XW1 1AC", 90, 0, 0, "", "", "X07000001", "X05900001", "", ""],
        ["XW1 1AD", 10, 1, 1, "", "", "X07000001", "X05800009", 0.15, 52.05],
        ["XW1 1AE", 10, 1, 1, "", "", "X07000002", "X05800001", 3.0, 52.05],
        ["XW1 1AA", 10, 1, 1, "", "", "X07000001", "X05900001", 0.05, 52.05],
        ["nothing", 10, 1, 1, "", "", "X07000001", "X05900001", 0.05, 52.05],
        ["XW1 1AF", 10, 1, 1, "", "", "X07000001", "X05900001", "east", 52.05],
    )
    said = bring("postcodes", file, on=TODAY)
    assert "3 postcodes, 1 passed over, 4 rejected, 2 noticed" in said
    kept = dict(Postcode.objects.values_list("postcode", "ward"))
    assert kept == {"XW11AA": "X05900001", "XW11AB": "X05900001", "XW11AD": "X05900002"}
    found = {row["postcode"]: row for row in reported(file) if row["postcode"] != "XW1 1AA"}
    assert "the boundary says East" in found["XW1 1AB"]["reason"]
    assert found["XW1 1AB"]["taken"] == "yes"
    assert "quality 90" in found["XW1 1AC"]["reason"]
    assert "not in force here" in found["XW1 1AD"]["reason"]
    assert "not a postcode" in found["nothing"]["reason"]


def test_code_point_as_ordnance_survey_ships_it(
    no_places: None, geojson: Callable[..., Path], tmp_path: Path
) -> None:
    """No header, ten columns, postcodes of seven signs, metres of the National Grid."""
    ward = geojson(({"code": "X05900001", "name": "Norfolk corner"}, square(1.6, 52.6, 0.2)))
    bring("wards", ward)
    folder = tmp_path / "Data"
    folder.mkdir()
    (folder / "xw.csv").write_text(
        '"XW1 1AA",10,651410,313177,"E92000001","E19000001","E18000001","","X07000001","X05900001"\n'
        '"XW1A1AA",90,0,0,"E92000001","","","","X07000001","X05900001"\n'
    )
    (folder / "xx.csv").write_text(
        '"XX1 1AA",10,100000,100000,"E92000001","","","","X07000009","X05800001"\n'
    )
    said = bring("postcodes", folder, report=tmp_path / "report.csv", on=TODAY)
    assert "1 postcodes, 1 passed over, 1 rejected" in said
    one = Postcode.objects.get()
    assert one.lon == pytest.approx(1.71605, abs=0.0001)
    assert one.lat == pytest.approx(52.65798, abs=0.0001)


def test_one_district_of_a_whole_country(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(
        CODE_POINT,
        ["XW1 1AA", 10, 1, 1, "", "", "X07000001", "X05900001", 0.05, 52.05],
        ["XW1 1AB", 10, 1, 1, "", "", "X0700001", "X05900001", 0.05, 52.05],
        ["XW1 1AC", 10, 1, 1, "", "", "X07000001", "X05800001", 3.0, 52.05],
    )
    said = bring("postcodes", file, on=TODAY, district="X07000001")
    assert "1 postcodes, 1 passed over, 1 rejected" in said
    assert "Import the wards" in reported(file)[0]["mend"]


def test_the_directory_adds_ended_postcodes_and_tells_differences(
    two_wards: None, table: Callable[..., Path]
) -> None:
    bring(
        "postcodes",
        table(CODE_POINT, ["XW1 1AA", 10, 1, 1, "", "", "", "X05900001", 0.0999, 52.05]),
        on=TODAY,
    )
    file = table(
        ("pcds", "doterm", "osward", "lat", "long", "oslaua"),
        ["XW1 1AA", "", "X05900002", 52.05, 0.1001, "X07000001"],
        ["XW1 1AB", "202502", "X05900002", 52.05, 0.15, "X07000001"],
        ["XW1 1AC", "", "X05900002", 99.999999, 0.0, "X07000001"],
        ["XW1 1AD", "later", "X05900002", 52.05, 0.15, "X07000001"],
        name="onspd.csv",
    )
    said = bring("onspd", file, on=TODAY)
    assert "3 postcodes, 1 rejected, 1 noticed" in said
    assert Postcode.objects.get(postcode="XW11AA").ward_id == "X05900001", "the first is kept"
    assert Postcode.objects.get(postcode="XW11AB").ended == dt.date(2025, 2, 1)
    assert Postcode.objects.get(postcode="XW11AC").lon is None
    assert "the table says West" in reported(file)[0]["reason"]


def test_postcodes_need_wards(no_places: None, table: Callable[..., Path]) -> None:
    for what in ("postcodes", "onspd", "addresses", "councillors"):
        with pytest.raises(CommandError, match="import_wards"):
            bring(what, table(("postcode",)))


def test_a_split_mark_outlives_the_next_release(
    two_wards: None, table: Callable[..., Path]
) -> None:
    file = table(CODE_POINT, ["XW1 1AA", 10, 1, 1, "", "", "", "X05900001", 0.0999, 52.05])
    bring("postcodes", file, on=TODAY)
    homes = table(
        PLAIN, [1, "1 Edge Row", "XW1 1AA", 0.0998, 52.05], [2, "2 Edge Row", "XW1 1AA", 0.1002, 52.05],
        name="homes.csv",
    )  # fmt: skip
    bring("addresses", homes, on=TODAY)
    assert Postcode.objects.get().is_split
    bring("postcodes", file, on=TODAY)
    assert Postcode.objects.get().is_split


# Addresses


def core(**cells: str) -> dict[str, str]:
    """A row of AddressBase Core."""
    base = {
        "UPRN": "990700000001", "PARENT_UPRN": "", "UDPRN": "", "USRN": "99700001", "TOID": "",
        "CLASSIFICATION_CODE": "RD04", "EASTING": "1", "NORTHING": "1", "LATITUDE": "52.05",
        "LONGITUDE": "0.05", "RPC": "1", "LAST_UPDATE_DATE": "2026-01-01",
        "SINGLE_LINE_ADDRESS": "12A, HIGH STREET, MILLBECK, WEALDMERE, XW1 1AA", "PO_BOX": "",
        "ORGANISATION": "", "SUB_BUILDING": "", "BUILDING_NAME": "", "BUILDING_NUMBER": "12A",
        "STREET_NAME": "HIGH STREET", "LOCALITY": "MILLBECK", "TOWN_NAME": "WEALDMERE",
        "POST_TOWN": "WEALDMERE", "ISLAND": "", "POSTCODE": "XW1 1AA",
        "DELIVERY_POINT_SUFFIX": "", "GSS_CODE": "X07000001", "CHANGE_CODE": "I",
    }  # fmt: skip
    return {**base, **cells}


def test_addressbase_core(two_wards: None, table: Callable[..., Path]) -> None:
    rows = [
        core(),
        core(UPRN="990700000002", BUILDING_NUMBER="", BUILDING_NAME="ST ANNE'S COURT",
             SUB_BUILDING="FLAT 3", LONGITUDE="0.15"),
        core(UPRN="990700000003", CLASSIFICATION_CODE="LB99"),
        core(UPRN="990700000004", LONGITUDE="3.0"),
        core(UPRN="990700000005", LONGITUDE="", LATITUDE="", EASTING="", NORTHING=""),
        core(UPRN="", SINGLE_LINE_ADDRESS="NOWHERE"),
    ]  # fmt: skip
    file = table(list(rows[0]), *(list(row.values()) for row in rows))
    said = bring("addresses", file, on=TODAY)
    assert "2 addresses, 2 passed over, 2 rejected" in said
    first, second = Address.objects.order_by("uprn")
    assert first.line == "12A High Street, Millbeck, Wealdmere"
    assert second.line == "Flat 3, St Anne's Court, High Street, Millbeck, Wealdmere"
    assert (first.ward_id, second.ward_id) == ("X05900001", "X05900002")
    assert queries.addresses_at("xw11aa")[0]["postcode"] == "XW1 1AA"
    assert Postcode.objects.count() == 0

    gone = table(list(rows[0]), list(core(CHANGE_CODE="D").values()), name="changes.csv")
    bring("addresses", gone, on=TODAY)
    assert [one.uprn for one in Address.objects.all()] == ["990700000002"]


def plus(**cells: str) -> list[str]:
    """A row of AddressBase Plus, which comes without a header."""
    base = {
        "UPRN": "990700000001", "CHANGE_TYPE": "I", "STATE": "2", "CLASS": "RD04",
        "X_COORDINATE": "1", "Y_COORDINATE": "1", "LATITUDE": "52.05", "LONGITUDE": "0.05",
        "PAO_START_NUMBER": "12", "PAO_START_SUFFIX": "A", "STREET_DESCRIPTION": "HIGH STREET",
        "LOCALITY": "MILLBECK", "TOWN_NAME": "WEALDMERE", "POSTCODE_LOCATOR": "XW1 1AA",
        "WARD_CODE": "X05900001",
    }  # fmt: skip
    return [{**base, **cells}.get(column, "") for column in PLUS_COLUMNS]


def test_addressbase_plus(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(
        plus(),
        plus(UPRN="990700000002", SAO_TEXT="FLAT 3", PAO_TEXT="MERE HOUSE",
             PAO_START_NUMBER="14", PAO_START_SUFFIX="", PAO_END_NUMBER="18", LONGITUDE="0.15"),
        plus(UPRN="990700000003", STATE="4"),
        plus(UPRN="990700000004", CLASS="PP"),
        plus(UPRN="990700000005", LA_ORGANISATION="BROOK & SONS", CLASS="CR08"),
    )  # fmt: skip
    said = bring("addresses", file, on=TODAY)
    assert "3 addresses, 2 passed over, 1 noticed" in said
    lines = list(Address.objects.order_by("uprn").values_list("line", flat=True))
    assert lines == [
        "12A High Street, Millbeck, Wealdmere",
        "Flat 3, Mere House, 14-18 High Street, Millbeck, Wealdmere",
        "Brook & Sons, 12A High Street, Millbeck, Wealdmere",
    ]
    assert "the boundary says X05900002" in reported(file)[0]["reason"]


def test_a_plain_file_with_its_columns_named(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(
        ("Ref", "Where", "PC", "X", "Y"),
        ["000990700000001", "1 The Green, XW1 1AA", "xw11aa", "0.05", "52.05"],
        ["NA", "2 The Green", "XW1 1AA", "0.05", "52.05"],
        ["990700000003", "NA", "XW1 1AA", "0.05", "52.05"],
        ["990700000004", "4 The Green", "M31", "0.05", "52.05"],
        ["990700000005", "5 The Green", "", "", "NA"],
        ["990700000006", "6 The Green", "", "376000", "394000"],
        ["990700000001", "1a The Green", "XW1 1AA", "0.05", "52.05"],
        ["x", "7 The Green", "", "0.05", "52.05"],
    )
    names = ["Ref=uprn", "Where=line", "PC=postcode", "X=lon", "Y=lat"]
    said = bring("addresses", file, on=TODAY, map=names)
    assert "2 addresses, 6 rejected, 1 noticed" in said
    assert queries.address("990700000001")["line"] == "1a The Green"  # type: ignore[index]
    assert [(row["line"], row["taken"]) for row in reported(file)] == [
        ("3", "no"), ("4", "no"), ("5", "no"), ("6", "no"), ("7", "no"), ("8", "yes"), ("9", "no"),
    ]  # fmt: skip
    assert reported(file)[3]["Where"] == "5 The Green", "the row as it was, to be mended"
    with pytest.raises(CommandError, match="column Gone, which the file has not"):
        bring("addresses", file, on=TODAY, map=["Gone=uprn"])


def test_a_mended_report_can_be_imported(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(PLAIN, ["", "1 The Green", "XW1 1AA", "0.05", "52.05"])
    bring("addresses", file, on=TODAY)
    report = file.with_suffix(".rejected.csv")
    rows = reported(file)
    rows[0]["uprn"] = "990700000001"
    with report.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    # "line" names both the report's line and the address: the report says which row it was.
    assert "1 addresses" in bring("addresses", report, report=file, on=TODAY)


def test_the_whole_gazetteer_takes_out_what_is_gone(
    two_wards: None, table: Callable[..., Path]
) -> None:
    homes = [[n, f"{n} The Green", "XW1 1AA", 0.05, 52.05] for n in range(1, 31)]
    bring("addresses", table(PLAIN, *homes), on=TODAY)
    said = bring("addresses", table(PLAIN, *homes[:-1]), on=TODAY, remove_missing=True)
    assert "1 removed" in said
    assert Address.objects.count() == 29
    spoilt = [[*home[:4], "NA"] for home in homes[:10]]
    with pytest.raises(CommandError, match="nothing was removed"):
        bring("addresses", table(PLAIN, *homes[10:], *spoilt), on=TODAY, remove_missing=True)
    assert Address.objects.count() == 30


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12A HIGH STREET", "12A High Street"),
        ("ST JOHN'S COURT", "St John's Court"),
        ("O'BRIEN ROAD", "O'Brien Road"),
        ("HENLEY-IN-ARDEN", "Henley-In-Arden"),
        ("Tŷ Gwyn", "Tŷ Gwyn"),
        ("  TWO   SPACES ", "Two Spaces"),
    ],
)
def test_capitals_are_written_as_people_do(written: str, read: str) -> None:
    assert tidy(written) == read


@pytest.mark.parametrize(
    "line", ["1 The Green, XW1 1AA", "1 The Green XW1 1AA", "1 The Green, XW11AA", "1 The Green"]
)
def test_a_postcode_in_the_line_is_not_kept_twice(line: str) -> None:
    assert without_postcode(line) == "1 The Green"


# Councillors


def test_councillors_by_ward_name(two_wards: None, table: Callable[..., Path]) -> None:
    header = ("Name", "Party", "Ward", "Telephone", "Email")
    file = table(
        header,
        ["Councillor Una Holt", "Residents", "West", "01632 960999", "una.holt@example.org"],
        ["Councillor Abe Reed", "Residents", "EAST.", "", ""],
        ["Councillor Abe Reed", "Residents", "X05900002", "", ""],
        ["Councillor Ida Wren", "Residents", "Easst", "", ""],
        ["", "Residents", "West", "", ""],
    )
    assert "2 councillors, 3 rejected" in bring("councillors", file, on=TODAY)
    assert [one.name for one in queries.councillors_of("X05900001")] == ["Councillor Una Holt"]
    assert "Did you mean east?" in reported(file)[1]["mend"]
    after = table(header, ["Councillor Lil Penn", "Weald", "West", "", ""])
    bring("councillors", after, on=TODAY)
    assert [one.name for one in Councillor.objects.all()] == ["Councillor Lil Penn"]


# Progress, resume, report


def test_progress_tells_rows_and_rate(two_wards: None, table: Callable[..., Path]) -> None:
    seen = []
    rows = [[n, f"{n} The Green", "XW1 1AA", 0.05, 52.05] for n in range(1, 26)]
    importer = AddressImporter(table(PLAIN, *rows), on=TODAY)
    engine.run(
        importer, now=timezone.now(), tell=lambda p: seen.append((p.rows, p.total)), batch=10
    )
    assert seen == [(10, 26), (20, 26), (25, 26)]
    out, err = StringIO(), StringIO()
    call_command("import_addresses", importer.path, on=TODAY, stdout=out, stderr=err)
    assert "a second" in err.getvalue()
    assert "25 rows" in out.getvalue()


class Killed(BaseException):
    """Stands for a kill between two batches."""


def test_a_killed_import_goes_on_where_it_stopped(
    two_wards: None, table: Callable[..., Path]
) -> None:
    rows: list[list[Any]] = [[n, f"{n} The Green", "XW1 1AA", 0.05, 52.05] for n in range(1, 41)]
    rows[4][0] = "NA"
    rows[30][0] = "NA"
    rows[35][0] = rows[3][0]  # a repeat of a row before the kill
    file = table(PLAIN, *rows)

    def kill(progress: engine.Progress) -> None:
        if progress.rows == 20:
            raise Killed

    with pytest.raises(Killed):
        engine.run(AddressImporter(file, on=TODAY), now=timezone.now(), tell=kill, batch=10)
    assert Address.objects.count() == 19
    stopped = ImportRun.objects.get(state="running", kind="addresses")
    assert (stopped.position, stopped.counts) == (20, {"taken": 19, "rejected": 1})

    result = engine.run(AddressImporter(file, on=TODAY), now=timezone.now(), resume=True, batch=10)
    assert result.resumed_at == 20
    assert result.run.pk == stopped.pk
    assert Address.objects.count() == 37
    assert dict(result.counts) == {"taken": 38, "rejected": 2, "noticed": 1, "split": 0}
    assert [one.line for one in result.run.rejected.all()] == [6, 32, 37]
    assert "first on line 5" in result.run.rejected.last().reason


def test_without_resume_all_is_read_again_and_said(
    two_wards: None, table: Callable[..., Path]
) -> None:
    rows = [[n, f"{n} The Green", "XW1 1AA", 0.05, 52.05] for n in range(1, 21)]
    file = table(PLAIN, *rows)

    def kill(progress: engine.Progress) -> None:
        raise Killed

    with pytest.raises(Killed):
        engine.run(AddressImporter(file, on=TODAY), now=timezone.now(), tell=kill, batch=10)
    assert "stopped at row 10" in bring("addresses", file, on=TODAY)
    assert Address.objects.count() == 20
    assert not ImportRun.objects.filter(state="running").exists()
    # Another file, or other bytes, is another reading.
    other = table(PLAIN, *rows[:5])
    assert (
        engine.run(AddressImporter(other, on=TODAY), now=timezone.now(), resume=True).resumed_at
        == 0
    )


def test_reading_a_file_twice_changes_nothing(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(CODE_POINT, ["XW1 1AA", 10, 1, 1, "", "", "", "X05900001", 0.05, 52.05])
    for _ in range(2):
        engine.run(CodePointImporter(file, on=TODAY), now=timezone.now())
    assert Postcode.objects.count() == 1


def test_a_good_file_leaves_no_report(two_wards: None, table: Callable[..., Path]) -> None:
    file = table(PLAIN, ["", "1 The Green", "", 0.05, 52.05])
    bring("addresses", file, on=TODAY)
    assert file.with_suffix(".rejected.csv").exists()
    table(PLAIN, [1, "1 The Green", "", 0.05, 52.05])
    bring("addresses", file, on=TODAY)
    assert not file.with_suffix(".rejected.csv").exists()


def test_an_unreadable_file_is_explained(two_wards: None, tmp_path: Path) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_bytes("uprn,line\n1,Caf\xe9\n".encode("latin-1"))
    with pytest.raises(CommandError, match="not in UTF-8"):
        bring("addresses", latin)
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(CommandError, match="is empty"):
        bring("addresses", empty)
    with pytest.raises(CommandError, match="There is no file"):
        bring("addresses", tmp_path / "none.csv")


KILLED_FOR_REAL = """
import datetime as dt, os, signal, sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from moothall.places import actions, boundaries
from moothall.places.imports import engine
from moothall.places.imports.addresses import AddressImporter
from moothall.places.models import Address

file, then = Path(sys.argv[1]), sys.argv[2]
if then == "kill":
    call_command("migrate", "places", verbosity=0)
    ring = [[0, 52], [0.2, 52], [0.2, 52.2], [0, 52.2], [0, 52]]
    text, shape = boundaries.boundary_of({"type": "Polygon", "coordinates": [ring]})
    actions.save_wards([actions.WardRow("X1", "X", text, shape.bounds)], source="test")

def tell(progress):
    if then == "kill" and progress.rows == 60:
        os.kill(os.getpid(), signal.SIGKILL)

now = dt.datetime(2026, 3, 11, tzinfo=dt.timezone.utc)
importer = AddressImporter(file, on=now.date())
result = engine.run(importer, now=now, resume=True, tell=tell, batch=20)
print(result.resumed_at, Address.objects.count(), result.run.rejected.count())
"""


def test_sigkill_loses_no_batch_and_doubles_none(
    tmp_path: Path, table: Callable[..., Path]
) -> None:
    rows: list[list[Any]] = [[n, f"{n} The Green", "XW1 1AA", 0.05, 52.05] for n in range(1, 101)]
    rows[9][0] = rows[89][0] = "NA"
    file = table(PLAIN, *rows)
    script = tmp_path / "killed.py"
    script.write_text(KILLED_FOR_REAL)
    import os

    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "moothall.config.settings",
        "MOOTHALL_HOME": str(tmp_path / "home"),
        "MOOTHALL_DATABASE_URL": "",
    }
    first = subprocess.run(
        [sys.executable, script, file, "kill"], env=environment, capture_output=True, text=True
    )
    assert first.returncode == -signal.SIGKILL, first.stderr
    second = subprocess.run(
        [sys.executable, script, file, "go on"], env=environment, capture_output=True, text=True
    )
    assert second.stdout.split() == ["60", "98", "2"], second.stderr
