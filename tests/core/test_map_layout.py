"""Any unit can be drawn: nothing overlaps, no line crosses a person, the picture is stable."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from kartoteka.screens.map_layout import BOX, Layout, Node, Tie, layout
from kartoteka.screens.map_rows import rows_of
from kartoteka.screens.map_words import lines_of, width_of

SHIFTS = (0, 11, -11)
Box = tuple[float, float, float, float]


@st.composite
def units(draw: Any) -> tuple[list[Node], list[Tie], int]:
    """Make people, and lines of all kinds between them: rings, doubles, loops, strangers."""
    count = draw(st.integers(1, 40))
    nodes = [
        Node(key=key, weight=draw(st.integers(0, 6)), radius=draw(st.sampled_from((18, 24, 31.0))),
             below=draw(st.integers(45, 110)))
        for key in range(1, count + 1)
    ]  # fmt: skip
    end = st.integers(0, count + 1)
    ties = draw(
        st.lists(
            st.tuples(end, end, st.sampled_from(SHIFTS)).map(
                lambda one: Tie(start=one[0], end=one[1], shift=one[2], is_up=one[2] == 0)
            ),
            max_size=60,
        )
    )
    return nodes, ties, draw(st.integers(1, 9))


def boxes(nodes: list[Node], made: Layout) -> dict[int, Box]:
    """Return left, top, right and bottom of each node with its words."""
    return {
        node.key: (x - BOX / 2, y - node.radius, x + BOX / 2, y + node.below)
        for node in nodes
        for x, y in [made.places[node.key]]
    }


def meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@settings(max_examples=40, deadline=None)
@given(units())
def test_nobody_stands_on_anybody_and_no_line_crosses_a_person(
    unit: tuple[list[Node], list[Tie], int],
) -> None:
    nodes, ties, across = unit
    made = layout(nodes, ties, across)
    taken = boxes(nodes, made)
    assert taken.keys() == {node.key for node in nodes}
    for one, other in combinations(taken.values(), 2):
        assert not meet(one, other)
    for left, top, right, bottom in taken.values():
        assert left >= 0
        assert top >= 0
        assert right <= made.width
        assert bottom <= made.height
    for tie, points in zip(ties, made.lines, strict=True):
        drawn = tie.start != tie.end and {tie.start, tie.end} <= taken.keys()
        assert bool(points) is drawn
        for (x, y), (other_x, other_y) in pairwise(points):
            assert x == other_x or y == other_y
            assert 0 <= min(x, other_x) <= max(x, other_x) <= made.width
            assert 0 <= min(y, other_y) <= max(y, other_y) <= made.height
            piece = (min(x, other_x), min(y, other_y), max(x, other_x) + 1e-9,
                     max(y, other_y) + 1e-9)  # fmt: skip
            for key, box in taken.items():
                assert key in (tie.start, tie.end) or not meet(piece, box)


@settings(max_examples=30, deadline=None)
@given(units(), st.randoms(use_true_random=False))
def test_the_same_unit_is_drawn_the_same_in_whatever_order_it_is_read(
    unit: tuple[list[Node], list[Tie], int], chance: Any
) -> None:
    nodes, ties, across = unit
    mixed = list(nodes)
    chance.shuffle(mixed)
    assert layout(mixed, ties, across) == layout(nodes, ties, across)


@settings(max_examples=40, deadline=None)
@given(units())
def test_whoever_reports_stands_below_unless_it_is_a_ring(
    unit: tuple[list[Node], list[Tie], int],
) -> None:
    nodes, ties, across = unit
    # Only lines to people with a smaller number: there can be no ring.
    ups = [tie for tie in ties if tie.is_up and 0 < tie.end < tie.start <= len(nodes)]
    made = layout(nodes, ups, across)
    for tie in ups:
        assert made.places[tie.start][1] > made.places[tie.end][1]


@pytest.mark.parametrize("ring", [[(1, 2), (2, 1)], [(1, 2), (2, 3), (3, 1)], [(1, 1)]])
def test_a_ring_of_superiors_is_drawn_with_its_weightiest_on_top(
    ring: list[tuple[int, int]],
) -> None:
    nodes = [Node(key=key, weight=weight, radius=20, below=60)
             for key, weight in ((1, 2), (2, 5), (3, 1))]  # fmt: skip
    made = layout(nodes, [Tie(start=low, end=high, is_up=True) for low, high in ring], 3)
    assert min(made.places, key=lambda key: (made.places[key][1], made.places[key][0])) == 2
    assert sum(map(bool, made.lines)) == len([1 for low, high in ring if low != high])


def test_a_row_is_never_longer_than_asked_and_a_long_level_is_broken_evenly() -> None:
    nodes = [Node(key=key, weight=1, radius=20, below=60) for key in range(1, 9)]
    rows = rows_of(nodes, [(key, 1) for key in range(2, 9)], 3)
    assert [len(row) for row in rows] == [1, 3, 2, 2]


def test_who_has_no_line_stands_on_top_only_with_enough_influence() -> None:
    nodes = [Node(key=key, weight=weight, radius=20, below=60)
             for key, weight in ((1, 4), (2, 2), (3, 5), (4, 1))]  # fmt: skip
    assert rows_of(nodes, [(2, 1)], 3) == [[3, 1], [2], [4]]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from((10.5, 12)), st.integers(1, 3))
def test_words_fit_under_their_circle(text: str, size: float, most: int) -> None:
    lines = lines_of(text, size, most)
    assert len(lines) <= most
    assert all(width_of(line, size) <= BOX for line in lines)
    if not any(line.endswith("…") for line in lines):
        assert " ".join(lines) == " ".join(text.split())
