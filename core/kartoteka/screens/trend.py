"""Draw the trend of an indicator as the points of a small line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WIDTH, HEIGHT, EDGE = 120, 28, 3
#: More points than this would stand closer than a pixel.
MOST_POINTS = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """A line in a box of WIDTH by HEIGHT: its points as SVG wants them, and its last point."""

    points: str
    last_x: float
    last_y: float
    width: int = WIDTH
    height: int = HEIGHT


def trend(series: Sequence[tuple[date, Decimal]]) -> Trend | None:
    """Return the line of values in time, the earliest on the left; None for less than two."""
    kept = series[-MOST_POINTS:]
    if len(kept) < 2:
        return None
    first, last = kept[0][0].toordinal(), kept[-1][0].toordinal()
    values = [float(value) for _day, value in kept]
    low, high = min(values), max(values)
    across = (WIDTH - 2 * EDGE) / ((last - first) or 1)
    up = (HEIGHT - 2 * EDGE) / ((high - low) or 1)
    level = high == low
    places = [
        (
            round(EDGE + (day.toordinal() - first) * across, 1),
            HEIGHT / 2 if level else round(HEIGHT - EDGE - (float(value) - low) * up, 1),
        )
        for day, value in kept
    ]
    return Trend(
        points=" ".join(f"{x:g},{y:g}" for x, y in places),
        last_x=places[-1][0],
        last_y=places[-1][1],
    )
