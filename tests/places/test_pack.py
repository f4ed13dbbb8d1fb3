"""The pack's geography: planned, applied, applied again, exported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from moothall.packs.sections import PackError
from moothall.places import actions, queries
from moothall.places.actions import AddressRow, PostcodeRow
from moothall.places.models import Address, Postcode, Ward, Word
from moothall.places.pack import GeographySection
from tests.places.conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Wealdmere's geography."""
    copy = tmp_path / "pack"
    shutil.copytree(Path(settings.PACK) / "geography", copy / "geography")
    return copy


def change(path: Path, edit: Callable[[list[str]], list[str]]) -> None:
    path.write_text("".join(edit(path.read_text().splitlines(keepends=True))))


def test_five_thousand_addresses_are_applied_and_found(no_places: None, folder: Path) -> None:
    section = GeographySection()
    data = section.read(folder)
    assert data is not None
    assert [one.kind for one in section.plan(data)] == ["add"] * 5
    section.apply(data)
    assert section.plan(data) == []
    assert Address.objects.count() > 4_900
    assert len(queries.wards_in_force(TODAY)) >= 12
    assert Word.objects.filter(addresses__gt=100).exists(), "the words are counted"
    assert queries.councillors_of("X05000001")
    before = list(Address.objects.values_list("pk", flat=True))
    section.apply(data)
    assert list(Address.objects.values_list("pk", flat=True)) == before


def test_a_plan_tells_what_would_change(borough: None, folder: Path) -> None:
    section = GeographySection()
    file = folder / "geography" / "addresses.csv"
    change(file, lambda lines: [lines[0], lines[1].replace("1 Abbot", "1½ Abbot"), *lines[3:]])
    data = section.read(folder)
    assert data is not None
    said = [(one.kind, one.message, one.details) for one in section.plan(data)]
    assert said == [
        ("change", "1 address", ("990000000001",)),
        ("remove", "1 address", ("990000000002",)),
    ]
    section.apply(data)
    assert section.plan(data) == []
    assert queries.address("990000000002") is None


def test_rows_that_imports_brought_are_left_alone(borough: None, folder: Path) -> None:
    mine = AddressRow("5", "5 Real Row", "Real Row", "XW99ZZ", "X05000001", -1.1, 52.45)
    actions.save_addresses([mine], source="gazetteer")
    actions.save_postcodes([PostcodeRow("XW99ZZ", "X05000001", -1.1, 52.45)], source="code-point")
    section = GeographySection()
    data = section.read(folder)
    assert data is not None
    assert section.plan(data) == []
    section.apply(data)
    assert queries.address("5") is not None


def test_files_that_a_pack_leaves_out_are_left_alone(borough: None, folder: Path) -> None:
    (folder / "geography" / "addresses.csv").unlink()
    (folder / "geography" / "wards.geojson").unlink()
    section = GeographySection()
    data = section.read(folder)
    assert data is not None
    assert section.plan(data) == []
    section.apply(data)
    assert Address.objects.count() > 4_900


def test_a_pack_without_geography_says_nothing(tmp_path: Path) -> None:
    assert GeographySection().read(tmp_path) is None


def test_what_is_exported_plans_no_change(borough: None, tmp_path: Path) -> None:
    section = GeographySection()
    section.export(tmp_path)
    exported = section.read(tmp_path)
    assert exported is not None
    assert section.plan(exported) == []
    original = section.read(Path(settings.PACK))
    assert exported == original


def test_exported_without_places_writes_nothing(no_places: None, tmp_path: Path) -> None:
    GeographySection().export(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "edit", "words"),
    [
        ("postcodes.csv", lambda ls: [*ls, "XW1 1AA,X05000001,-1,52,no\n"], r"postcodes.csv:\d+: XW11AA is there twice"),
        ("postcodes.csv", lambda ls: [ls[0], "nowhere,X05000001,-1,52,no\n"], "postcodes.csv:2: “nowhere” is not a postcode"),
        ("postcodes.csv", lambda ls: [ls[0], "XW1 1AA,X09,-1,52,no\n"], "The ward X09 is not in wards.geojson"),
        ("postcodes.csv", lambda ls: [ls[0], "XW1 1AA,,here,52,no\n"], "not a number"),
        ("postcodes.csv", lambda ls: [ls[0], "XW1 1AA,,500,52,no\n"], "not on Earth"),
        ("postcodes.csv", lambda ls: [ls[0], "XW1 1AA,,-1,52,maybe\n"], "neither yes nor no"),
        ("postcodes.csv", lambda ls: ["postcode,lon\n", *ls[1:]], "column ward is missing"),
        ("addresses.csv", lambda ls: [ls[0], "x,1 A Road,A Road,,T,XW1 1AA,,-1,52\n"], "“x” is not a UPRN"),
        ("addresses.csv", lambda ls: [ls[0], "1,,A Road,,T,XW1 1AA,,-1,52\n"], "has no line"),
        ("streets.csv", lambda ls: [ls[0], "99x,A Road,,T,,-1,52,\n"], "not a USRN"),
        ("councillors.csv", lambda ls: [ls[0], ",X05000001,,,\n"], "needs a name and a ward"),
        ("wards.geojson", lambda ls: ["{\n", "nonsense"], "wards.geojson:2: This is not GeoJSON"),
        ("wards.geojson", lambda ls: ["[]"], "not a GeoJSON FeatureCollection"),
        ("wards.geojson", lambda ls: [*ls[:1], ls[1].replace('"code":"X05000001",', ""), *ls[2:]], "Feature 1: it has no code"),
        ("wards.geojson", lambda ls: [*ls[:1], ls[1].replace("2023-05-04", "May"), *ls[2:]], "May is not a date"),
        ("wards.geojson", lambda ls: [*ls[:1], ls[1].replace("X05000001", "X05000002"), *ls[2:]], "X05000002 is there twice"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_line(
    folder: Path, file: str, edit: Callable[[list[str]], list[str]], words: str
) -> None:
    change(folder / "geography" / file, edit)
    with pytest.raises(PackError, match=words):
        GeographySection().read(folder)


def test_every_mistake_is_told_at_once(folder: Path) -> None:
    change(folder / "geography" / "postcodes.csv", lambda ls: [ls[0], "a,,1,1,no\n", "b,,1,1,no\n"])
    change(folder / "geography" / "streets.csv", lambda ls: [ls[0], "x,A,,T,,1,1,\n"])
    with pytest.raises(PackError) as raised:
        GeographySection().read(folder)
    assert len(raised.value.problems) == 3


def test_a_ward_that_leaves_the_pack_takes_no_address_with_it(borough: None, folder: Path) -> None:
    number = Postcode.objects.count()
    for name in ("postcodes", "streets", "addresses", "councillors"):
        (folder / "geography" / f"{name}.csv").unlink()
    change(folder / "geography" / "wards.geojson", lambda ls: [ls[0], *ls[2:]])
    section = GeographySection()
    data = section.read(folder)
    assert data is not None
    section.apply(data)
    assert not Ward.objects.filter(code="X05000001").exists()
    assert Postcode.objects.count() == number
    assert Address.objects.filter(ward__isnull=True).exists()
