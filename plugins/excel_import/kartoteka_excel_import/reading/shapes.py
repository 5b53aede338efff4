"""What is found in a file: its sheets, its heads, its rows and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

#: What a cell holds. None is an empty one. Numbers without a fraction are int.
Cell = str | int | float | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A kind of file that can be read; what the hook `readers` returns.

    Args:
        code: stable code, shown as the kind of a file unless the reader says it closer.
        title: what people call such files.
        module: dotted name of a module with the functions `recognises` and `open_book` of
            `reading.book`. It is imported in the process that reads, so it should import little,
            and nothing of the application.
    """

    code: str
    title: Any
    module: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a person chose where what is found by itself is not right.

    Args:
        sheet: name of a sheet; without one the first that is shown and holds a table.
        header_row: the row of the heads as the spreadsheet numbers it, 0 for a list without heads;
            None to have it found.
        encoding: of a text file, such as `cp1251`.
        delimiter: what stands between the cells of a text file; `tab` for a tab.
        known_heads: words that heads are likely to be, for the search for their row.
    """

    sheet: str = ""
    header_row: int | None = None
    encoding: str = ""
    delimiter: str = ""
    known_heads: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet of a file. A text file has one, without a name."""

    name: str
    is_hidden: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The head of one column.

    Args:
        title: as written, in one line; equal ones are numbered. Without one it is the letter.
        letter: of the column, as the spreadsheet shows it.
        is_named: whether the file has a head here.
    """

    title: str
    letter: str
    is_named: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What was recognised in a file before its rows are read.

    Args:
        kind: `xlsx`, `xls`, `xlsb`, `ods`, `csv` or the code of another reader.
        encoding, delimiter: of a text file, else empty.
        sheet: name of the chosen sheet.
        header_row: number of the row with the heads, the lowest of them where there are two levels;
            0 where there are none.
        notes: titles and remarks above the table, one text for each row.
        header_top: number of the highest row of the heads; 0 where there are none.
    """

    kind: str
    encoding: str
    delimiter: str
    sheets: tuple[Sheet, ...]
    sheet: str
    header_row: int
    heads: tuple[Head, ...]
    notes: tuple[str, ...] = ()
    header_top: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One cell that could not be taken as it is.

    Args:
        row: number as the spreadsheet shows it.
        letter: of the column; empty where it is the whole row.
        code: `error` (a formula gave an error: empty now), `broken` (characters were damaged),
            `rounded` (a number with more digits than a spreadsheet keeps), `quote` (quotes of the
            row did not fit: they were taken as text) or `beyond` (it stands where no head and no
            column is: not among the cells).
        text: what stands in the file.
    """

    row: int
    letter: str
    code: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row with its number as the spreadsheet shows it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Some thousand rows, by columns: they are checked column by column.

    Args:
        numbers: of the rows.
        columns: one for each head, each as long as `numbers`.
        faults: of these rows.
        totals: rows that only add up the others; they are not among the rows.
        blank: how many empty rows were left out here.
    """

    numbers: Sequence[int]
    columns: Sequence[Sequence[Cell]]
    faults: tuple[Fault, ...] = ()
    totals: tuple[Row, ...] = ()
    blank: int = 0

    def rows(self) -> Iterator[Row]:
        """Yield the rows one by one."""
        for number, *cells in zip(self.numbers, *self.columns, strict=True):
            yield Row(number=number, cells=tuple(cells))  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What became of the rows below the heads; together they are all of them."""

    rows: int
    blank: int
    totals: int
    faults: int


__all__ = [
    "Cell", "Chunk", "Counts", "Fault", "Head", "Layout", "Reader", "Row", "Sheet", "Wish",
]  # fmt: skip
