"""Read a workbook: xlsx and its kin, xls, xlsb, ods."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine as calamine

from kartoteka_excel_import.reading import ods_marks, xlsx_marks
from kartoteka_excel_import.reading.archive import Parts, parts_of
from kartoteka_excel_import.reading.book import Grid, Merge, Refusal, Source
from kartoteka_excel_import.reading.limits import MB, allowance
from kartoteka_excel_import.reading.shapes import Sheet, Wish

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Bytes of memory that a byte of a sheet takes while it is loaded, and bytes read in a second;
#: measured, with a wide margin for slow machines.
_MEMORY_PER_BYTE = 4
_SPEED = 4 * MB


def recognises(source: Source) -> bool:
    """Know zip archives and the compound files of older Office."""
    return source.head.startswith((_ZIP, _EMPTY_ZIP, _COMPOUND))


def open_book(source: Source, wish: Wish) -> Workbook:
    """Open a workbook.

    Raises:
        Refusal: with a password, damaged, hostile, or no workbook.
    """
    parts: Parts | None = None
    if source.head.startswith(_COMPOUND):
        kind, content = "xls", source.size
    else:
        allowance().grant(seconds=source.size / _SPEED)
        parts = parts_of(source.path, allowance().limits)
        kind, content = parts.kind, parts.content
    allowance().grant(memory=_MEMORY_PER_BYTE * content, seconds=content / _SPEED)
    try:
        opened = _opened(source.path, kind)
        infos = list(opened.sheets_metadata)
    except calamine.PasswordError:
        raise Refusal("password") from None
    except calamine.CalamineError as error:
        if kind == "xls" and _has_password(source.path):
            raise Refusal("password") from None
        raise _refusal(error, parts) from error
    sheets = [
        Sheet(name=info.name, is_hidden=info.visible != calamine.SheetVisibleEnum.Visible)
        for info in infos
        if info.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    if not sheets:
        raise Refusal("no_sheets")
    return Workbook(source=source, kind=kind, sheets=sheets, opened=opened, parts=parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Workbook:
    """A workbook whose sheets are loaded one at a time."""

    source: Source
    kind: str
    sheets: Sequence[Sheet]
    opened: Any
    parts: Parts | None
    encoding: str = ""
    delimiter: str = ""

    def grid(self, sheet: str) -> Grid:
        """Load a sheet; of hidden rows and columns all is read.

        Raises:
            Refusal: it is damaged.
        """
        try:
            found = self.opened.get_sheet_by_name(sheet)
        except calamine.CalamineError as error:
            raise _refusal(error, None) from error
        merged: list[Merge] = [
            (top + 1, left, bottom + 1, right)
            for (top, left), (bottom, right) in found.merged_cell_ranges or ()
        ]
        if self.kind not in ("xlsx", "ods") or self.parts is None:
            return Grid(rows=_rows(found), merged=merged)
        try:
            look = xlsx_marks.marks_of if self.kind == "xlsx" else ods_marks.marks_of
            marks = look(self.source.path, sheet, self.parts.marked)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Refusal("damaged") from error
        return Grid(
            rows=_rows(found),
            merged=merged or marks.merged,
            errors=marks.errors,
            zeros=marks.zeros,
        )


def _opened(path: Path, kind: str) -> Any:
    """Open a workbook as what it is, whatever its name ends with.

    Calamine goes by the ending; without one it tries everything and forgets what was wrong.
    """
    if path.suffix.lower() == f".{kind}":
        return calamine.load_workbook(str(path))
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"book.{kind}"
        try:
            named.symlink_to(path.absolute())
        except OSError:  # not everybody may make links on Windows
            named = path
        return calamine.load_workbook(str(named))


def _has_password(path: Path) -> bool:
    """Tell a newer workbook with a password, which lies in a compound file too."""
    try:
        _opened(path, "xlsx")
    except calamine.PasswordError:
        return True
    except calamine.CalamineError:
        pass
    return False


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    if sheet.start is None:
        return
    left = sheet.start[1]
    rows = sheet.iter_rows()
    if not left:
        yield from rows
        return
    before = [""] * left
    for row in rows:
        yield [*before, *row]


def _refusal(error: Exception, parts: Parts | None) -> Refusal:
    text = str(error)
    if "Cell limit" in text:
        return Refusal("too_many_cells")
    if "OLE" in text or "Cfb" in text or "workbook stream" in text.lower():
        return Refusal("not_spreadsheet")
    return Refusal("damaged")


__all__ = ["Workbook", "open_book", "recognises"]
