"""Draw the places of a country as SVG paths on one sheet, light enough for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kartoteka.services.geojson import Ring
from kartoteka.services.map_outlines import Borders, Outline, on_grid, path_of, without_seam
from kartoteka.services.map_projection import projection

#: Width of the sheet in units; a screen shows about half as many points.
WIDTH = 2000
EDGE = 12
#: All paths together have at most so many characters.
MOST_CHARACTERS = 140_000
#: Borders move by up to half a point of the screen; further until all fits.
_TOLERANCE, _COARSER = 1.0, 1.5
#: An island of less than so many units across is not drawn, unless it is all there is.
_LEAST = 3
#: A place of less than so many units across gets a circle that can be seen and touched.
_SMALL = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """One place on the sheet; `x` and `y` are the middle of its largest part."""

    path: str
    x: int
    y: int
    is_small: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A map: a drawing for each place, in their order; None where nothing can be drawn."""

    width: int
    height: int
    drawings: Sequence[Drawing | None]
    points: int


def draw(places: Sequence[Sequence[Ring]]) -> Sheet:
    """Draw places by their rings in longitude and latitude."""
    whole = [without_seam(rings) for rings in places]
    points = [point for rings in whole for ring in rings for point in ring]
    if not points:
        return Sheet(width=WIDTH, height=WIDTH, drawings=[None] * len(places), points=0)
    flat = projection(points)
    laid = [[[flat(point) for point in ring] for ring in rings] for rings in whole]
    xs = [x for rings in laid for ring in rings for x, _y in ring]
    ys = [y for rings in laid for ring in rings for _x, y in ring]
    left, top = min(xs), max(ys)
    wide, high = max(xs) - left, top - min(ys)
    # A high country is as high as a wide one is wide.
    scale = (WIDTH - 2 * EDGE) / (max(wide, high) or 1)
    grid = [
        on_grid(
            ((EDGE + (x - left) * scale, EDGE + (top - y) * scale) for x, y in ring)
            for ring in rings
        )
        for rings in laid
    ]
    drawings, points_kept = _light([_without_specks(outlines) for outlines in grid])
    return Sheet(
        width=round(wide * scale) + 2 * EDGE, height=round(high * scale) + 2 * EDGE,
        drawings=[
            one or _dot(rings, left, top, scale) for one, rings in zip(drawings, laid, strict=True)
        ],
        points=points_kept,
    )  # fmt: skip


def _light(places: Sequence[Sequence[Outline]]) -> tuple[list[Drawing | None], int]:
    borders, tolerance = Borders(places), _TOLERANCE
    while True:
        outlines = borders.simplified(tolerance)
        drawings = [_drawing(place) for place in outlines]
        size = sum(len(one.path) for one in drawings if one)
        # Where all is triangles already, nothing gets lighter.
        if size <= MOST_CHARACTERS or tolerance > WIDTH / 20:
            return drawings, sum(len(outline) for place in outlines for outline in place)
        tolerance *= _COARSER


def _drawing(outlines: Sequence[Outline]) -> Drawing | None:
    if not outlines:
        return None
    left, top, right, bottom = _box(max(outlines, key=_across))
    return Drawing(
        path=path_of(outlines), x=(left + right) // 2, y=(top + bottom) // 2,
        is_small=max(right - left, bottom - top) < _SMALL,
    )  # fmt: skip


def _dot(
    rings: Sequence[Sequence[tuple[float, float]]], left: float, top: float, scale: float
) -> Drawing | None:
    """Return a place that is smaller than a unit: only its circle is seen."""
    if not rings:
        return None
    x, y = rings[0][0]
    spot = round(EDGE + (x - left) * scale), round(EDGE + (top - y) * scale)
    return Drawing(path="", x=spot[0], y=spot[1], is_small=True)


def _without_specks(outlines: Sequence[Outline]) -> list[Outline]:
    largest = max(map(_across, outlines), default=0)
    return [one for one in outlines if _across(one) >= min(_LEAST, largest)]


def _across(outline: Outline) -> int:
    left, top, right, bottom = _box(outline)
    return max(right - left, bottom - top)


def _box(outline: Outline) -> tuple[int, int, int, int]:
    xs, ys = [x for x, _y in outline], [y for _x, y in outline]
    return min(xs), min(ys), max(xs), max(ys)


__all__ = ["MOST_CHARACTERS", "WIDTH", "Drawing", "Sheet", "draw"]
