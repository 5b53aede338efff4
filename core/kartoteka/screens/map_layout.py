"""Give people and lines of a map their places: nothing overlaps, no line crosses a person.

Rows stand under each other with channels between them. A line leaves a node upwards or downwards
into a channel, goes across, and over the margin when there are rows between; only neighbours in
one row are joined straight. Lines of one `bus` share their way, others have lanes of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from kartoteka.screens.map_rows import Node, columns_of, rows_of

#: A node with its words is so wide; between two of them is so much.
BOX, GUTTER = 98, 8
PITCH = BOX + GUTTER
EDGE, LANE = 12, 8
Point = tuple[float, float]
Span = tuple[float, float, int | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tie:
    """A line to be drawn.

    Args:
        start, end: keys of nodes; it points to the end.
        shift: so far from the middle of a node it begins and ends.
        is_up: the end stands above the start, where that is possible.
    """

    start: int
    end: int
    shift: float = 0
    is_up: bool = False

    @property
    def bus(self) -> int | None:
        """Lines with the same number may share their way."""
        return self.end if self.is_up else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Where everything stands: middles of the circles by key, corners of the lines in order."""

    width: float
    height: float
    places: Mapping[int, Point]
    lines: Sequence[Sequence[Point]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """How a line goes: from port to port through channels; `side` when over the margin."""

    first: int
    last: int
    leaves_up: bool
    enters_down: bool
    start: float
    end: float
    side: int
    bus: int | None

    def spans(self, width: float) -> list[tuple[int, Span]]:
        """Return the channels it goes across, and from where to where."""
        if not self.side:
            return [(self.first, _span(self.start, self.end, self.bus))]
        edge = width + 1 if self.side > 0 else -1
        found = [(self.first, _span(self.start, edge, self.bus))]
        return [*found, (self.last, _span(self.end, edge, self.bus))]


def layout(nodes: Sequence[Node], ties: Sequence[Tie], across: int) -> Layout:
    """Return the places of nodes and lines; the same for the same map.

    Args:
        nodes: the people and the empty seats.
        ties: the lines; those to unknown nodes or to oneself get no points.
        across: so many nodes stand side by side at most.
    """
    known = {node.key: node for node in nodes}
    rows = rows_of(nodes, [(tie.start, tie.end) for tie in ties if tie.is_up], across)
    spots = columns_of(rows)
    width = max(map(len, rows), default=0) * PITCH
    middle = {key: column * PITCH + PITCH / 2 for key, (_row, column) in spots.items()}
    ways: dict[int, _Way] = {}
    for number, tie in enumerate(ties):
        if {tie.start, tie.end} <= known.keys() and not _is_side_by_side(tie, spots):
            ways[number] = _way(tie, spots, middle, width)
    lanes = _Lanes(ways, len(rows), width)
    left, right = lanes.margins()
    tops, height = _rows(rows, known, lanes)
    places = {
        key: (middle[key] + left, tops[row] + max(known[one].radius for one in rows[row]))
        for key, (row, _column) in spots.items()
    }
    lines = [
        lanes.points(number, left, known[tie.start], known[tie.end],
                     places[tie.start], places[tie.end])
        if number in ways
        else _straight(tie, known, places)
        for number, tie in enumerate(ties)
    ]  # fmt: skip
    return Layout(width=width + left + right, height=height, places=places, lines=lines)


def _is_side_by_side(tie: Tie, spots: Mapping[int, tuple[int, float]]) -> bool:
    (row, column), (other_row, other) = spots[tie.start], spots[tie.end]
    return row == other_row and abs(column - other) <= 1


def _way(
    tie: Tie, spots: Mapping[int, tuple[int, float]], middle: Mapping[int, float], width: float
) -> _Way:
    start, end = spots[tie.start][0], spots[tie.end][0]
    first = start + 1 if start < end else start
    last = end + 1 if end < start else end
    across = (middle[tie.start] + middle[tie.end]) / 2 if tie.bus is None else middle[tie.end]
    return _Way(
        first=first, last=last, leaves_up=start >= end, enters_down=start <= end,
        start=middle[tie.start] + tie.shift, end=middle[tie.end] + tie.shift,
        side=0 if first == last else 1 if across > width / 2 else -1, bus=tie.bus,
    )  # fmt: skip


class _Lanes:
    """Lanes of the lines in channels and margins, so that none runs on top of another."""

    def __init__(self, ways: Mapping[int, _Way], rows: int, width: float) -> None:
        self.ways, self.width = ways, width
        self.tops: list[float] = []
        channels: list[list[tuple[Span, int]]] = [[] for _ in range(rows + 1)]
        margins: dict[int, list[tuple[Span, int]]] = {-1: [], 1: []}
        for number, way in ways.items():
            for channel, span in way.spans(width):
                channels[channel].append((span, number))
            if way.side:
                margins[way.side].append((_span(way.first, way.last, way.bus), number))
        self.channels = [_colored(spans, 6) for spans in channels]
        self.sides = {side: _colored(spans, 0.5) for side, spans in margins.items()}

    def margins(self) -> tuple[float, float]:
        """Return how much room lines take left and right of the nodes."""
        left, right = (max(self.sides[side].values(), default=-1) + 1 for side in (-1, 1))
        return left * LANE, right * LANE

    def depth(self, channel: int) -> float:
        """Return how high a channel is."""
        lanes = max(self.channels[channel].values(), default=-1) + 1
        if lanes:
            return 2 * EDGE + (lanes - 1) * LANE
        return 4 if channel in (0, len(self.channels) - 1) else EDGE

    def points(
        self, number: int, left: float, start: Node, end: Node, here: Point, there: Point
    ) -> list[Point]:
        """Return the corners of a line."""
        way = self.ways[number]
        a, b = way.start + left, way.end + left
        out, into = self._y(way.first, number), self._y(way.last, number)
        found = [(a, _port(start, here, a - here[0], up=way.leaves_up)), (a, out)]
        if way.side:
            lane = self.sides[way.side][number]
            x = (left - LANE / 2 - lane * LANE if way.side < 0
                 else left + self.width + LANE / 2 + lane * LANE)  # fmt: skip
            found += [(x, out), (x, into)]
        found += [(b, into), (b, _port(end, there, b - there[0], up=way.enters_down))]
        return _without_stops(found)

    def _y(self, channel: int, number: int) -> float:
        return self.tops[channel] + EDGE + self.channels[channel][number] * LANE


def _rows(
    rows: Sequence[Sequence[int]], known: Mapping[int, Node], lanes: _Lanes
) -> tuple[list[float], float]:
    """Return the upper edge of each row and the height of all; tells lanes where channels are."""
    y = 0.0
    tops: list[float] = []
    for number, row in enumerate(rows):
        lanes.tops.append(y)
        y += lanes.depth(number)
        tops.append(y)
        y += max(known[key].radius for key in row) + max(known[key].below for key in row)
    lanes.tops.append(y)
    return tops, y + lanes.depth(len(rows))


def _port(node: Node, place: Point, shift: float, *, up: bool) -> float:
    """Return where a line touches a node: the circle from above, the end of its words below."""
    x = min(abs(shift), node.radius)
    return place[1] - sqrt(node.radius**2 - x**2) if up else place[1] + node.below + 2


def _straight(tie: Tie, known: Mapping[int, Node], places: Mapping[int, Point]) -> Sequence[Point]:
    """Join neighbours in a row from circle to circle."""
    if tie.start == tie.end or not {tie.start, tie.end} <= known.keys():
        return ()
    (x, y), (other, _y) = places[tie.start], places[tie.end]
    shift = tie.shift / 3 - 4  # over the signs at the lower edge of the circles
    way = 1 if other > x else -1
    first, second = (sqrt(known[key].radius ** 2 - shift**2) for key in (tie.start, tie.end))
    return [(x + way * first, y + shift), (other - way * second, y + shift)]


def _span(one: float, other: float, bus: int | None) -> Span:
    return min(one, other), max(one, other), bus


def _colored(spans: Sequence[tuple[Span, int]], apart: float) -> dict[int, int]:
    """Return for each number the first lane that is free; lines of one bus share theirs."""
    lanes: list[list[Span]] = []
    found: dict[int, int] = {}
    # Lines that share their way come first, so that they lie nearest to whom they lead to.
    for span, number in sorted(spans, key=lambda one: (one[0][2] is None, *one[0][:2], one[1])):
        free = (lane for lane, taken in enumerate(lanes) if _is_free(taken, span, apart))
        found[number] = next(free, len(lanes))
        if found[number] == len(lanes):
            lanes.append([])
        lanes[found[number]].append(span)
    return found


def _is_free(taken: Sequence[Span], span: Span, apart: float) -> bool:
    low, high, bus = span
    return all(
        (bus is not None and bus == other) or high + apart <= first or last + apart <= low
        for first, last, other in taken
    )


def _without_stops(points: Sequence[Point]) -> list[Point]:
    """Drop points in which a line does not turn."""
    found: list[Point] = []
    for point in points:
        if found and point == found[-1]:
            continue
        if len(found) > 1 and (
            found[-2][0] == found[-1][0] == point[0] or found[-2][1] == found[-1][1] == point[1]
        ):
            found.pop()
        found.append(point)
    return found


__all__ = ["BOX", "Layout", "Node", "Point", "Tie", "layout"]
