"""Write the corners of a line as paths of SVG: the line, the head of its arrow, its middle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kartoteka.screens.map_layout import Point

_CORNER = 5


def path_of(points: Sequence[Point]) -> str:
    """Return a path with round corners."""
    found = [f"M{_at(points[0])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        first, second = _toward(here, before), _toward(here, after)
        found.append(f"L{_at(first)}Q{_at(here)} {_at(second)}")
    return "".join([*found, f"L{_at(points[-1])}"])


def _toward(here: Point, other: Point) -> Point:
    """Return the point near a corner where the round begins."""
    length = abs(other[0] - here[0]) + abs(other[1] - here[1])
    part = min(_CORNER, length / 2) / length
    return here[0] + (other[0] - here[0]) * part, here[1] + (other[1] - here[1]) * part


def head_of(points: Sequence[Point]) -> str:
    (x0, y0), (x, y) = points[-2], points[-1]
    right, down = (x > x0) - (x < x0), (y > y0) - (y < y0)
    back = (x - 7 * right, y - 7 * down)
    one = (back[0] + 3.5 * down, back[1] + 3.5 * right)
    other = (back[0] - 3.5 * down, back[1] - 3.5 * right)
    return f"M{_at((x, y))}L{_at(one)}L{_at(other)}Z"


def middle_of(points: Sequence[Point]) -> Point:
    """Return the middle of the longest piece of a line that goes across."""
    pieces = pairwise(points)
    (x, y), (other, last) = max(pieces, key=lambda ends: abs(ends[0][0] - ends[1][0]))
    return round((x + other) / 2, 1), round((y + last) / 2, 1)


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


__all__ = ["Point", "head_of", "middle_of", "path_of"]
