"""The real geography of a council: every postcode in its ward, and the traps of the data.

Needs MOOTHALL_TRIAL_DATA (README.md, trafford/, localwaste/). Nothing of it is copied here; every
figure has a twin on the invented borough in the other files of this folder.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter, defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from shapely import union_all
from shapely.geometry import mapping, shape

from moothall.places import boundaries, grid, queries, trial
from moothall.places.imports.tables import table
from moothall.places.models import Address, Councillor, ImportRun, Postcode, RejectedRow, Ward

DATA = Path(settings.TRIAL_DATA)
TRAFFORD, LOCAL_WASTE = DATA / "trafford", DATA / "localwaste"
CODE_POINT = TRAFFORD / "codepoint_open_2025-05.csv"
DIRECTORY = TRAFFORD / "postcodes_onspd_2025-02.csv"
TODAY = dt.date(2026, 3, 11)
BEFORE = dt.date(2023, 5, 3)

pytestmark = [
    pytest.mark.trial,
    pytest.mark.django_db,
    pytest.mark.skipif(
        not CODE_POINT.is_file(),
        reason="No trial data: set MOOTHALL_TRIAL_DATA to the folder that holds trafford/",
    ),
]


def bring(what: str, file: Path, tmp_path: Path, **options: Any) -> str:
    out = StringIO()
    call_command(
        f"import_{what}", file, stdout=out, stderr=StringIO(), report=tmp_path / "report.csv",
        **options,
    )  # fmt: skip
    return out.getvalue()


@pytest.fixture
def wards(no_places: None, tmp_path: Path) -> None:
    bring("wards", TRAFFORD / "wards_2023_full.geojson", tmp_path, valid_from=dt.date(2023, 5, 4))


@pytest.fixture
def postcodes(wards: None, tmp_path: Path) -> None:
    bring("postcodes", CODE_POINT, tmp_path, on=TODAY)


def notices(kind: str) -> list[RejectedRow]:
    run = ImportRun.objects.filter(kind=kind).first()
    assert run is not None
    return list(run.rejected.all())


def test_all_6486_postcodes_lie_in_their_ward_by_table_and_by_boundary(postcodes: None) -> None:
    assert Ward.objects.count() == 21
    assert Postcode.objects.count() == 6_486
    assert notices("postcodes") == [], "no row rejected, no boundary that disagrees"
    index = boundaries.index()
    with CODE_POINT.open() as opened:
        for row in csv.DictReader(opened):
            code = row["admin_ward_code"]
            by_table = queries.ward_of_postcode(row["postcode"], TODAY)
            assert by_table.ward is not None
            assert by_table.ward.code == code, row["postcode"]
            by_boundary = index.at(float(row["lon"]), float(row["lat"]), TODAY)
            assert by_boundary is not None
            assert by_boundary.code == code, row["postcode"]
    assert len(set(Postcode.objects.values_list("ward", flat=True))) == 21


def test_the_grid_gives_the_same_ward_for_every_postcode(wards: None) -> None:
    """Our own easting and northing to longitude and latitude, over all of the file."""
    index = boundaries.index()
    different = []
    with CODE_POINT.open() as opened:
        for row in csv.DictReader(opened):
            lon, lat = grid.to_lon_lat(float(row["easting"]), float(row["northing"]))
            assert lon == pytest.approx(float(row["lon"]), abs=5 / 66_000)
            assert lat == pytest.approx(float(row["lat"]), abs=5 / 111_000)
            ward = index.at(lon, lat, TODAY)
            if ward is None or ward.code != row["admin_ward_code"]:
                different.append(row["postcode"])
    assert different == []


def test_the_file_as_ordnance_survey_ships_it_gives_the_same(wards: None, tmp_path: Path) -> None:
    """The same rows without header, in the original ten columns, with no longitude or latitude."""
    original = tmp_path / "m.csv"
    with CODE_POINT.open() as opened, original.open("w", newline="") as out:
        writer = csv.writer(out)
        for row in csv.DictReader(opened):
            writer.writerow(
                [
                    row["postcode"].replace(" ", "").rjust(7) if len(row["postcode"]) < 7 else row["postcode"],
                    row["positional_quality"], row["easting"], row["northing"],
                    row["country_code"], "", "", row["admin_county_code"],
                    row["admin_district_code"], row["admin_ward_code"],
                ]
            )  # fmt: skip
    said = bring("postcodes", original, tmp_path, on=TODAY, district="E08000009")
    assert "6,486 postcodes;" in said
    assert Postcode.objects.exclude(ward__isnull=True).count() == 6_486


def test_a_made_up_address_at_each_centre_is_in_the_right_ward(postcodes: None) -> None:
    """What the end-to-end trial files its cases at."""
    assert trial.make_addresses(TODAY) == 6_486
    table_says = dict(Postcode.objects.values_list("postcode", "ward"))
    for postcode, ward in Address.objects.values_list("postcode", "ward"):
        assert ward == table_says[postcode]
    for postcode in list(table_says)[::100]:
        found = queries.addresses_at(postcode)
        assert len(found) == 1
        assert found[0]["ward"] == table_says[postcode]


def test_trap_two_files_disagree_on_five_postcodes(postcodes: None, tmp_path: Path) -> None:
    bring("onspd", DIRECTORY, tmp_path, on=TODAY)
    found = notices("onspd")
    differ = {one.row["postcode"] for one in found if "the table says" in one.reason}
    assert differ == {"M16 0NX", "M33 6QX", "M33 7UJ", "WA15 7QZ", "WA15 8RB"}
    both = {row.cells["postcode"] for row in table(DIRECTORY)}
    both &= {row.cells["postcode"] for row in table(CODE_POINT)}
    assert len(both) == 6_484
    # The published table's word, Code-Point Open, is the one that is kept.
    for row in table(CODE_POINT):
        if row.cells["postcode"] in differ:
            answer = queries.ward_of_postcode(row.cells["postcode"], TODAY)
            assert answer.ward is not None
            assert answer.ward.code == row.cells["admin_ward_code"]


def test_trap_one_directory_postcode_lies_in_another_ward(wards: None, tmp_path: Path) -> None:
    said = bring("onspd", DIRECTORY, tmp_path, on=TODAY)
    assert "11,264 postcodes, 1 noticed" in said
    (only,) = notices("onspd")
    assert only.row["postcode"] == "WA14 2BF"
    assert "the boundary says" in only.reason


def _plain(name: str) -> str:
    """The two files write the same names differently: St Mary's, St. Marys."""
    return name.casefold().replace("-", " ").replace("'", "").replace(".", "")


