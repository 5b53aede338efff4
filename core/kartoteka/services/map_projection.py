"""Lay the places of a country flat, so that equal areas on the ground are equal on the map.

Albers' equal-area conic projection on a sphere (Snyder, Map Projections: A Working Manual, USGS
Professional Paper 1395, 1987, p. 98-103), its parallels and its middle meridian taken from the
country itself. A country on both sides of the 180th meridian is one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import cos, radians, sin, sqrt

from kartoteka.services.geojson import Point

#: Parallels stand one sixth of the height from its edges (Snyder, p. 99).
_INWARD = 1 / 6
#: A cone as flat as this is a cylinder: countries on the equator.
_FLAT = 0.02

Projection = Callable[[Point], Point]


def projection(points: Iterable[Point]) -> Projection:
    """Return what turns longitude and latitude into x (to the east) and y (to the north).

    Args:
        points: all points of the country, at least one.
    """
    longitudes: set[int] = set()
    south, north = 90.0, -90.0
    for lon, lat in points:
        longitudes.add(int(lon // 1) % 360)
        south, north = min(south, lat), max(north, lat)
    middle = _middle(sorted(longitudes))
    inward = (north - south) * _INWARD
    first, second = radians(south + inward), radians(north - inward)
    cone = (sin(first) + sin(second)) / 2
    if abs(cone) < _FLAT:
        width = cos((first + second) / 2)
        return lambda point: (
            radians(_turned(point[0], middle)) * width,
            sin(radians(point[1])) / width,
        )
    base = cos(first) ** 2 + 2 * cone * sin(first)

    def radius(lat: float) -> float:
        return sqrt(max(base - 2 * cone * sin(lat), 0.0)) / cone

    zero = radius((first + second) / 2)

    def conic(point: Point) -> Point:
        angle = cone * radians(_turned(point[0], middle))
        far = radius(radians(point[1]))
        return far * sin(angle), zero - far * cos(angle)

    return conic


def _middle(taken: list[int]) -> float:
    """Return the middle of what is left of the circle without its widest empty part."""
    following = [*taken[1:], taken[0] + 360]
    width, begin = max((after - one, after) for one, after in zip(taken, following, strict=True))
    return (begin + (360 - width) / 2 + 0.5) % 360


def _turned(lon: float, middle: float) -> float:
    """Return how far a meridian is from the middle one: from -180 to 180 degrees."""
    return (lon - middle + 180) % 360 - 180


__all__ = ["Projection", "projection"]
