"""Positions on the ground: two datums kept apart, distances, and how far outside a polygon a point lies.

Chinese maps show degrees that are shifted by up to 700 m (GCJ-02); satellites give WGS-84. The shift is the
published approximation; it is undone by iteration to less than 0.1 m. Grids are WGS-84.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, radians, sin, sqrt
from typing import Any

from models.terms import Datum

METRES_PER_DEGREE = 111_320.0
AXIS = 6_378_245.0
ECCENTRICITY = 0.00669342162296594323
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of where the shift applies."""
ROUNDS = 6
DIGITS = 7


@dataclass(frozen=True)
class Point:
    """Degrees in one datum."""

    longitude: float
    latitude: float


def datum_named(name: str) -> Datum | None:
    """The datum a camera named; where it named none, the satellites' own. None: one not known here."""
    plain = "".join(c for c in name.upper() if c.isalnum())
    if "GCJ" in plain:
        return Datum.GCJ02
    return Datum.WGS84 if plain == "" or "WGS" in plain or "CGCS2000" in plain else None


def shifted(point: Point) -> Point:
    """WGS-84 as GCJ-02."""
    west, south, east, north = CHINA
    if not (west <= point.longitude <= east and south <= point.latitude <= north):
        return point
    x, y = point.longitude - 105.0, point.latitude - 35.0
    angle = radians(point.latitude)
    magic = 1 - ECCENTRICITY * sin(angle) ** 2
    up = _north(x, y) * 180.0 / ((AXIS * (1 - ECCENTRICITY)) / (magic * sqrt(magic)) * pi)
    right = _east(x, y) * 180.0 / (AXIS / sqrt(magic) * cos(angle) * pi)
    return Point(round(point.longitude + right, DIGITS), round(point.latitude + up, DIGITS))


def unshifted(point: Point) -> Point:
    """GCJ-02 as WGS-84."""
    guess = point
    for _ in range(ROUNDS):
        off = shifted(guess)
        guess = Point(
            guess.longitude + point.longitude - off.longitude, guess.latitude + point.latitude - off.latitude
        )
    return Point(round(guess.longitude, DIGITS), round(guess.latitude, DIGITS))


def metres(one: Point, other: Point) -> float:
    """How far apart two points of one datum are; for distances within a city."""
    return hypot(*_flat(one, other))


def metres_outside(polygon: Mapping[str, Any], point: Point) -> float:
    """How far outside a GeoJSON Polygon or MultiPolygon a point lies; 0 inside and on its edge."""
    shapes = polygon["coordinates"]
    parts: Iterable[Any] = shapes if polygon["type"] == "MultiPolygon" else (shapes,)
    return min(_outside(part, point) for part in parts)


def _outside(rings: Sequence[Any], point: Point) -> float:
    outer, *holes = rings
    inside = _within(outer, point) and not any(_within(hole, point) for hole in holes)
    return 0.0 if inside else min(_to_ring(ring, point) for ring in rings)


def _within(ring: Sequence[Sequence[float]], point: Point) -> bool:
    """Whether a ray to the east crosses the ring an odd number of times."""
    odd = False
    for (x1, y1), (x2, y2) in _edges(ring):
        if (y1 > point.latitude) != (y2 > point.latitude):
            crossing = x1 + (point.latitude - y1) * (x2 - x1) / (y2 - y1)
            odd ^= crossing > point.longitude
    return odd


def _to_ring(ring: Sequence[Sequence[float]], point: Point) -> float:
    return min(_to_edge(_flat(point, Point(*one)), _flat(point, Point(*two))) for one, two in _edges(ring))


def _to_edge(one: tuple[float, float], two: tuple[float, float]) -> float:
    """From the origin to the segment, in metres."""
    (x1, y1), (x2, y2) = one, two
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    share = 0.0 if length == 0 else max(0.0, min(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length))
    return hypot(x1 + share * (x2 - x1), y1 + share * (y2 - y1))


def _edges(ring: Sequence[Sequence[float]]) -> Iterable[tuple[Sequence[float], Sequence[float]]]:
    return zip([corner[:2] for corner in ring], [corner[:2] for corner in ring[1:]], strict=False)


def _flat(origin: Point, point: Point) -> tuple[float, float]:
    east = (point.longitude - origin.longitude) * METRES_PER_DEGREE * cos(radians(origin.latitude))
    return east, (point.latitude - origin.latitude) * METRES_PER_DEGREE


def _waves(x: float, *pairs: tuple[float, float]) -> float:
    return sum(weight * sin(x * pi * step) for weight, step in pairs) * 2.0 / 3.0


def _north(x: float, y: float) -> float:
    plain = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    return (
        plain
        + _waves(x, (20.0, 6.0), (20.0, 2.0))
        + _waves(y, (20.0, 1.0), (40.0, 1 / 3))
        + _waves(y, (160.0, 1 / 12), (320.0, 1 / 30))
    )


def _east(x: float, y: float) -> float:
    plain = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    return (
        plain
        + _waves(x, (20.0, 6.0), (20.0, 2.0))
        + _waves(x, (20.0, 1.0), (40.0, 1 / 3))
        + _waves(x, (150.0, 1 / 12), (300.0, 1 / 30))
    )
