"""Put the people of a map into rows by who reports to whom; knows nothing of their names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A circle with words under it.

    Args:
        key: one of a kind in its map.
        weight: who has more of it stands higher, where nothing else decides.
        radius: of the circle.
        below: how far its words reach below the middle of the circle.
    """

    key: int
    weight: int
    radius: float
    below: float


def rows_of(
    nodes: Sequence[Node], reports: Collection[tuple[int, int]], across: int
) -> list[list[int]]:
    """Return the keys of nodes in rows, the top one first; the same for the same map.

    Whoever reports to somebody stands below them, as far as there is no ring of people who report
    to each other: a ring is cut where its weightiest stands. Who neither reports nor is reported
    to stands on top if nobody there weighs more, else below all others.

    Args:
        nodes: the people and the empty seats.
        reports: keys, the lower one first; those of unknown nodes are passed over.
        across: so many stand side by side at most.
    """
    keys = {node.key for node in nodes}
    pairs = {(low, high) for low, high in reports if low != high and {low, high} <= keys}
    linked = {key for pair in pairs for key in pair}
    order = [node.key for node in sorted(nodes, key=lambda node: (-node.weight, node.key))]
    weights = {node.key: node.weight for node in nodes}
    levels = _levels([key for key in order if key in linked], pairs)
    top = max((weights[key] for key in levels[0]), default=0) if levels else 0
    alone = [key for key in order if key not in linked]
    if not levels:
        return [row for level in [alone] if level for row in _wrapped(level, across)]
    levels[0] = [key for key in order if key in {*levels[0], *alone} and
                 (key in linked or weights[key] >= top)]  # fmt: skip
    rest = [key for key in alone if weights[key] < top]
    placed = [*_in_order(levels, pairs), *([rest] if rest else [])]
    return [row for level in placed for row in _wrapped(level, across)]


def _levels(keys: Sequence[int], pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return who stands on which level: one below the lowest of those they report to."""
    above: dict[int, set[int]] = {key: set() for key in keys}
    for low, high in pairs:
        above[low].add(high)
    level: dict[int, int] = {}
    left = list(keys)
    while left:
        free = [key for key in left if above[key] <= level.keys()]
        for key in free or left[:1]:  # nobody is free in a ring: its weightiest goes first
            level[key] = 1 + max((level[one] for one in above[key] if one in level), default=-1)
        left = [key for key in left if key not in level]
    found: list[list[int]] = [[] for _ in range(1 + max(level.values(), default=-1))]
    for key in keys:
        found[level[key]].append(key)
    return found


def _in_order(
    levels: Sequence[Sequence[int]], pairs: Collection[tuple[int, int]]
) -> list[list[int]]:
    """Order each level so that people stand near those they report to: lines cross less."""
    place: dict[int, float] = {}
    ordered: list[list[int]] = []
    for level in levels:
        middle = {key: _mean([place[high] for low, high in pairs if low == key and high in place])
                  for key in level}  # fmt: skip
        row = sorted(level, key=lambda key: middle[key])
        place.update({key: (number + 0.5) / len(row) for number, key in enumerate(row)})
        ordered.append(row)
    return ordered


def _mean(values: Sequence[float]) -> float:
    return sum(sorted(values)) / len(values) if values else 0.5


def _wrapped(level: Sequence[int], across: int) -> list[list[int]]:
    """Break a level that is too long into rows of about the same length."""
    count = ceil(len(level) / across)
    size, more = divmod(len(level), count)
    rows: list[list[int]] = []
    start = 0
    for number in range(count):
        end = start + size + (number < more)
        rows.append(list(level[start:end]))
        start = end
    return rows


def columns_of(rows: Sequence[Sequence[int]]) -> Mapping[int, tuple[int, float]]:
    """Return row and column of each key; rows stand in the middle of the longest one."""
    widest = max(map(len, rows), default=0)
    return {
        key: (number, (widest - len(row)) / 2 + place)
        for number, row in enumerate(rows)
        for place, key in enumerate(row)
    }


__all__ = ["Node", "columns_of", "rows_of"]
