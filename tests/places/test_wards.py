"""Which ward a point and a postcode lie in, old wards and new."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import shapely
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from moothall.places import actions, boundaries, queries
from moothall.places.actions import PostcodeRow, WardRow
from moothall.places.models import Postcode, Ward
from tests.places.conftest import TODAY, square

pytestmark = pytest.mark.django_db


def ward_row(
    code: str, geometry: dict[str, Any], start: str = "", end: str = "", name: str = ""
) -> WardRow:
    text, found = boundaries.boundary_of(geometry)
    return WardRow(
        code, name or code, text, found.bounds,
        dt.date.fromisoformat(start) if start else None,
        dt.date.fromisoformat(end) if end else None,
    )  # fmt: skip


def test_every_postcode_lies_in_the_ward_of_the_table(borough: None) -> None:
    index = boundaries.index()
    found = list(Postcode.objects.filter(is_split=False))
    assert len(found) > 700
    for one in found:
        assert one.lon is not None
        assert one.lat is not None
        inside = index.at(one.lon, one.lat, TODAY)
        assert inside is not None, one.postcode
        assert inside.code == one.ward_id, one.postcode
        answer = queries.ward_of_postcode(one.postcode, TODAY)
        assert answer.ward is not None
        assert (answer.ward.code, answer.split) == (one.ward_id, False)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.floats(-1.2, -1.0), st.floats(52.4, 52.5))
def test_the_index_agrees_with_asking_every_boundary(borough: None, lon: float, lat: float) -> None:
    index = boundaries.index()
    point = shapely.Point(lon, lat)
    slow = [ward.code for ward in index.wards if shape(json.loads(ward.boundary)).intersects(point)]
    found = index.at(lon, lat, TODAY)
    assert (found.code if found else None) == (min(slow) if slow else None)


def test_a_point_outside_is_in_no_ward(borough: None) -> None:
    assert queries.ward_of_point(-3.0, 55.0, TODAY) is None
    assert queries.ward_of_point(999, 999, TODAY) is None


def test_a_point_on_the_line_belongs_to_one_ward(two_wards: None) -> None:
    found = queries.ward_of_point(0.1, 52.05, TODAY)
    assert found is not None
    assert found.code == "X05900001"


def test_a_hole_and_a_second_part_are_part_of_the_boundary(no_places: None) -> None:
    outer, hole = square(0, 52, 1)["coordinates"][0], square(0.4, 52.4, 0.2)["coordinates"][0]
    far = square(5, 52, 0.1)["coordinates"]
    actions.save_wards(
        [ward_row("X1", {"type": "MultiPolygon", "coordinates": [[outer, hole], far]})],
        source="test",
    )
    assert queries.ward_of_point(0.1, 52.1, TODAY) is not None
    assert queries.ward_of_point(0.5, 52.5, TODAY) is None
    assert queries.ward_of_point(5.05, 52.05, TODAY) is not None


def test_old_and_new_wards_live_together(no_places: None) -> None:
    """The line between West and East moves on 7 May 2026; a point between is answered by the day."""
    actions.save_wards(
        [
            ward_row("X1", square(0.0, 52.0), "", "2026-05-06"),
            ward_row("X2", square(0.1, 52.0), "", "2026-05-06"),
            ward_row("X3", square(0.0, 52.0, 0.15), "2026-05-07"),
        ],
        source="test",
    )
    actions.save_postcodes([PostcodeRow("XW11AA", "X2", 0.12, 52.05)], source="test")
    eve, day = dt.date(2026, 5, 6), dt.date(2026, 5, 7)
    for ask in (
        lambda on: queries.ward_of_point(0.12, 52.05, on),
        lambda on: queries.ward_of_postcode("xw1 1aa", on).ward,
    ):
        before, after = ask(eve), ask(day)
        assert before is not None
        assert after is not None
        assert (before.code, after.code) == ("X2", "X3")
    assert [ward.code for ward in queries.wards_in_force(eve)] == ["X1", "X2"]
    assert [ward.code for ward in queries.wards_in_force(day)] == ["X3"]
    assert actions.place_in_wards(day) == (0, 1)
    assert Postcode.objects.get().ward_id == "X3"


def test_a_split_postcode_asks_which_address(borough: None) -> None:
    split = Postcode.objects.filter(is_split=True).first()
    assert split is not None, "the borough has split postcodes on purpose"
    answer = queries.ward_of_postcode(split.postcode, TODAY)
    assert answer.split
    assert answer.ward is None
    assert len(answer.wards) > 1
    offered = queries.addresses_at(split.postcode)
    assert {one["ward"] for one in offered} == {ward.code for ward in answer.wards}
    for one in offered:
        inside = queries.ward_of_point(one["lon"], one["lat"], TODAY)
        assert inside is not None
        assert inside.code == one["ward"]


def test_split_postcodes_are_found_from_the_addresses(borough: None) -> None:
    marked = set(Postcode.objects.filter(is_split=True).values_list("postcode", flat=True))
    Postcode.objects.update(is_split=False)
    assert actions.mark_split_postcodes() == len(marked)
    assert marked == set(Postcode.objects.filter(is_split=True).values_list("postcode", flat=True))


def test_an_unknown_or_wrong_postcode_has_no_ward(borough: None) -> None:
    for text in ("XW99 9ZZ", "", "nonsense", "XW1"):
        assert queries.ward_of_postcode(text, TODAY) == queries.WardAnswer(None)


def test_a_look_up_is_one_query_and_the_token(
    borough: None, django_assert_num_queries: Any
) -> None:
    boundaries.index()
    with django_assert_num_queries(2):  # the postcode, and whether the wards in memory are true
        queries.ward_of_postcode("XW1 1AA", TODAY)
    with django_assert_num_queries(1):
        queries.ward_of_point(-1.1, 52.45, TODAY)
    with django_assert_num_queries(1):
        queries.addresses_at("XW1 1AA")


def test_what_is_kept_in_memory_is_never_old(two_wards: None) -> None:
    point = (0.05, 52.05, TODAY)
    assert queries.ward_of_point(*point) is not None

    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        actions.save_wards([ward_row("X05900001", square(7, 52), "2020-01-01")], source="test")
        assert queries.ward_of_point(*point) is None
        raise Undone
    assert queries.ward_of_point(*point) is not None, "rolled back, and so is the memory"
    Ward.objects.get(code="X05900001").delete()
    assert queries.ward_of_point(*point) is None


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ({"type": "Point", "coordinates": [0, 52]}, "not a Polygon"),
        (None, "not a Polygon"),
        ({"type": "Polygon", "coordinates": "none"}, "can't be read"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        (square(376_000, 394_000, 100), "not longitude and latitude"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "crosses itself",
        ),
    ],
)
def test_a_boundary_that_is_none_is_explained(geometry: Any, words: str) -> None:
    with pytest.raises(boundaries.BadBoundary, match=words):
        boundaries.boundary_of(geometry)
