"""British National Grid to longitude and latitude, and back.

Ordnance Survey, "A guide to coordinate systems in Great Britain" (2020), annexes B and C: a
transverse Mercator projection on the Airy 1830 ellipsoid, and the single Helmert transformation
between OSGB36 and WGS84 of its section 6.6. The Helmert transformation is right to about 5 metres
anywhere in Great Britain (the OSTN15 grid would be right to 10 centimetres). That is enough to say
which ward a postcode's centre lies in, which the file's own ward code says anyway; addresses carry
latitude and longitude in the gazetteer itself. So no projection library is needed: pyproj without
its separate grid files gives the same 5 metres.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class _Ellipsoid(NamedTuple):
    a: float
    b: float

    @property
    def e2(self) -> float:
        return 1 - (self.b * self.b) / (self.a * self.a)


AIRY_1830 = _Ellipsoid(6_377_563.396, 6_356_256.909)
WGS84 = _Ellipsoid(6_378_137.000, 6_356_752.314_1)

# National Grid: scale on the central meridian, true origin, and the grid's false origin (annex A.2).
F0 = 0.999_601_271_7
LAT0 = math.radians(49)
LON0 = math.radians(-2)
E0, N0 = 400_000.0, -100_000.0
_N = (AIRY_1830.a - AIRY_1830.b) / (AIRY_1830.a + AIRY_1830.b)

# WGS84 to OSGB36: translations in metres, scale, rotations in seconds of arc (section 6.6).
_TX, _TY, _TZ = -446.448, 125.157, -542.060
_SCALE = 20.489_4e-6
_SECONDS = math.pi / (180 * 3600)
_RX, _RY, _RZ = -0.1502 * _SECONDS, -0.2470 * _SECONDS, -0.8421 * _SECONDS


def _meridional_arc(lat: float) -> float:
    n, n2, n3 = _N, _N * _N, _N**3
    minus, plus = lat - LAT0, lat + LAT0
    return (
        AIRY_1830.b
        * F0
        * (
            (1 + n + 5 / 4 * n2 + 5 / 4 * n3) * minus
            - (3 * n + 3 * n2 + 21 / 8 * n3) * math.sin(minus) * math.cos(plus)
            + (15 / 8 * n2 + 15 / 8 * n3) * math.sin(2 * minus) * math.cos(2 * plus)
            - 35 / 24 * n3 * math.sin(3 * minus) * math.cos(3 * plus)
        )
    )


def _radii(lat: float) -> tuple[float, float]:
    """Return the radii of curvature nu and rho (scaled by F0) at `lat`."""
    w = 1 - AIRY_1830.e2 * math.sin(lat) ** 2
    nu = AIRY_1830.a * F0 / math.sqrt(w)
    rho = AIRY_1830.a * F0 * (1 - AIRY_1830.e2) / w**1.5
    return nu, rho


def _project(lat: float, lon: float) -> tuple[float, float]:
    """Latitude and longitude on Airy 1830, in radians, to easting and northing (annex C.1)."""
    nu, rho = _radii(lat)
    eta2 = nu / rho - 1
    s, c, t = math.sin(lat), math.cos(lat), math.tan(lat)
    p = lon - LON0
    i = _meridional_arc(lat) + N0
    ii = nu / 2 * s * c
    iii = nu / 24 * s * c**3 * (5 - t**2 + 9 * eta2)
    iiia = nu / 720 * s * c**5 * (61 - 58 * t**2 + t**4)
    iv = nu * c
    v = nu / 6 * c**3 * (nu / rho - t**2)
    vi = nu / 120 * c**5 * (5 - 18 * t**2 + t**4 + 14 * eta2 - 58 * t**2 * eta2)
    northing = i + ii * p**2 + iii * p**4 + iiia * p**6
    easting = E0 + iv * p + v * p**3 + vi * p**5
    return easting, northing


def _unproject(easting: float, northing: float) -> tuple[float, float]:
    """Easting and northing to latitude and longitude on Airy 1830, in radians (annex C.2)."""
    lat = LAT0
    for _ in range(12):
        arc = _meridional_arc(lat)
        lat += (northing - N0 - arc) / (AIRY_1830.a * F0)
        if abs(northing - N0 - _meridional_arc(lat)) < 0.000_01:
            break
    nu, rho = _radii(lat)
    eta2 = nu / rho - 1
    t, sec = math.tan(lat), 1 / math.cos(lat)
    d = easting - E0
    vii = t / (2 * rho * nu)
    viii = t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta2 - 9 * t**2 * eta2)
    ix = t / (720 * rho * nu**5) * (61 + 90 * t**2 + 45 * t**4)
    x = sec / nu
    xi = sec / (6 * nu**3) * (nu / rho + 2 * t**2)
    xii = sec / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4)
    xiia = sec / (5040 * nu**7) * (61 + 662 * t**2 + 1320 * t**4 + 720 * t**6)
    return (
        lat - vii * d**2 + viii * d**4 - ix * d**6,
        LON0 + x * d - xi * d**3 + xii * d**5 - xiia * d**7,
    )


def _cartesian(lat: float, lon: float, ellipsoid: _Ellipsoid) -> tuple[float, float, float]:
    nu = ellipsoid.a / math.sqrt(1 - ellipsoid.e2 * math.sin(lat) ** 2)
    return (
        nu * math.cos(lat) * math.cos(lon),
        nu * math.cos(lat) * math.sin(lon),
        nu * (1 - ellipsoid.e2) * math.sin(lat),
    )


def _geodetic(x: float, y: float, z: float, ellipsoid: _Ellipsoid) -> tuple[float, float]:
    p = math.hypot(x, y)
    lat = math.atan2(z, p * (1 - ellipsoid.e2))
    for _ in range(10):
        nu = ellipsoid.a / math.sqrt(1 - ellipsoid.e2 * math.sin(lat) ** 2)
        better = math.atan2(z + ellipsoid.e2 * nu * math.sin(lat), p)
        if abs(better - lat) < 1e-13:
            break
        lat = better
    return better, math.atan2(y, x)


def _helmert(x: float, y: float, z: float) -> tuple[float, float, float]:
    """WGS84 to OSGB36, cartesian metres."""
    s = 1 + _SCALE
    return (
        _TX + x * s - y * _RZ + z * _RY,
        _TY + x * _RZ + y * s - z * _RX,
        _TZ - x * _RY + y * _RX + z * s,
    )


def _helmert_back(x: float, y: float, z: float) -> tuple[float, float, float]:
    """OSGB36 to WGS84: solve `_helmert` by repeated correction, so that there and back is exact."""
    gx, gy, gz = x, y, z
    for _ in range(4):
        hx, hy, hz = _helmert(gx, gy, gz)
        gx, gy, gz = gx + x - hx, gy + y - hy, gz + z - hz
    return gx, gy, gz


def to_lon_lat(easting: float, northing: float) -> tuple[float, float]:
    """Return WGS84 longitude and latitude in degrees of a National Grid position in metres."""
    lat, lon = _unproject(easting, northing)
    lat, lon = _geodetic(*_helmert_back(*_cartesian(lat, lon, AIRY_1830)), WGS84)
    return math.degrees(lon), math.degrees(lat)


def to_grid(lon: float, lat: float) -> tuple[float, float]:
    """Return the National Grid easting and northing in metres of WGS84 degrees."""
    cartesian = _cartesian(math.radians(lat), math.radians(lon), WGS84)
    return _project(*_geodetic(*_helmert(*cartesian), AIRY_1830))
