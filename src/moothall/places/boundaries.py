"""Which ward a point lies in: full polygons, found by their bounding boxes."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from moothall.places import generation
from moothall.places.models import Ward

KEPT = 2
"""Generations kept in memory; one, and the one before while it is being replaced."""


class BadBoundary(ValueError):
    """A geometry that is no boundary; the message says why and how to mend it."""


def in_force(ward: Ward, on: dt.date) -> bool:
    """Whether `ward` is in force on the day `on`."""
    return (ward.valid_from is None or ward.valid_from <= on) and (
        ward.valid_to is None or on <= ward.valid_to
    )


class WardIndex:
    """All wards, old and new, with prepared boundaries and a tree of their boxes. Threads may share it."""

    def __init__(self, wards: Iterable[Ward]) -> None:
        self.wards = sorted(wards, key=lambda ward: ward.code)
        self.by_code = {ward.code: ward for ward in self.wards}
        self._shapes = [shape(json.loads(ward.boundary)) for ward in self.wards]
        for one in self._shapes:
            shapely.prepare(one)
        self._tree = shapely.STRtree(self._shapes)

    def at(self, lon: float, lat: float, on: dt.date) -> Ward | None:
        """Return the ward in force on `on` that holds the point, or None.

        A point on the line between two wards belongs to the one whose code comes first.
        """
        for number in sorted(self._tree.query(shapely.Point(lon, lat))):
            ward = self.wards[number]
            if in_force(ward, on) and shapely.intersects_xy(self._shapes[number], lon, lat):
                return ward
        return None

    def in_force_on(self, on: dt.date) -> list[Ward]:
        """Return the wards in force on `on`, by code."""
        return [ward for ward in self.wards if in_force(ward, on)]


_kept: OrderedDict[str, WardIndex] = OrderedDict()
_lock = threading.Lock()


def index() -> WardIndex:
    """Return the index of the wards as they are now; kept while no ward changes.

    For many points take it once and ask it: `index().at(lon, lat, on)`.
    """
    token = generation.token("wards")
    with _lock:
        found = _kept.get(token)
        if found is not None:
            _kept.move_to_end(token)
            return found
    made = WardIndex(Ward.objects.all())
    with _lock:
        _kept[token] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def boundary_of(geometry: object) -> tuple[str, BaseGeometry]:
    """Return a GeoJSON geometry as text to store and as a shape.

    A boundary that crosses itself is mended where that keeps its area. Raises BadBoundary.
    """
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise BadBoundary(
            "The boundary is not a Polygon or MultiPolygon. Export areas, not lines or points."
        )
    try:
        found = shape(geometry)
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError):
        raise BadBoundary("The boundary's coordinates can't be read. Export it again.") from None
    if found.is_empty:
        raise BadBoundary("The boundary is empty. Export it again.")
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadBoundary(
            "The coordinates are not longitude and latitude. Export in WGS84 (EPSG:4326)."
        )
    if found.is_valid:
        return json.dumps(geometry, separators=(",", ":")), found
    mended = found.buffer(0)
    if mended.is_empty or abs(mended.area - found.area) > 0.01 * max(mended.area, 1e-12):
        raise BadBoundary(
            "The boundary crosses itself. Mend it in a map program (“fix geometries”)."
        )
    return json.dumps(shapely.geometry.mapping(mended), separators=(",", ":")), mended
