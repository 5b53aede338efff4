"""Files for the tests of reading, and what was read from one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from kartoteka_excel_import.reading.limits import Limits
from kartoteka_excel_import.reading.shapes import Counts, Fault, Layout, Reader, Row, Wish
from kartoteka_excel_import.reading.table import OWN_READERS, open_table

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
CALC_EXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """All that was read from a file."""

    layout: Layout
    rows: list[Row]
    faults: list[Fault]
    totals: list[Row]
    counts: Counts

    @property
    def heads(self) -> list[str]:
        return [head.title for head in self.layout.heads]

    @property
    def cells(self) -> list[tuple[Any, ...]]:
        return [row.cells for row in self.rows]

    @property
    def numbers(self) -> list[int]:
        return [row.number for row in self.rows]


def contents(
    path: Path, *, name: str = "", readers: Sequence[Reader] = OWN_READERS,
    limits: Limits | None = None, **wish: Any,
) -> Contents:  # fmt: skip
    """Read a file to its end."""
    rows: list[Row] = []
    faults: list[Fault] = []
    totals: list[Row] = []
    with open_table(path, name=name, wish=Wish(**wish), readers=readers, limits=limits) as table:
        for chunk in table.chunks():
            rows += chunk.rows()
            faults += chunk.faults
            totals += chunk.totals
        return Contents(
            layout=table.layout, rows=rows, faults=faults, totals=totals, counts=table.counts
        )


def text_file(path: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a text as it is."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def workbook(
    path: Path, *sheets: Sequence[Sequence[Any]], change: Callable[[Any], None] | None = None
) -> Path:
    """Write sheets of rows; `change` gets the workbook before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(list(row))
    if change:
        change(book)
    book.save(path)
    return path


def repacked(path: Path, source: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write a copy of a packed workbook whose parts are changed, or left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = change(part.filename, old.read(part))
            if data is not None:
                new.writestr(part.filename, data)
    return path


def open_document(path: Path, rows: str) -> Path:
    """Write a sheet of an open document from the text of its rows."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest xmlns="{OFFICE}manifest:1.0"></manifest>'
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content xmlns:office="{OFFICE}office:1.0" '
            f'xmlns:table="{OFFICE}table:1.0" xmlns:text="{OFFICE}text:1.0" '
            f'xmlns:calcext="{CALC_EXT}"><office:body><office:spreadsheet>'
            f'<table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def open_cell(text: str, more: str = "") -> str:
    """Return a cell of an open document."""
    return (
        f'<table:table-cell office:value-type="string" {more}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )
