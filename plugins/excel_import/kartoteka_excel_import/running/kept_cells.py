"""Keep cells as JSON: texts, numbers and truth as they are, days and times with a mark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from kartoteka_excel_import.reading.shapes import Cell


def kept_row(columns: Sequence[Sequence[Cell]], place: int) -> list[Any]:
    """Return the cells of one row as they are kept."""
    return [_kept(column[place]) for column in columns]


def cell_of(kept: Any) -> Cell:
    """Return a cell from what is kept."""
    if not isinstance(kept, dict):
        return kept
    ((kind, text),) = kept.items()  # pyright: ignore[reportUnknownVariableType]
    if kind == "span":
        return timedelta(seconds=text)  # pyright: ignore[reportUnknownArgumentType]
    kinds: dict[str, Any] = {"moment": datetime, "day": date, "time": time}
    return kinds[str(kind)].fromisoformat(text)  # pyright: ignore[reportUnknownArgumentType]


def _kept(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time):
        return {"time": cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"span": cell.total_seconds()}
    return cell


__all__ = ["cell_of", "kept_row"]
