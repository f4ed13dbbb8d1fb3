"""The small map of a case: a ward among its neighbours and a mark, as SVG with a name."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from moothall.desk.locator import draw, outline

SQUARE = json.dumps(
    {
        "type": "Polygon",
        "coordinates": [[[-1.1, 52.4], [-1.08, 52.4], [-1.08, 52.42], [-1.1, 52.42], [-1.1, 52.4]]],
    }
)
BESIDE = json.dumps(
    {
        "type": "MultiPolygon",
        "coordinates": [
            [[[-1.08, 52.4], [-1.06, 52.4], [-1.06, 52.42], [-1.08, 52.42], [-1.08, 52.4]]]
        ],
    }
)
WARDS = [outline("X05000001", "Castle Mere", SQUARE), outline("X05000002", "Mill & Ford", BESIDE)]


def classes(svg: str) -> list[str]:
    return [node.get("class", "") for node in ElementTree.fromstring(svg).iter()]


def test_it_shows_the_ward_its_neighbour_and_the_mark():
    svg = draw(WARDS, ward="X05000001", point=(-1.095, 52.405), title="Map: 1 Abbot Close")
    found = classes(svg)
    assert found.count("locator__own") == 1
    assert found.count("locator__ward") == 1
    assert found.count("locator__pin") == 1
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Map: 1 Abbot Close"


def test_the_mark_lies_where_the_point_is():
    svg = draw(WARDS, ward="X05000001", point=(-1.1, 52.42), title="North-west corner")
    pin = next(n for n in ElementTree.fromstring(svg).iter() if n.get("class") == "locator__pin")
    x, y = (float(part) for part in pin.get("d", "M0 0")[1:].split("l")[0].split())
    assert x < 120
    assert y < 40


def test_names_are_escaped_and_nothing_inline_breaks_the_content_policy():
    svg = draw(WARDS, ward="X05000002", point=None, title='"Mill" & <Ford>')
    assert "&lt;Ford&gt;" in svg
    assert "Mill &amp; Ford" in svg
    assert "style=" not in svg
    ElementTree.fromstring(svg)


def test_without_a_ward_a_point_still_shows_and_without_both_there_is_no_picture():
    assert "locator__pin" in draw([], ward="", point=(-1.1, 52.4), title="A point")
    assert draw([], ward="", point=None, title="Nothing") == ""
