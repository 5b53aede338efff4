"""Find in a sheet of xlsx what its reader does not tell: errors, and numbers shown with zeros."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from kartoteka_excel_import.reading.archive import blocks
from kartoteka_excel_import.reading.book import Merge
from kartoteka_excel_import.reading.cells import column_of

_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,40})</")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\s([^<>]*)>")
_CELL_FORMATS = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.S)
_CELL_FORMAT = re.compile(r"<(?:\w+:)?xf\s([^<>]*)>")
_ZEROS = re.compile(r'(?:"")?(0{2,20})(?:;@|;.*)?')
#: Errors are kept of so many rows: a sheet with more is made of them.
_MOST_ROWS = 100_000


@dataclass(kw_only=True, slots=True)
class Marks:
    """What a sheet holds beside its values.

    Args:
        errors: text of the error by row and column.
        zeros: least digits of a number by column and row.
        merged: cells that are shown as one.
    """

    errors: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    zeros: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    merged: list[Merge] = field(default_factory=list[Merge])


def marks_of(path: Path, sheet: str, marked: Collection[str]) -> Marks:
    """Return the marks of a sheet; none where the workbook is built in a way unknown here.

    Args:
        marked: parts with an error in a cell; the others need no search for them.
    """
    marks = Marks()
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        if not part:
            return marks
        wide = _zeros_of(archive)
        if not wide and part not in marked:
            return marks
        styles = b"|".join(str(style).encode() for style in wide)
        looked = re.compile(
            rb'<(?:\w+:)?c\s[^<>]*\b(?:t="e"' + (rb'|s="(?:' + styles + rb')"' if wide else b"")
            + rb")[^<>]*>"
        )  # fmt: skip
        for block in blocks(archive, part):
            if b't="e"' in block or wide:
                _look(block, looked, wide, marks)
    return marks


def _look(block: bytes, looked: re.Pattern[bytes], wide: dict[int, int], marks: Marks) -> None:
    for tag in looked.finditer(block):
        place = _PLACE.search(tag[0])
        if not place:
            continue
        row, column = int(place[2]), column_of(place[1].decode())
        if b't="e"' in tag[0]:
            value = _VALUE.search(block, tag.end(), tag.end() + 2000)
            text = unescape(value[1].decode(errors="replace")) if value else "#"
            if len(marks.errors) < _MOST_ROWS or row in marks.errors:
                marks.errors[row][column] = text
        elif style := re.search(rb'\bs="(\d+)"', tag[0]):
            marks.zeros[column][row] = wide[int(style[1])]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part that holds a sheet; relations outside the workbook are none."""
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    workbook, relations = names.get("xl/workbook.xml"), names.get("xl/_rels/workbook.xml.rels")
    if not workbook or not relations:
        return ""
    text = archive.read(workbook).decode("utf-8", errors="replace")
    key = next(
        (
            _attribute(tag, r"(?:\w+:)?id")
            for tag in re.findall(r"<(?:\w+:)?sheet\s([^<>]*)>", text)
            if _attribute(tag, "name") == sheet
        ),
        "",
    )
    for tag in re.findall(
        r"<(?:\w+:)?Relationship\s([^<>]*)>",
        archive.read(relations).decode("utf-8", errors="replace"),
    ):
        if key and _attribute(tag, "Id") == key:
            target = _attribute(tag, "Target").replace("\\", "/")
            inside = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return names.get(inside.lower(), "")
    return ""


def _zeros_of(archive: zipfile.ZipFile) -> dict[int, int]:
    """Return least digits by cell format: those of formats like 000000."""
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    if "xl/styles.xml" not in names:
        return {}
    text = archive.read(names["xl/styles.xml"]).decode("utf-8", errors="replace")
    formats: dict[str, int] = {}
    for tag in _FORMAT.findall(text):
        if shown := _ZEROS.fullmatch(_attribute(tag, "formatCode")):
            formats[_attribute(tag, "numFmtId")] = len(shown[1])
    table = _CELL_FORMATS.search(text)
    if not formats or not table:
        return {}
    return {
        place: formats[number]
        for place, tag in enumerate(_CELL_FORMAT.findall(table[0]))
        if (number := _attribute(tag, "numFmtId")) in formats
    }


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""(?:^|\s){name}\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return unescape(found[1] if found[1] is not None else found[2]) if found else ""


__all__ = ["Marks", "marks_of"]
