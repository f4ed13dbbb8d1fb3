"""National Grid to longitude and latitude, and back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moothall.places import grid


def degrees(d: int, m: int, s: float) -> float:
    return d + m / 60 + s / 3600


def test_the_worked_example_of_ordnance_survey() -> None:
    """Annex C of the guide: a point in Norfolk on Airy 1830, to a millimetre."""
    lat, lon = math.radians(degrees(52, 39, 27.2531)), math.radians(degrees(1, 43, 4.5177))
    easting, northing = grid._project(lat, lon)
    assert easting == pytest.approx(651_409.903, abs=0.001)
    assert northing == pytest.approx(313_177.270, abs=0.001)
    back = grid._unproject(651_409.903, 313_177.270)
    assert back[0] == pytest.approx(lat, abs=1e-10)
    assert back[1] == pytest.approx(lon, abs=1e-10)


def test_the_same_point_in_wgs84() -> None:
    lon, lat = grid.to_lon_lat(651_409.903, 313_177.270)
    # 52 39 28.72 N, 1 42 57.79 E in WGS84; the Helmert transformation is right to 5 m.
    assert lat == pytest.approx(degrees(52, 39, 28.72), abs=5 / 111_000)
    assert lon == pytest.approx(degrees(1, 42, 57.79), abs=5 / 67_000)


@settings(max_examples=60, deadline=None)
@given(st.floats(80_000, 655_000), st.floats(5_000, 1_200_000))
def test_there_and_back_is_within_a_centimetre(easting: float, northing: float) -> None:
    again = grid.to_grid(*grid.to_lon_lat(easting, northing))
    assert again[0] == pytest.approx(easting, abs=0.01)
    assert again[1] == pytest.approx(northing, abs=0.01)
