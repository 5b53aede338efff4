"""Sort the values of a map into classes, each of which gets one shade."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

#: More shades than that are not told apart at a glance.
MOST = 5

Way = Literal["quantile", "equal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueClass:
    """Values from `low` to `high`, both of which occur; `shade` is 1 (light) to MOST (dark)."""

    low: Decimal
    high: Decimal
    count: int
    shade: int


def classes(values: Sequence[Decimal], way: Way) -> list[ValueClass]:
    """Return classes from the lowest to the highest; none is empty, equal values share one.

    Args:
        values: in any order.
        way: `quantile`: as many values in each as can be; `equal`: equally wide.
    """
    if not values:
        return []
    ordered = sorted(values)
    parts = _quantiles(ordered) if way == "quantile" else _equal(ordered)
    found = [(shade, part) for shade, part in parts if part]
    if way == "quantile" and len(found) < MOST:
        last = len(found) - 1
        found = [
            (1 + round(place * (MOST - 1) / last) if last else MOST // 2 + 1, part)
            for place, (_shade, part) in enumerate(found)
        ]
    return [
        ValueClass(low=part[0], high=part[-1], count=len(part), shade=shade)
        for shade, part in found
    ]


def shade_of(value: Decimal, found: Sequence[ValueClass]) -> int:
    """Return the shade of a value that was sorted into these classes."""
    return found[bisect_left([one.high for one in found], value)].shade


def _quantiles(ordered: Sequence[Decimal]) -> list[tuple[int, list[Decimal]]]:
    bounds = sorted({ordered[-(-len(ordered) * k // MOST) - 1] for k in range(1, MOST + 1)})
    parts: list[list[Decimal]] = [[] for _bound in bounds]
    for value in ordered:
        parts[bisect_left(bounds, value)].append(value)
    return list(enumerate(parts, 1))


def _equal(ordered: Sequence[Decimal]) -> list[tuple[int, list[Decimal]]]:
    low, width = ordered[0], ordered[-1] - ordered[0]
    if not width:
        return [(MOST // 2 + 1, list(ordered))]
    parts: list[list[Decimal]] = [[] for _shade in range(MOST)]
    for value in ordered:
        parts[min(int((value - low) * MOST / width), MOST - 1)].append(value)
    return list(enumerate(parts, 1))


__all__ = ["MOST", "ValueClass", "Way", "classes", "shade_of"]
