"""Write a ready workbook: drop-downs, notes, texts that keep their zeros, a sheet that explains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from sqlalchemy.orm import Session
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from kartoteka.api import gettext
from kartoteka_excel_import.workbooks.columns import Column, columns_of
from kartoteka_excel_import.workbooks.lists import ClientList

#: Rows that are prepared: drop-downs end there, and so do formats.
PREPARED = 10_000
_LONGEST_NAME = 31
_NARROW, _WIDE = 14, 42
_FORMS = {"text": "@", "day": "dd.mm.yyyy"}


def write_workbook(session: Session, wanted: ClientList, to: Path | IO[bytes]) -> list[Column]:
    """Write a ready workbook in the language of whoever acts; return its columns.

    Args:
        wanted: one of `lists_of`.
        to: a path or an open file.
    """
    columns = columns_of(session, wanted)
    book = xlsxwriter.Workbook(to, {"in_memory": True})
    book.set_properties({"title": str(wanted.title)})
    sheet = book.add_worksheet(_sheet_name(str(wanted.title)))
    explained = book.add_worksheet(_sheet_name(gettext("How to fill in")))
    _write_list(book, sheet, columns)
    _write_options(book, sheet, columns)
    _write_explanation(book, explained, wanted, columns)
    book.close()
    return columns


def _sheet_name(title: str) -> str:
    kept = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)
    return kept.strip()[:_LONGEST_NAME] or "1"


def _write_list(book: Any, sheet: Worksheet, columns: Sequence[Column]) -> None:
    plain: dict[str, Any] = {
        "bold": True, "text_wrap": True, "valign": "vcenter", "border": 1,
        "border_color": "#C6D0DA", "bg_color": "#E8F0FC",
    }  # fmt: skip
    head = book.add_format(plain)
    needed = book.add_format({**plain, "bg_color": "#1F5FBF", "font_color": "#FFFFFF"})
    forms: dict[str, Format] = {
        form: book.add_format({"num_format": number}) for form, number in _FORMS.items()
    }
    sheet.set_row(0, 34)
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(columns):
        width = min(_WIDE, max(_NARROW, len(column.head) + 2, len(column.example) + 2))
        sheet.set_column(place, place, width, forms.get(column.form))
        sheet.write_string(0, place, column.head, needed if column.must else head)
        if note := _note(column):
            # Excel shows as much of a note as its box holds.
            height = 24 + 18 * (1 + len(note) // 34 + note.count("\n"))
            sheet.write_comment(
                0, place, note, {"author": "", "width": 240, "height": height, "font_size": 9}
            )
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_last_cell(columns)}"})


def _note(column: Column) -> str:
    parts = [gettext("Must be filled.") if column.must else "", column.note]
    if column.example:
        parts.append(gettext("Example: %(example)s", example=column.example))
    return "\n".join(part for part in parts if part)


def _write_options(book: Any, sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Write what can be chosen on a hidden sheet, and let cells offer it."""
    chosen = [(place, column) for place, column in enumerate(columns) if column.options]
    if not chosen:
        return
    # Titles may hold commas and be long; a range of cells bears both.
    name = _sheet_name(gettext("Lists"))
    options = book.add_worksheet(name)
    options.hide()
    for at, (place, column) in enumerate(chosen):
        options.write_string(0, at, column.head)
        for row, title in enumerate(column.options, 1):
            options.write_string(row, at, title)
        letter = xl_col_to_name(at, col_abs=True)
        sheet.data_validation(
            1, place, PREPARED, place,
            {
                "validate": "list",
                "source": f"='{name}'!{letter}$2:{letter}${len(column.options) + 1}",
                "error_type": "stop" if column.is_closed else "information",
                "error_title": column.head[:32],
                "error_message": gettext("Choose a value from the list.")
                if column.is_closed
                else gettext("It is not on the list. Keep it if you are sure."),
            },
        )  # fmt: skip


def _write_explanation(
    book: Any, sheet: Worksheet, wanted: ClientList, columns: Sequence[Column]
) -> None:
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#E8F0FC", "bottom": 1, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.set_column(0, 0, 34, text)
    sheet.set_column(1, 1, 14, text)
    sheet.set_column(2, 2, 60, text)
    sheet.set_column(3, 3, 34, text)
    sheet.write_string(0, 0, str(wanted.title), bold)
    said = [
        str(wanted.about),
        gettext("One client in each row of the first sheet. Columns may stand in any order; those "
                "you do not need may be deleted."),
        gettext("A client with several people takes several rows with the same name."),
        gettext("Dark heads must be filled. Point at a head to read what goes there."),
        gettext("Save the file and send it on the page “Import”. You see what will happen before "
                "anything is written."),
    ]  # fmt: skip
    row = 1
    for line in filter(None, said):
        sheet.merge_range(row, 0, row, 3, line, text)
        sheet.set_row(row, 18 if len(line) < 120 else 34)
        row += 1
    row += 1
    heads = (gettext("Column"), gettext("Must"), gettext("What to write"), gettext("Example"))
    for place, title in enumerate(heads):
        sheet.write_string(row, place, title, head)
    for number, column in enumerate(columns, row + 1):
        must = gettext("Yes") if column.must else ""
        what = column.note
        if column.options and (column.is_closed or len(column.options) <= 12):
            what = f"{what} {', '.join(column.options)}.".strip()
        for place, line in enumerate((column.head, must, what, column.example)):
            sheet.write_string(number, place, line, text)


def _last_cell(columns: Sequence[Column]) -> str:
    return xl_rowcol_to_cell(PREPARED, max(len(columns) - 1, 0))


__all__ = ["PREPARED", "write_workbook"]
