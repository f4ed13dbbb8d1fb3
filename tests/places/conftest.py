"""The invented borough's geography, and files of a council's own."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from moothall.places.imports import engine
from moothall.places.pack import CalendarsSection, GeographySection

TODAY = dt.date(2026, 3, 11)


@pytest.fixture
def borough(db: None) -> None:
    """Wealdmere's wards, postcodes, streets, addresses, councillors and calendars."""
    for section in (CalendarsSection(), GeographySection()):
        data = section.read(Path(settings.PACK))
        assert data is not None
        section.apply(data)  # type: ignore[arg-type]


@pytest.fixture
def no_places(db: None) -> None:
    """An empty gazetteer."""
    from moothall.places.models import (
        Address,
        Councillor,
        Generation,
        ImportRun,
        Postcode,
        Street,
        Ward,
        Word,
    )

    for model in (Address, Word, Postcode, Street, Councillor, Ward, ImportRun):
        model.objects.all().delete()
    Generation.bump("wards")


def square(west: float, south: float, size: float = 0.1) -> dict[str, Any]:
    """A square as a GeoJSON geometry."""
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def geojson(tmp_path: Path) -> Callable[..., Path]:
    """Write features (properties, geometry) to a GeoJSON file."""

    def write(*features: tuple[dict[str, Any], Any], name: str = "wards.geojson") -> Path:
        path = tmp_path / name
        data = {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": properties, "geometry": geometry}
                for properties, geometry in features
            ],
        }
        path.write_text(json.dumps(data))
        return path

    return write


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Write rows to a CSV file."""

    def write(*rows: Sequence[Any], name: str = "rows.csv") -> Path:
        path = tmp_path / name
        with path.open("w", newline="") as out:
            csv.writer(out).writerows(rows)
        return path

    return write


@pytest.fixture
def two_wards(no_places: None, geojson: Callable[..., Path]) -> None:
    """West (X05900001) and East (X05900002), two squares side by side from longitude 0 to 0.2."""
    from moothall.places.imports.wards import WardImporter

    path = geojson(
        ({"code": "X05900001", "name": "West"}, square(0.0, 52.0)),
        ({"code": "X05900002", "name": "East"}, square(0.1, 52.0)),
        name="two.geojson",
    )
    engine.run(WardImporter(path, valid_from=dt.date(2020, 1, 1)), now=timezone.now())
