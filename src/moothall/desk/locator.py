"""A small picture of where a case is: its ward among its neighbours, drawn on the server.

No tiles, no script and no other company's server: an officer needs to know which end of town it
is, and the address in words stands beside the picture.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import shapely
from markupsafe import Markup, escape
from shapely.geometry import shape

WIDTH, HEIGHT = 320, 220
"""Size of the picture in its own units; the style sheet scales it to its column."""
MARGIN = 14
METRES_PER_DEGREE = 111_320
SCALE_STEPS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outline:
    """A ward's shape, simplified for a picture: outer rings in degrees, and where its name goes."""

    code: str
    name: str
    rings: tuple[Ring, ...]
    label_at: tuple[float, float]
    box: tuple[float, float, float, float]


@lru_cache(maxsize=256)
def outline(code: str, name: str, boundary: str) -> Outline:
    """Return the outline of a ward whose GeoJSON geometry is `boundary`.

    Simplified to about 25 metres, which is under a pixel at the size drawn. Cached by its text, so
    a ward whose boundary changes is drawn anew.
    """
    geometry = shape(json.loads(boundary))
    simple = geometry.simplify(0.00025, preserve_topology=True)
    parts = getattr(simple, "geoms", [simple])
    rings = tuple(tuple((x, y) for x, y, *_ in part.exterior.coords) for part in parts)
    inside = shapely.point_on_surface(simple)
    return Outline(code, name, rings, (inside.x, inside.y), simple.bounds)


@dataclass(frozen=True)
class _Frame:
    """Turns degrees into the picture's units, keeping shapes true at this latitude."""

    west: float
    north: float
    scale: float
    squeeze: float
    left: float
    top: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (
            self.left + (lon - self.west) * self.squeeze * self.scale,
            self.top + (self.north - lat) * self.scale,
        )


def _frame(box: tuple[float, float, float, float]) -> _Frame:
    west, south, east, north = box
    squeeze = math.cos(math.radians((south + north) / 2))
    wide = max((east - west) * squeeze, 0.002)
    high = max(north - south, 0.002)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    return _Frame(
        west, north, scale, squeeze, (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    )


def _path(rings: Iterable[Ring], frame: _Frame) -> str:
    pieces = []
    for ring in rings:
        points = [frame.at(lon, lat) for lon, lat in ring]
        pieces.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(pieces)


def _scale_bar(frame: _Frame) -> str:
    unit = frame.scale / METRES_PER_DEGREE
    metres = next((m for m in reversed(SCALE_STEPS) if m * unit <= 90), SCALE_STEPS[0])
    length = metres * unit
    words = f"{metres // 1000} km" if metres >= 1000 else f"{metres} m"
    y = HEIGHT - 9
    return (
        f'<path class="locator__scale" d="M10 {y - 4}V{y}H{10 + length:.1f}V{y - 4}"/>'
        f'<text class="locator__words" x="{16 + length:.1f}" y="{y}">{words}</text>'
    )


def _touches(name: tuple[float, float], pin: tuple[float, float]) -> bool:
    """Whether the ward's name and the mark would stand on each other; the mark reaches 25 upwards."""
    return abs(name[0] - pin[0]) < 52 and -10 < pin[1] - name[1] < 40


def draw(
    wards: Sequence[Outline], *, ward: str, point: tuple[float, float] | None, title: str
) -> Markup:
    """Return the picture as SVG: the ward `ward` among `wards`, and a mark at `point` (lon, lat).

    `title` is what a screen reader says in place of the picture. Nothing is drawn (an empty
    Markup) when there is neither the ward's outline nor a point.
    """
    own = next((one for one in wards if one.code == ward), None)
    if own is None and point is None:
        return Markup("")
    if own is not None:
        box = own.box
    else:
        assert point is not None
        box = (point[0] - 0.01, point[1] - 0.006, point[0] + 0.01, point[1] + 0.006)
    frame = _frame(box)
    out = [
        f'<svg class="locator" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" focusable="false">',
        f'<rect class="locator__beyond" width="{WIDTH}" height="{HEIGHT}"/>',
    ]
    out += [
        f'<path class="locator__ward" d="{_path(one.rings, frame)}"/>'
        for one in wards
        if one.code != ward
    ]
    if own is not None:
        out.append(f'<path class="locator__own" d="{_path(own.rings, frame)}"/>')
        x, y = frame.at(*own.label_at)
        if point is None or not _touches((x, y), frame.at(*point)):
            out.append(
                f'<text class="locator__words" text-anchor="middle" x="{x:.1f}" y="{y:.1f}">'
                f"{escape(own.name)}</text>"
            )
    if point is not None:
        x, y = frame.at(*point)
        out.append(
            f'<path class="locator__pin" d="M{x:.1f} {y:.1f}l-7 -13a8 8 0 1 1 14 0z"/>'
            f'<circle class="locator__dot" cx="{x:.1f}" cy="{y - 17:.1f}" r="2.6"/>'
        )
    out.append(_scale_bar(frame))
    out.append("</svg>")
    return Markup("".join(out))  # noqa: S704 -- numbers from us, words escaped above
