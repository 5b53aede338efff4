"""Find the row with the heads of a table, below titles and remarks, or that there is none."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from kartoteka_excel_import.reading.book import Merge
from kartoteka_excel_import.reading.cells import TRIMMED

#: Rows that are looked through for heads, and rows below that say how wide the table is.
LOOKED_THROUGH = 100
_BELOW = 20
#: A row this full, against the fullest below it, may be the heads.
_LEAST_FULL = 0.6
_FULL_ENOUGH = 0.8
#: From this share of values on a row is no row of heads.
_MOST_VALUES = 0.34
_LONG = 60
_YEAR = re.compile(r"(19|20)\d\d\.?")
_VALUE = re.compile(
    r"[-+(]?[\d\s.,:/()+%\-–₽$€£]*\d[\d\s.,:/()+%\-–₽$€£]*"  # a number, a date, a phone
    r"|[^@\s]+@[^@\s]+\.[^@\s]+"  # an e-mail
    r"|(https?://|www\.)\S+"
    r"|null|none|n/a|true|false|да|нет|-",
    re.I,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Where the heads and the rows are, as positions in the sample.

    Args:
        top, bottom: of the heads; the same but for heads of two levels. -1 without heads.
        body: the first row of the table itself.
    """

    top: int
    bottom: int
    body: int


class ErrorCell:
    """Stands where a formula gave an error: something is there, but neither a head nor a value."""

    def __str__(self) -> str:
        return ""


ERROR = ErrorCell()


class Sample:
    """The first rows of a sheet, as far as the search for heads looks at them."""

    def __init__(self, rows: Sequence[Sequence[Any]], merged: Sequence[Merge] = ()) -> None:
        """Take the rows from the first of the sheet on."""
        self.rows = rows
        self.across = [one for one in merged if one[3] > one[1] and one[0] <= len(rows)]
        self.down = [one for one in merged if one[2] > one[0] and one[0] <= len(rows)]
        self._full = [self._count(position) for position in range(len(rows))]

    def full(self, position: int) -> int:
        """Return how many cells of a row are filled, those of merged cells included."""
        return self._full[position]

    def _count(self, position: int) -> int:
        filled = {column for column, cell in enumerate(self.rows[position]) if is_filled(cell)}
        if len(filled) > 1:  # one cell over the whole width is a title
            for top, left, bottom, right in self.across:
                if top == bottom == position + 1 and left in filled:
                    filled.update(range(left, right + 1))
        return len(filled)

    def at(self, position: int, column: int) -> Any:
        """Return a cell; one within a merged block has the value of the block."""
        row = self.rows[position]
        cell = row[column] if column < len(row) else ""
        if is_filled(cell):
            return cell
        for top, left, bottom, right in {*self.across, *self.down}:
            if top <= position + 1 <= bottom and left <= column <= right:
                first = self.rows[top - 1]
                return first[left] if left < len(first) else ""
        return cell

    def values_share(self, position: int) -> float:
        """Return the share of a row's filled cells that are values rather than heads."""
        filled = [c for c in self.rows[position] if is_filled(c) and c is not ERROR]
        return sum(map(is_value, filled)) / len(filled) if filled else 1.0


def find(sample: Sample, known: Collection[str] = ()) -> Found:
    """Return where the heads are.

    The best row is taken: full, of short different texts, with values below it, near the top. A
    best row that itself looks like values means a list without heads.

    Args:
        known: words that heads are likely to be.
    """
    words = {_folded(word) for word in known}
    filled = [position for position in range(len(sample.rows)) if sample.full(position)]
    best, best_score, first = -1, -9.0, -1
    for order, position in enumerate(filled[:LOOKED_THROUGH]):
        reach = max(sample.full(other) for other in filled[order : order + _BELOW])
        full = sample.full(position)
        if full < _LEAST_FULL * reach or (full < 2 and reach > 1):
            continue
        if first < 0:
            first = position
        below = filled[order + 1 : order + 11]
        score = _score(sample, position, below, full / reach, words) - 0.02 * order
        if score > best_score:
            best, best_score = position, score
    if best < 0:
        return Found(top=-1, bottom=-1, body=filled[0] if filled else 0)
    if sample.values_share(best) >= _MOST_VALUES:
        return Found(top=-1, bottom=-1, body=first)
    return levels(sample, best)


def levels(sample: Sample, position: int) -> Found:
    """Return the heads at a row, with the row above or below that belongs to them."""
    top = bottom = position
    blocks = [one for one in sample.across if one[0] == position + 1]
    below = position + 1
    if blocks and below < len(sample.rows) and _is_second_level(sample, blocks, below):
        bottom = below
    elif position and sample.full(position - 1):
        above = position  # counted from 1
        reaches = any(one[0] == above < one[2] for one in sample.down)
        covers = sum(
            one[0] == one[2] == above and one[3] - one[1] + 1 < sample.full(position)
            for one in sample.across
        )
        if reaches or covers > 1:
            top = position - 1
    return Found(top=top, bottom=bottom, body=bottom + 1)


def is_filled(cell: Any) -> bool:
    """Tell a cell that holds something from an empty one."""
    if isinstance(cell, str):
        return bool(cell) and not cell.isspace() and bool(cell.strip(TRIMMED))
    return cell is not None


def is_value(cell: Any) -> bool:
    """Tell a value from what a head may be: a year may be one."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if not isinstance(cell, str):
        return cell is not ERROR and not (type(cell) is int and _YEAR.fullmatch(str(cell)))
    text = cell.strip(TRIMMED)
    return not _YEAR.fullmatch(text) and bool(_VALUE.fullmatch(text[:200]))


def _score(
    sample: Sample, position: int, below: Sequence[int], share: float, words: Collection[str]
) -> float:
    row = sample.rows[position]
    heads = {column: cell for column, cell in enumerate(row) if is_filled(cell)}
    texts = [_folded(cell) for cell in heads.values()]
    score = min(1.0, share / _FULL_ENOUGH) - sample.values_share(position)
    score -= 0.3 * sum(len(text) > _LONG for text in texts) / len(texts)
    score -= 0.5 * (1 - len(set(texts)) / len(texts))
    contrasts = 0
    for column, head in heads.items():
        if is_value(head):
            continue
        under = [sample.rows[other][column] for other in below if column < len(sample.rows[other])]
        under = [cell for cell in under if is_filled(cell) and cell is not ERROR]
        contrasts += bool(under) and sum(map(is_value, under)) * 2 > len(under)
    score += 0.5 * contrasts / len(heads)
    return score + 0.5 * sum(text in words for text in texts) / len(texts)


def _is_second_level(sample: Sample, blocks: Sequence[Merge], below: int) -> bool:
    row = sample.rows[below]
    filled = {column for column, cell in enumerate(row) if is_filled(cell)}
    inside = {column for one in blocks for column in range(one[1], one[3] + 1)}
    return (
        bool(filled)
        and filled <= inside
        and not any(one[0] == below + 1 for one in sample.down)  # values merged over rows
        and any(sum(one[1] <= column <= one[3] for column in filled) > 1 for one in blocks)
        and sample.values_share(below) < _MOST_VALUES
    )


def _folded(cell: Any) -> str:
    return " ".join(str(cell).casefold().replace("ё", "е").split()).strip(" .:*")


__all__ = ["ERROR", "LOOKED_THROUGH", "Found", "Sample", "find", "is_filled", "is_value", "levels"]
