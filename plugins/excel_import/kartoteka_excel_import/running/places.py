"""Remember which record each row of a file brought: later rows hang on records of earlier ones."""

from __future__ import annotations

from array import array
from collections.abc import Iterable


class Places:
    """Numbers of records by entity and row; four bytes for each row and entity."""

    def __init__(self) -> None:
        self._ids: dict[str, array[int]] = {}

    def keep(self, entity: str, pairs: Iterable[tuple[int, int]]) -> None:
        """Remember rows, by their numbers, with the records they brought."""
        ids = self._ids.setdefault(entity, array("i"))
        for row, number in pairs:
            if row >= len(ids):
                ids.extend([0] * (row + 1000 - len(ids)))
            ids[row] = number

    def find(self, entity: str, row: int) -> int | None:
        """Return the record a row brought, None when it was not written."""
        ids = self._ids.get(entity)
        return (ids[row] or None) if ids is not None and row < len(ids) else None


__all__ = ["Places"]