def old_wards(tmp_path: Path) -> Path:
    """The wards before 2023: polling districts joined by ward, with the codes of polling stations."""
    codes = {}
    for row in table(TRAFFORD / "polling_stations.csv"):
        codes[row.cells["ward_name"]] = row.cells["ward_code"]
    parts = defaultdict(list)
    districts = json.loads((TRAFFORD / "polling_districts.geojson").read_text())
    for feature in districts["features"]:
        parts[feature["properties"]["Ward"]].append(shape(feature["geometry"]).buffer(0))
    plain = {_plain(name): code for name, code in codes.items()}
    features = [
        {
            "type": "Feature",
            "properties": {"code": plain[_plain(name)], "name": name},
            "geometry": mapping(union_all(shapes)),
        }
        for name, shapes in parts.items()
    ]
    path = tmp_path / "old.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_trap_two_sets_of_wards_live_together(no_places: None, tmp_path: Path) -> None:
    said = bring("wards", old_wards(tmp_path), tmp_path)
    assert "21 wards" in said
    said = bring(
        "wards", TRAFFORD / "wards_2023_full.geojson", tmp_path,
        valid_from=dt.date(2023, 5, 4), replaces=True,
    )  # fmt: skip
    assert "21 wards, 21 ended" in said
    assert len(queries.wards_in_force(BEFORE)) == len(queries.wards_in_force(TODAY)) == 21
    index = boundaries.index()
    moved = 0
    for row in table(TRAFFORD / "polling_stations.csv"):
        lon, lat = float(row.cells["lon"]), float(row.cells["lat"])
        then, now = index.at(lon, lat, BEFORE), index.at(lon, lat, TODAY)
        if then is not None and now is not None:
            assert then.code < "E05015000" <= now.code
            moved += then.name != now.name
    assert moved > 0, "ward names changed for some stations"
    bring("postcodes", CODE_POINT, tmp_path, on=TODAY)
    answers = Counter()
    for postcode in Postcode.objects.values_list("postcode", flat=True)[:300]:
        then = queries.ward_of_postcode(postcode, BEFORE).ward
        now = queries.ward_of_postcode(postcode, TODAY).ward
        assert now is not None
        answers[bool(then and then.code < "E05015000")] += 1
    assert answers[True] >= 295, "the centre decides for a day before the table's wards"


def test_trap_62_councillors_for_21_wards(wards: None, tmp_path: Path) -> None:
    assert "62 councillors;" in bring("councillors", TRAFFORD / "councillors_2025-09.csv", tmp_path)
    counts = Counter(Councillor.objects.values_list("ward__name", flat=True))
    assert len(counts) == 21
    assert counts.pop("Broadheath") == 2
    assert set(counts.values()) == {3}


