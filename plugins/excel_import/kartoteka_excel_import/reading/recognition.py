"""Recognise the table in a sheet, and choose the sheet that holds one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from kartoteka_excel_import.reading.book import Book, Grid, Refusal
from kartoteka_excel_import.reading.cells import cell_text, clean
from kartoteka_excel_import.reading.header import (
    ERROR,
    LOOKED_THROUGH,
    Found,
    Sample,
    find,
    is_filled,
    levels,
)
from kartoteka_excel_import.reading.heads import heads_of
from kartoteka_excel_import.reading.shapes import Layout, Sheet, Wish

#: Rows that are read before it is said which columns a table has.
SAMPLED = 1000
_LOWEST_HEADER = 10_000
#: Columns that a list of clients may have. A sheet may have more, but nobody could map them.
MOST_COLUMNS = 2000
_MOST_NOTES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """A table whose layout is known.

    Args:
        first: number of the first row of the table below its heads.
        rows: from that row on.
    """

    layout: Layout
    grid: Grid
    first: int
    rows: Iterator[Sequence[Any]]


def recognise(book: Book, wish: Wish) -> Recognised:
    """Return the table of the wished sheet, or of the first one that is shown and holds a table.

    Raises:
        Refusal: there is no such sheet, or nothing in them.
    """
    if not wish.sheet:
        return _first_table(book, wish)
    if wish.sheet not in {sheet.name for sheet in book.sheets}:
        names = ", ".join(sheet.name for sheet in book.sheets)
        raise Refusal("no_sheet", sheet=wish.sheet, sheets=names)
    table = _table(book, wish.sheet, wish)
    if table is None:
        raise Refusal("empty_sheet", sheet=wish.sheet)
    return table


def _first_table(book: Book, wish: Wish) -> Recognised:
    spare: Recognised | None = None
    for sheet in sorted(book.sheets, key=lambda one: one.is_hidden):
        if spare and sheet.is_hidden:
            break
        table = _table(book, sheet.name, wish)
        if table is None:
            continue
        # A page of explanations before the list has one column, or two without heads.
        if len(table.layout.heads) > (1 if table.layout.header_row else 2):
            return table
        spare = spare or table
    if spare is None:
        raise Refusal("empty")
    return spare


def _table(book: Book, sheet: str, wish: Wish) -> Recognised | None:
    """Return the table of a sheet, None when nothing is in it."""
    grid = book.grid(sheet)
    rows = iter(grid.rows)
    wanted = wish.header_row or 0
    if not 0 <= wanted <= _LOWEST_HEADER:
        raise Refusal("header_row", row=wanted, most=_LOWEST_HEADER)
    above, sample, head = 0, list[Sequence[Any]](), list[Sequence[Any]]()
    while not any(is_filled(cell) for row in sample for cell in row):
        above += len(head)  # a list may begin far below
        head = list(islice(rows, max(SAMPLED, wanted + LOOKED_THROUGH)))
        if not head:
            return None
        sample = [_with_errors(row, number, grid) for number, row in enumerate(head, above + 1)]
    if wanted and not above < wanted <= above + len(sample):
        raise Refusal("header_row", row=wanted, most=above + len(sample))
    merged = [(top - above, left, bottom - above, right)
              for top, left, bottom, right in grid.merged if top > above]  # fmt: skip
    found = _found(Sample(sample, merged), wanted - above if wanted else wish.header_row, wish)
    table = Sample(sample[: found.bottom + 1] or sample[:1], merged)
    below = sample[max(found.bottom, found.body if found.bottom < 0 else 0) :]
    width = _width([*sample[max(found.top, 0) : found.bottom + 1], *below])
    if width > MOST_COLUMNS:
        raise Refusal("many_columns", row=above + found.bottom + 1, most=MOST_COLUMNS)
    top = found.top if found.bottom >= 0 else found.body
    layout = Layout(
        kind=book.kind,
        encoding=book.encoding,
        delimiter=book.delimiter,
        sheets=tuple(Sheet(name=one.name, is_hidden=one.is_hidden) for one in book.sheets),
        sheet=sheet,
        header_row=above + found.bottom + 1 if found.bottom >= 0 else 0,
        heads=heads_of(table, found, width),
        notes=_notes(sample[:top]),
        header_top=above + found.top + 1 if found.bottom >= 0 else 0,
    )
    return Recognised(
        layout=layout, grid=grid, first=above + found.body + 1, rows=chain(head[found.body :], rows)
    )


def _found(sample: Sample, wanted: int | None, wish: Wish) -> Found:
    if wanted is None:
        return find(sample, wish.known_heads)
    if not wanted:
        filled = (place for place in range(len(sample.rows)) if sample.full(place))
        return Found(top=-1, bottom=-1, body=next(filled, 0))
    position = wanted - 1
    chosen = levels(sample, position)
    if chosen.bottom == position:
        return chosen
    return Found(top=position, bottom=position, body=position + 1)


def _with_errors(row: Sequence[Any], number: int, grid: Grid) -> Sequence[Any]:
    """Return a row with the error where there is one: it is no head, and it is not nothing."""
    wrong = grid.errors.get(number)
    if not wrong:
        return row
    full = [*row, *[""] * (max(wrong) + 1 - len(row))]
    return [ERROR if column in wrong else cell for column, cell in enumerate(full)]


def _width(rows: Sequence[Sequence[Any]]) -> int:
    """Return how many columns there are up to the last filled one."""
    width = 0
    for row in rows:
        for column in range(len(row) - 1, width - 1, -1):
            if is_filled(row[column]):
                width = column + 1
                break
    return width


def _notes(rows: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    lines = (" ".join(cell_text(cell) for cell in clean(row) if cell is not None) for row in rows)
    return tuple(" ".join(line.split())[:500] for line in lines if line.strip())[:_MOST_NOTES]


__all__ = ["MOST_COLUMNS", "SAMPLED", "Recognised", "recognise"]
