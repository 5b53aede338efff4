"""Shapes of a country become one light sheet whose neighbours touch."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from math import hypot, pi, sin

import pytest

from kartoteka.services.geojson import Ring
from kartoteka.services.map_classes import classes, shade_of
from kartoteka.services.map_drawing import MOST_CHARACTERS, WIDTH, draw
from kartoteka.services.map_outlines import Borders, simplified, without_seam
from kartoteka.services.map_projection import projection


def box(west: float, south: float, east: float, north: float) -> Ring:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def spots(path: str) -> list[tuple[int, int]]:
    """Return the points of a path, as a browser would walk it."""
    found: list[tuple[int, int]] = []
    for part in path.split("z"):
        numbers = [int(n) for n in re.findall(r"-?\d+", part)]
        x = y = 0
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
    return found


def test_a_country_behind_the_180th_meridian_is_one_piece() -> None:
    flat = projection([(30, 50), (179, 65), (-170, 66)])
    west, east = flat((179.9, 65)), flat((-179.9, 65))
    assert hypot(west[0] - east[0], west[1] - east[1]) < 0.01
    assert flat((30, 50))[0] < flat((100, 50))[0] < flat((-170, 66))[0]


def test_equal_areas_stay_equal_wherever_they_lie() -> None:
    """On a sphere a box of degrees has the area lon · (sin north - sin south)."""
    flat = projection([(20, 40), (60, 80)])
    for south, north in ((40, 45), (70, 75)):
        ring = [flat(p) for p in fine(box(30, south, 31, north))]
        area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2
        real = pi / 180 * (sin(north * pi / 180) - sin(south * pi / 180))
        assert area == pytest.approx(real, rel=1e-3)


def fine(ring: Ring) -> Ring:
    """Return a ring with points between, since a parallel is no straight line on a cone."""
    return [
        (a[0] + (b[0] - a[0]) * n / 20, a[1] + (b[1] - a[1]) * n / 20)
        for a, b in zip(ring, [*ring[1:], ring[-1]], strict=True)
        for n in range(20)
    ]


@pytest.mark.parametrize("places", [
    [box(-1, -2, 1, 2)],  # on the equator the cone is a cylinder
    [box(10, -45, 12, -44), box(12, -45, 14, -44)],  # in the south it stands upside down
    [box(170, 60, 180, 65), box(-180, 60, -175, 65)],
])  # fmt: skip
def test_north_is_up_and_east_is_right_everywhere(places: list[Ring]) -> None:
    flat = projection([point for ring in places for point in ring])
    first, last = places[0], places[-1]
    assert flat(first[0])[0] < flat(last[1])[0]
    assert flat(first[0])[1] < flat(first[3])[1]
    sheet = draw([[ring] for ring in places])
    assert max(sheet.width, sheet.height) == WIDTH
    assert all(0 <= x <= sheet.width and 0 <= y <= sheet.height
               for one in sheet.drawings if one for x, y in spots(one.path))  # fmt: skip


def test_parts_cut_along_the_180th_meridian_grow_together() -> None:
    east, west = box(175, 60, 180, 66), box(-180, 60, -175, 66)
    west.insert(4, (-180, 63))  # the other side has points of its own on the cut
    (joined,) = without_seam([east, west])
    assert set(joined) >= {(175, 60), (-175, 66)}
    assert (180.0, 63) not in joined
    assert len(draw([[east, west]]).drawings) == 1
    plain = [box(10, 60, 11, 61)]
    assert without_seam(plain) is plain


def test_a_border_is_simplified_alike_on_both_sides() -> None:
    wave = [(50, y * 10, 3 if y % 2 else 0) for y in range(11)]
    border = [(x + off, y) for x, y, off in wave]
    left = [(0, 0), *border, (0, 100), (0, 0)]
    right = [(100, 100), *border[::-1], (100, 0), (100, 100)]
    found = Borders([[left], [right]]).simplified(5)
    between = [{spot for spot in place[0] if 0 < spot[0] < 100} for place in found]
    assert between[0] == between[1] == {(50, 0), (50, 100)}


def test_nothing_moves_further_than_the_tolerance() -> None:
    line = [(x, round(30 * sin(x / 20))) for x in range(0, 400, 2)]
    light = simplified(line, 2)
    assert [light[0], light[-1]] == [line[0], line[-1]]
    assert len(light) < len(line) / 4
    for x, y in line:
        before = max(p for p in light if p[0] <= x)
        after = min(p for p in light if p[0] >= x)
        across, up = after[0] - before[0], after[1] - before[1]
        off = abs(across * (y - before[1]) - up * (x - before[0]))
        assert off <= 2.0001 * hypot(across, up)


def test_ninety_regions_in_all_detail_stay_light_and_keep_all_places() -> None:
    places = [[jagged(x * 2.0, 45 + y * 2.0)] for x in range(10) for y in range(9)]
    places.append([box(5.001, 50.001, 5.0011, 50.0011)])  # smaller than a unit
    sheet = draw(places)
    drawings = [one for one in sheet.drawings if one]
    assert len(drawings) == 91
    assert sum(len(one.path) for one in drawings) <= MOST_CHARACTERS
    assert (drawings[-1].is_small, drawings[0].is_small) == (True, False)


def jagged(west: float, south: float) -> Ring:
    """Return a box of two degrees whose sides have 400 teeth."""
    ring: Ring = []
    for n in range(400):
        side, step = divmod(n, 100)
        along, tooth = step / 50, 0.01 if n % 2 else 0.0
        ring.append([(west + along, south + tooth), (west + 2 - tooth, south + along),
                     (west + 2 - along, south + 2 - tooth), (west + tooth, south + 2 - along)]
                    [side])  # fmt: skip
    return [*ring, ring[0]]


def test_classes_hold_equally_many_or_are_equally_wide_and_never_split_equal_values() -> None:
    values = [Decimal(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 100)]
    many = classes(values, "quantile")
    assert [(one.low, one.high, one.count) for one in many] == [
        (1, 2, 2), (3, 4, 2), (5, 6, 2), (7, 8, 2), (9, 100, 2),
    ]  # fmt: skip
    wide = classes(values, "equal")
    assert [(one.low, one.high, one.shade) for one in wide] == [(1, 9, 1), (100, 100, 5)]
    assert [shade_of(value, wide) for value in values] == [1] * 9 + [5]
    tied = classes([Decimal(5)] * 7 + [Decimal(8)], "quantile")
    assert [(one.low, one.count, one.shade) for one in tied] == [(5, 7, 1), (8, 1, 5)]
    assert [one.shade for one in classes([Decimal(5)] * 3, "equal")] == [3]
    assert classes([], "quantile") == []