def test_trap_missing_values_are_na_or_empty(wards: None, tmp_path: Path) -> None:
    """Land and buildings: 336 rows without UPRN and 235 without coordinates, each with its reason."""
    assets = TRAFFORD / "land_and_building_assets.csv"
    names = ["PropertyName=line", "StreetName=street", "PostTown=town", "PostCode=postcode"]
    bring("addresses", assets, tmp_path, on=TODAY, map=names)
    reasons = Counter(one.reason for one in notices("addresses") if not one.taken)
    assert reasons["The row has no UPRN."] == 336
    rows = list(table(assets))
    assert sum(1 for row in rows if not row.get("GeoX") or not row.get("GeoY")) == 235
    without = sum(
        1 for row in rows if row.get("UPRN") and not (row.get("GeoX") and row.get("GeoY"))
    )
    assert reasons["The row has no coordinates."] <= without


def test_trap_a_district_code_with_a_figure_missing(wards: None, tmp_path: Path) -> None:
    """Care homes write E0800009: a filter on the right code must not take them for ours."""
    homes = TRAFFORD / "care_homes.csv"
    codes = {row.get("area_code") for row in table(homes)}
    assert codes == {"E0800009"}
    names = ["postcode=postcode", "area_code=ward"]
    said = bring(
        "postcodes", homes, tmp_path, on=TODAY, district="E08000009", map=[*names, "type=district"]
    )
    assert said.startswith("0 postcodes")
    # Without the filter the wrong code is seen, and the place decides.
    bring("postcodes", homes, tmp_path, on=TODAY, map=names)
    found = notices("postcodes")
    assert any("“E0800009” is not in force here" in one.reason for one in found)


@pytest.mark.parametrize(("file", "repeats"), [("ev_charging.csv", 6), ("listed_buildings.csv", 3)])
def test_trap_repeated_rows(file: str, repeats: int) -> None:
    rows = [tuple(row.cells.values()) for row in table(TRAFFORD / file)]
    assert len(rows) - len(set(rows)) == repeats


def test_trap_repeated_rows_are_reported(wards: None, tmp_path: Path) -> None:
    """Listed buildings, read as addresses: no repeat goes by unsaid, and none is kept twice."""
    listed = TRAFFORD / "listed_buildings.csv"
    names = ["ListEntry=uprn", "Name=line", "Easting=easting", "Northing=northing"]
    bring("addresses", listed, tmp_path, on=TODAY, map=names)
    told = {one.line for one in notices("addresses")}
    seen: set[tuple[str, ...]] = set()
    repeats = []
    for row in table(listed):
        cells = tuple(row.cells.values())
        if cells in seen:
            repeats.append(row.line)
        seen.add(cells)
    assert len(repeats) == 3
    assert set(repeats) <= told
    assert Address.objects.count() == len(set(Address.objects.values_list("uprn", flat=True)))


def test_trap_material_named_three_times() -> None:
    names = Counter(
        row.get("name").casefold() for row in table(LOCAL_WASTE / "material_streams.csv")
    )
    assert names["plastic bottles"] == 3


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            "service_with_collections.json",
            r"service_with_collections.json:\d+:\d+: this is not JSON",
        ),
        ("waste_services.raml", "waste_services.raml:1:1: this is not JSON"),
    ],
)
def test_trap_files_that_do_not_parse_are_refused_with_their_line(
    no_places: None, tmp_path: Path, file: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        bring("wards", LOCAL_WASTE / file, tmp_path)


def test_a_generalised_boundary_is_not_for_finding(wards: None, tmp_path: Path) -> None:
    """Why the full polygons: the generalised ones put postcodes in the wrong ward."""
    full = boundaries.index()
    bring("wards", TRAFFORD / "wards_2023_generalised.geojson", tmp_path)
    drawn = boundaries.index()
    wrong = 0
    for row in table(CODE_POINT):
        lon, lat = float(row.cells["lon"]), float(row.cells["lat"])
        one, other = full.at(lon, lat, TODAY), drawn.at(lon, lat, TODAY)
        wrong += (one.code if one else "") != (other.code if other else "")
    assert wrong > 0


def test_the_bundled_bank_holidays_are_those_of_the_trial_data() -> None:
    from moothall.places.holidays import published

    data = json.loads((DATA / "govuk_bank_holidays.json").read_text())
    for division, days in published().items():
        theirs = {dt.date.fromisoformat(event["date"]) for event in data[division]["events"]}
        assert theirs == days
