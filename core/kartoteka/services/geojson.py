"""Read the outlines of places from a GeoJSON file, or say what is wrong with it (RFC 7946)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from kartoteka.errors import Unreadable
from kartoteka.i18n import gettext

#: A country in full detail has about 10 MB; more than this is meant for other programs.
MOST_BYTES = 64 * 1024 * 1024
MOST_FEATURES = 5_000
MOST_POINTS = 2_000_000
#: Names of the one coordinate system GeoJSON knows, as older files write them.
_WGS84 = ("CRS84", "EPSG:4326", "EPSG::4326", "OGC:CRS84", "WGS84", "WGS 84")

Point = tuple[float, float]
Ring = list[Point]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """One place of a file: its number there (from 1), its properties, its outlines.

    Rings are closed; outer ones run counterclockwise, holes clockwise. None: the file has a place
    without a shape.
    """

    number: int
    properties: Mapping[str, Any]
    rings: Sequence[Ring]


def read_features(path: Path) -> list[Feature]:
    """Return the places of a GeoJSON file, also a gzipped one.

    Raises:
        Unreadable: not GeoJSON, too large, no polygons, not longitude and latitude; says where.
    """
    whole = _parsed(path)
    if not isinstance(whole, dict):
        raise _wrong(path, gettext("it has no “type”"))
    _must_be_wgs84(path, whole.get("crs"))
    kind = whole.get("type")
    if kind == "Feature":
        items: Any = [whole]
    elif kind == "FeatureCollection":
        items = whole.get("features")
    elif kind == "Topology":
        raise _wrong(path, gettext("it is TopoJSON; convert it to GeoJSON"))
    else:
        raise _wrong(path, gettext("its type is %(kind)r, not FeatureCollection", kind=_cut(kind)))
    if not isinstance(items, list) or not items:
        raise _wrong(path, gettext("it has no features"))
    if len(items) > MOST_FEATURES:
        raise _wrong(
            path, gettext("it has %(n)s features, a map holds %(most)s", n=len(items),
                          most=MOST_FEATURES),
        )  # fmt: skip
    found: list[Feature] = []
    points = 0
    for number, item in enumerate(items, 1):
        try:
            feature = _feature(number, item)
        except ValueError as error:
            raise _wrong(
                path, gettext("feature %(n)s %(why)s", n=number, why=str(error))
            ) from error
        found.append(feature)
        points += sum(map(len, feature.rings))
        if points > MOST_POINTS:
            raise _wrong(
                path, gettext("it has more than %(n)s points; simplify it first", n=MOST_POINTS)
            )
    return found


def _parsed(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_packed else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unreadable(
            gettext("%(path)s can not be opened: %(why)s.", path=path, why=why)
        ) from error
    if len(data) > MOST_BYTES:
        raise _wrong(
            path, gettext("it is larger than %(n)s MB; simplify it first", n=MOST_BYTES >> 20)
        )
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise _wrong(path, gettext("it is not text in UTF-8")) from error
    except json.JSONDecodeError as error:
        raise _wrong(
            path, gettext("it is not JSON from line %(line)s on", line=error.lineno)
        ) from error
    except (ValueError, RecursionError) as error:
        raise _wrong(path, gettext("it is not JSON a program can read")) from error


def _refuse(word: str) -> None:
    raise ValueError(word)


def _must_be_wgs84(path: Path, crs: Any) -> None:
    """Refuse other coordinate systems, which files from before RFC 7946 may name."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else crs
    if not (isinstance(name, str) and name.upper().endswith(_WGS84)):
        raise _wrong(
            path,
            gettext(
                "its coordinates are %(crs)r, not longitude and latitude (WGS 84); convert it, "
                "for example: ogr2ogr -t_srs EPSG:4326 new.geojson old.geojson",
                crs=_cut(name),
            ),
        )


def _feature(number: int, item: Any) -> Feature:
    if not isinstance(item, dict) or item.get("type") != "Feature":
        raise ValueError(gettext("is no Feature"))
    properties = item.get("properties")
    return Feature(
        number=number,
        properties=properties if isinstance(properties, dict) else {},
        rings=list(_rings(item.get("geometry"))),
    )


def _rings(geometry: Any) -> Iterator[Ring]:
    """Yield the rings of a geometry; those of a geometry that is null are none."""
    if geometry is None:
        return
    kind = geometry.get("type") if isinstance(geometry, dict) else geometry
    if kind == "GeometryCollection":
        for part in _listed(geometry.get("geometries")):
            yield from _rings(part)
        return
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(
            gettext("is a %(kind)s; a map needs Polygon or MultiPolygon", kind=_cut(kind))
        )
    given = _listed(geometry.get("coordinates"))
    for polygon in [given] if kind == "Polygon" else given:
        for place, ring in enumerate(_listed(polygon)):
            yield _ring(_listed(ring), is_hole=place > 0)


def _ring(positions: Sequence[Any], *, is_hole: bool) -> Ring:
    ring = [_point(position) for position in positions]
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(ring) < 4:
        raise ValueError(gettext("has an outline of less than three points"))
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return ring[::-1] if (area < 0) != is_hole else ring


def _point(position: Any) -> Point:
    if not isinstance(position, list) or len(position) < 2:
        raise ValueError(gettext("has coordinates that are no pair of numbers"))
    for number in position[:2]:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(gettext("has coordinates that are no pair of numbers"))
    # Some files go on behind the 180th meridian instead of beginning anew at -180.
    if not (-180 <= position[0] <= 360 and -90 <= position[1] <= 90):
        raise ValueError(
            gettext(
                "has the coordinates %(x)s, %(y)s: that is no longitude (-180 to 180) and latitude "
                "(-90 to 90) in degrees",
                x=_cut(position[0]), y=_cut(position[1]),
            )
        )  # fmt: skip
    return float(position[0]), float(position[1])


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(gettext("has coordinates that are no list"))
    return value


def _wrong(path: Path, why: str) -> Unreadable:
    return Unreadable(gettext("%(path)s can not be drawn: %(why)s.", path=path, why=why))


def _cut(value: Any) -> str:
    return str(value)[:60]


__all__ = ["Feature", "Point", "Ring", "read_features"]
