"""Make outlines light enough for a page, so that neighbours still touch each other.

Borders are cut where three outlines meet, and each piece is simplified once for both sides
(as TopoJSON does), by the algorithm of Ramer, Douglas and Peucker (1973).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from kartoteka.services.geojson import Point, Ring

Spot = tuple[int, int]
#: A closed outline on the grid of the map: its first point is its last one.
Outline = list[Spot]


def without_seam(rings: Sequence[Ring]) -> Sequence[Ring]:
    """Join the parts of a place that its file cut along the 180th meridian."""
    cuts = sorted({lat for ring in rings for lon, lat in ring if abs(lon) == 180})
    if not cuts:
        return rings
    edges: dict[Point, list[Point]] = defaultdict(list)
    for ring in rings:
        points = [(180.0, lat) if abs(lon) == 180 else (lon, lat) for lon, lat in ring]
        for start, end in pairwise(points):
            for one, other in pairwise(_with_cuts(start, end, cuts)):
                if one == other:
                    continue
                if one in edges.get(other, ()):
                    edges[other].remove(one)  # the other side of the cut
                else:
                    edges[one].append(other)
    return list(_walked(edges))


def _with_cuts(start: Point, end: Point, cuts: Sequence[float]) -> list[Point]:
    """Return an edge along the cut with all points on it: the other side may have others."""
    if not (start[0] == end[0] == 180):
        return [start, end]
    low, high = sorted((start[1], end[1]))
    between = [(180.0, lat) for lat in cuts if low < lat < high]
    return [start, *(between if start[1] < end[1] else reversed(between)), end]


def _walked(edges: dict[Point, list[Point]]) -> Iterable[Ring]:
    for start in list(edges):
        while edges[start]:
            ring = [start]
            while edges.get(ring[-1]):
                ring.append(edges[ring[-1]].pop())
                if ring[-1] == start:
                    break
            if len(ring) > 3 and ring[0] == ring[-1]:
                yield ring


def on_grid(rings: Iterable[Iterable[Point]]) -> list[Outline]:
    """Return outlines with whole coordinates; those of less than three points are left out."""
    found: list[Outline] = []
    for ring in rings:
        outline: Outline = []
        for x, y in ring:
            spot = (round(x), round(y))
            if not outline or outline[-1] != spot:
                outline.append(spot)
        if len(outline) > 3:
            found.append(outline)
    return found


class Borders:
    """The borders of all places of a map, cut into pieces that are simplified once."""

    def __init__(self, places: Sequence[Sequence[Outline]]) -> None:
        beside: dict[Spot, set[Spot]] = defaultdict(set)
        for outlines in places:
            for outline in outlines:
                for one, other in pairwise(outline):
                    beside[one].add(other)
                    beside[other].add(one)
        crossings = {spot for spot, others in beside.items() if len(others) > 2}
        self._places = [[_pieces(outline, crossings) for outline in place] for place in places]

    def simplified(self, tolerance: float) -> list[list[Outline]]:
        """Return the outlines of each place; nothing moves by more than the tolerance.

        An outline that would be a line is left out.
        """
        known: dict[tuple[Spot, ...], list[Spot]] = {}
        return [
            [
                outline
                for pieces in place
                if len(outline := _joined(pieces, known, tolerance)) > 3
            ]
            for place in self._places
        ]  # fmt: skip


def _pieces(outline: Outline, crossings: set[Spot]) -> list[tuple[Spot, ...]]:
    """Cut an outline at its crossings; both sides of a border get the same pieces."""
    ring = outline[:-1]
    begin = next((n for n, spot in enumerate(ring) if spot in crossings), None)
    if begin is None:
        begin = ring.index(min(ring))
    ring = [*ring[begin:], *ring[: begin + 1]]
    pieces: list[tuple[Spot, ...]] = []
    start = 0
    for place in range(1, len(ring)):
        if ring[place] in crossings or place == len(ring) - 1:
            pieces.append(tuple(ring[start : place + 1]))
            start = place
    return pieces


def _joined(
    pieces: Sequence[tuple[Spot, ...]], known: dict[tuple[Spot, ...], list[Spot]], tolerance: float
) -> Outline:
    outline: Outline = []
    for piece in pieces:
        back = piece[::-1]
        one_way = min(piece, back)
        light = known.get(one_way)
        if light is None:
            light = known[one_way] = simplified(one_way, tolerance)
        outline += (light if one_way is piece else light[::-1])[1 if outline else 0 :]
    return outline


def simplified(line: Sequence[Spot], tolerance: float) -> list[Spot]:
    """Return a line with as few of its points as stay within the tolerance; ends are kept."""
    if len(line) < 3:
        return list(line)
    kept = [False] * len(line)
    kept[0] = kept[-1] = True
    if line[0] == line[-1]:  # a ring: its farthest point is its other end
        far = max(range(len(line)), key=lambda n: _squared(line[n], line[0]))
        kept[far] = True
        waiting = [(0, far), (far, len(line) - 1)]
    else:
        waiting = [(0, len(line) - 1)]
    while waiting:
        start, end = waiting.pop()
        farthest, place = tolerance * tolerance, 0
        (ax, ay), (bx, by) = line[start], line[end]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        for number in range(start + 1, end):
            x, y = line[number]
            share = ((x - ax) * dx + (y - ay) * dy) / length if length else 0.0
            share = min(max(share, 0.0), 1.0)
            off = (x - ax - share * dx) ** 2 + (y - ay - share * dy) ** 2
            if off > farthest:
                farthest, place = off, number
        if place:
            kept[place] = True
            waiting += [(start, place), (place, end)]
    return [spot for spot, is_kept in zip(line, kept, strict=True) if is_kept]


def path_of(outlines: Iterable[Outline]) -> str:
    """Return outlines as an SVG path, each point by its distance from the one before."""
    parts: list[str] = []
    for outline in outlines:
        (x, y), *rest = outline[:-1]
        parts.append(f"M{x} {y}l")
        for place, (to_x, to_y) in enumerate(rest):
            step = f"{to_x - x} {to_y - y}".replace(" -", "-")
            parts.append(step if place == 0 or step[0] == "-" else f" {step}")
            x, y = to_x, to_y
        parts.append("z")
    return "".join(parts)


def _squared(one: Spot, other: Spot) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


__all__ = ["Borders", "Outline", "Spot", "on_grid", "path_of", "simplified", "without_seam"]
