"""Take the median of the gaps between days, as one aggregate on every database.

Window functions would sort every ledger twice. SQLite calls the class below; PostgreSQL gathers
the days of a group in an array and takes the median of their gaps.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class median_gap(GenericFunction[int]):
    """The middle one of the gaps in days between the different days of a group.

    Of two middle ones the whole days of their mean; NULL under two days. A tally with it has no
    `where`: PostgreSQL has no FILTER for it.
    """

    name = "kartoteka_median_gap"
    type = Integer()
    inherit_cache = True


class MedianGap:
    """The aggregate of SQLite."""

    def __init__(self) -> None:
        self._days: set[str] = set()

    def step(self, day: str | None) -> None:
        """Take the day of one row."""
        if day is not None:
            self._days.add(day)

    def finalize(self) -> int | None:
        """Return the median."""
        days = sorted(date.fromisoformat(day).toordinal() for day in self._days)
        if len(days) < 2:
            return None
        return int(median(last - first for first, last in pairwise(days)))


@compiles(median_gap, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    (day,) = (compiler.process(part, **options) for part in element.clauses)
    return (
        "(SELECT CAST(floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY gaps.day - gaps.before)) "
        "AS INTEGER) FROM (SELECT days.day, lag(days.day) OVER (ORDER BY days.day) AS before "
        f"FROM unnest(array_agg(DISTINCT {day})) AS days(day)) AS gaps)"
    )


__all__ = ["MedianGap", "median_gap"]
