"""What a reader is: how it knows its files and how it hands over their sheets.

A module that a `Reader` names has two functions:

    recognises(source: Source) -> bool      by what the file holds, not by its name
    open_book(source: Source, wish: Wish) -> Book
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from kartoteka_excel_import.reading.shapes import Sheet

#: Top, left, bottom, right; rows count from 1, columns from 0.
Merge = tuple[int, int, int, int]


class Refusal(Exception):
    """A file is not read; `code` is one of `sentences`, `values` go into its text."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file to be read. `name` is what people call it: not a path, and not to be opened."""

    path: Path
    name: str
    head: bytes
    size: int

    @property
    def ending(self) -> str:
        """The ending of its name, with the dot, in small letters."""
        return Path(self.name).suffix.lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """The cells of one sheet.

    Args:
        rows: of the sheet from its first row and its first column on, blank ones included.
        merged: cells that are shown as one.
        errors: text of the error by row and column, rows from 1.
        zeros: how many digits a number is shown with, by column and row: "0042" for 42.
        mended: rows with quotes that did not fit, known when they were read.
        is_doubtful: characters may be damaged (U+FFFD).
    """

    rows: Iterator[Sequence[Any]]
    merged: Sequence[Merge] = ()
    errors: Mapping[int, Mapping[int, str]] = field(default_factory=dict[int, Mapping[int, str]])
    zeros: Mapping[int, Mapping[int, int]] = field(default_factory=dict[int, Mapping[int, int]])
    mended: Collection[int] = ()
    is_doubtful: bool = False


class Book(Protocol):
    """A file that was opened."""

    kind: str
    encoding: str
    delimiter: str
    sheets: Sequence[Sheet]

    def grid(self, sheet: str) -> Grid:
        """Return the cells of a sheet.

        Raises:
            Refusal: it can not be read.
        """
        ...


__all__ = ["Book", "Grid", "Merge", "Refusal", "Source"]
