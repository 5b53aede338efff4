"""Cut the rows of a table into chunks of columns, cleaned, with what is wrong in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from kartoteka_excel_import.reading.cells import cell_text, clean, filled_with_zeros, letter_of
from kartoteka_excel_import.reading.recognition import Recognised
from kartoteka_excel_import.reading.shapes import Cell, Chunk, Fault, Row
from kartoteka_excel_import.reading.totals import is_total

_MOST_ROWS = 20_000
_MOST_CELLS = 300_000
#: A spreadsheet keeps 15 digits of a number.
_MOST_EXACT = 10**15
#: Of one chunk; a sheet made of errors says so often enough.
_MOST_FAULTS = 20_000


def chunks(table: Recognised) -> Iterator[Chunk]:
    """Yield the rows below the heads."""
    width = max(len(table.layout.heads), 1)
    size = max(1, min(_MOST_ROWS, _MOST_CELLS // width))
    number = table.first
    while taken := list(islice(table.rows, size)):
        yield _chunk(table, taken, number, width)
        number += len(taken)


def _chunk(table: Recognised, taken: list[Sequence[Any]], first: int, width: int) -> Chunk:
    numbers = range(first, first + len(taken))
    faults = _faults_beyond(taken, first, width)
    even = [
        row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for row in taken
    ]
    columns = [clean(column) for column in zip(*even, strict=True)]
    for column, widths in table.grid.zeros.items():
        if column < width:
            columns[column] = filled_with_zeros(columns[column], numbers, widths)
    faults += _faults_of_errors(table, numbers, width)
    if table.grid.is_doubtful:
        faults += _faults_of_characters(columns, first)
    faults += _faults_of_long_numbers(columns, first)
    faults += [
        Fault(row=row, letter="", code="quote", text="")
        for row in numbers
        if row in table.grid.mended
    ]
    kept, totals, blank = _sorted_out(columns, first, {fault.row for fault in faults})
    if len(kept) < len(taken):
        columns = [[column[place] for place in kept] for column in columns]
    return Chunk(
        numbers=[first + place for place in kept],
        columns=columns,
        faults=tuple(sorted(faults, key=lambda fault: fault.row)[:_MOST_FAULTS]),
        totals=tuple(totals),
        blank=blank,
    )


def _sorted_out(
    columns: list[list[Cell]], first: int, faulty: set[int]
) -> tuple[list[int], list[Row], int]:
    """Return which rows hold something, those that are totals, and how many are blank."""
    empty = (None,) * len(columns)
    kept: list[int] = []
    totals: list[Row] = []
    blank = 0
    for place, cells in enumerate(zip(*columns, strict=True)):
        if cells == empty:
            if first + place in faulty:
                kept.append(place)
            else:
                blank += 1
        elif is_total(cells):
            totals.append(Row(number=first + place, cells=cells))
        else:
            kept.append(place)
    return kept, totals, blank


def _faults_beyond(taken: list[Sequence[Any]], first: int, width: int) -> list[Fault]:
    faults: list[Fault] = []
    for number, row in enumerate(taken, first):
        if len(row) > width:
            faults += [
                Fault(
                    row=number, letter=letter_of(column), code="beyond", text=cell_text(cell)[:200]
                )
                for column, cell in enumerate(clean(row[width:]), width)
                if cell is not None
            ]
    return faults


def _faults_of_errors(table: Recognised, numbers: range, width: int) -> list[Fault]:
    return [
        Fault(row=row, letter=letter_of(column), code="error", text=text)
        for row in (numbers if table.grid.errors else ())
        for column, text in table.grid.errors.get(row, {}).items()
        if column < width
    ]


def _faults_of_characters(columns: list[list[Cell]], first: int) -> list[Fault]:
    return [
        Fault(row=first + place, letter=letter_of(column), code="broken", text=cell[:200])
        for column, values in enumerate(columns)
        if any("\ufffd" in cell for cell in values if type(cell) is str)
        for place, cell in enumerate(values)
        if type(cell) is str and "\ufffd" in cell
    ]


def _faults_of_long_numbers(columns: list[list[Cell]], first: int) -> list[Fault]:
    return [
        Fault(row=first + place, letter=letter_of(column), code="rounded", text=str(cell))
        for column, values in enumerate(columns)
        if int in set(map(type, values))
        for place, cell in enumerate(values)
        if type(cell) is int and abs(cell) > _MOST_EXACT
    ]


__all__ = ["chunks"]
