"""Find in a sheet of an open document what its reader does not tell: errors and merged cells."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from kartoteka_excel_import.reading.xlsx_marks import Marks

_PART = "content.xml"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
#: Errors and merged cells are kept of so many places: a sheet with more is made of them.
_MOST = 100_000


def marks_of(path: Path, sheet: str, marked: Collection[str]) -> Marks:
    """Return the marks of a sheet.

    Args:
        marked: parts with marks; the others need no search for them.

    Raises:
        ValueError: the part is no XML.
    """
    marks = Marks()
    if _PART not in marked:
        return marks
    with zipfile.ZipFile(path) as archive, archive.open(_PART) as part:
        try:
            for row, column, cell in _cells(part, sheet):
                _look(row, column, cell, marks)
        except ElementTree.ParseError as error:
            raise ValueError(str(error)) from error
    return marks


def _look(row: int, column: int, cell: Any, marks: Marks) -> None:
    if cell.get(_TYPE) == "error" and len(marks.errors) < _MOST:
        text = "".join(cell.find(_TEXT).itertext()) if cell.find(_TEXT) is not None else "#"
        marks.errors[row][column] = text
    down, across = _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")
    if (down > 1 or across > 1) and len(marks.merged) < _MOST:
        marks.merged.append((row, column, row + down - 1, column + across - 1))


def _cells(part: Any, sheet: str) -> Iterator[tuple[int, int, Any]]:
    """Yield cells of a sheet with row and column; definitions were refused before."""
    row, column, is_wanted = 1, 0, False
    for event, element in ElementTree.iterparse(part, ("start", "end")):
        if event == "start":
            if element.tag == f"{_TABLE}table":
                is_wanted, row = element.get(f"{_TABLE}name") == sheet, 1
            elif element.tag == f"{_TABLE}table-row":
                column = 0
        elif element.tag in _CELLS:
            if is_wanted and len(element.attrib):
                yield row, column, element
            column += _number(element, "number-columns-repeated")
        elif element.tag == f"{_TABLE}table-row":
            row += _number(element, "number-rows-repeated")
            element.clear()


def _number(element: Any, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return int(text) if text.isdecimal() and len(text) < 9 else 1


__all__ = ["marks_of"]
