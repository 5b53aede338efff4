"""Know a row that only adds up the others: it must not become a client."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kartoteka_excel_import.reading.shapes import Cell

_WORDS = (
    r"итого|итог|всего|общо|общий итог|общая сумма|общо за|сума|сбор|всичко|"
    r"(?:grand |sub)?\s?totals?|sum|gesamt|summe"
)
#: The word alone, or with a number, a colon, or what is added up: "Итого по Москве: 25".
_TOTAL = re.compile(
    rf"(?:{_WORDS})(?:\s*[:=.\-–—]*|\s*[:=\-–—].*|\s+(?:по|за|на|for|of|в|от)\s.*|\s+[\d\s.,]+.*"
    r"|\s+(?:клиентов|записей|строк|позиций|клиенти|записа|реда|rows|records|clients))",
    re.I | re.S,
)
_FIRST = frozenset("иИвВоОсСtTgGsS")
_NUMBER = re.compile(r"[-+]?[\d\s\xa0\u202f.,%]+(?:\s?(?:клиент\w*|запис\w*|строк\w*|позици\w*|реда?|rows?|records?|clients?|руб\.?|р\.|₽|лв\.?|€|\$|eur|bgn|шт\.?|бр\.?))?", re.I)  # noqa: E501  # fmt: skip


def is_total(cells: Sequence[Cell]) -> bool:
    """Tell whether a row is a total: its first filled cell says so, and the others are numbers."""
    first = cells[0] if cells else None
    if first is not None and (type(first) is not str or first[0] not in _FIRST):
        return False  # most rows; all rows of a list are asked
    filled = (cell for cell in cells if cell is not None)
    first = next(filled, None)
    if type(first) is not str or first[0] not in _FIRST or not _TOTAL.fullmatch(first):
        return False
    return all(
        isinstance(cell, (int, float)) or (isinstance(cell, str) and _NUMBER.fullmatch(cell))
        for cell in filled
    )


__all__ = ["is_total"]
