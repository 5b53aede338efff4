"""Read a table out of a CSV file: its encoding, its delimiter, its header, its rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kartoteka.errors import Unreadable
from kartoteka.i18n import gettext

DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 1 << 20
_HEAD = 1 << 16
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of a file. Row 1 is the header, so the number is the one Excel shows."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A file that was recognised; its rows are read when they are asked for."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header; blank ones are left out.

        Raises:
            Unreadable: quotes that are not closed or not doubled; names the line.
        """
        for number, cells in _records(self.path, self.encoding, self.delimiter):
            if number > self.header_row and any(cell.strip() for cell in cells):
                yield Row(number=number, cells=tuple(cells))


def open_table(path: Path, encoding: str = "", delimiter: str = "") -> Table:
    """Recognise a CSV file.

    Args:
        path: the file.
        encoding: its encoding; without one UTF-8 is tried (UTF-16 with its mark), then cp1251.
        delimiter: what stands between cells (`tab` for a tab); without one it is found out.

    Raises:
        Unreadable: not a text file, another encoding, empty; says what to do.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise Unreadable(
            gettext("%(path)s can not be opened: %(why)s.", path=path, why=error.strerror)
        ) from error
    _must_be_text(path, head)
    found = _encoding(path, encoding, head)
    between = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter) or _delimiter(path, found)
    if len(between) != 1:
        raise Unreadable(gettext("The delimiter must be one character, got %(d)r.", d=delimiter))
    for number, cells in _records(path, found, between):
        header = tuple(" ".join(cell.split()) for cell in cells)
        if any(header):
            return Table(
                path=path, encoding=found, delimiter=between, header=header, header_row=number
            )
    raise Unreadable(gettext("%(path)s is empty: it has no header and no rows.", path=path))


def _must_be_text(path: Path, head: bytes) -> None:
    if head[:2] in _MARKS:
        return
    if b"\0" in head or head[:4] == b"PK\x03\x04" or len(_CONTROL.findall(head)) > len(head) / 50:
        raise Unreadable(
            gettext("%(path)s is not a text file. Save the table as CSV (UTF-8) first.", path=path)
        )


def _encoding(path: Path, wanted: str, head: bytes) -> str:
    if wanted:
        try:
            codecs.lookup(wanted)
        except LookupError:
            raise Unreadable(
                gettext(
                    "There is no encoding %(name)r. Use utf-8, cp1251 or another one.", name=wanted
                )
            ) from None
        line = _bad_line(path, wanted)
        if line:
            raise Unreadable(
                gettext(
                    "%(path)s is not in %(name)s: line %(line)s does not fit. "
                    "Give another --encoding, or none to have it found out.",
                    path=path, name=wanted, line=line,
                )
            )  # fmt: skip
        return "utf-8-sig" if codecs.lookup(wanted).name == "utf-8" else wanted
    if head[:2] in _MARKS:
        return _MARKS[head[:2]]
    line = _bad_line(path, "utf-8")
    if not line:
        return "utf-8-sig"
    if _is_broken_utf8(path):
        raise Unreadable(
            gettext(
                "%(path)s is UTF-8 with a broken character in line %(line)s. Save it again.",
                path=path, line=line,
            )
        )  # fmt: skip
    line = _bad_line(path, "cp1251")
    if line:
        raise Unreadable(
            gettext(
                "%(path)s is neither UTF-8 nor cp1251: line %(line)s does not fit. "
                "Give its encoding with --encoding.",
                path=path, line=line,
            )
        )  # fmt: skip
    return "cp1251"


def _bad_line(path: Path, encoding: str) -> int:
    """Return the first line that is not in an encoding, 0 when all are."""
    line = 1
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            try:
                line += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            except UnicodeError:  # UTF-16 without its mark
                return line
            if not block:
                return 0


def _is_broken_utf8(path: Path) -> bool:
    """Tell a damaged UTF-8 file from one in an 8-bit encoding: most of its letters still fit."""
    with path.open("rb") as file:
        text = file.read(_BLOCK).decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - bad
    return good > 10 * bad > 0


def _delimiter(path: Path, encoding: str) -> str:
    """Return the character that cuts the first rows into the most even table."""
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_HEAD)
    if len(sample) == _HEAD:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, best_score = ",", (0.0, 1)
    for candidate in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)
        with _any_length():
            try:
                widths = [len(cells) for cells in islice(reader, 50) if cells]
            except csv.Error:
                continue
        if widths and widths[0] > 1:
            score = sum(width == widths[0] for width in widths) / len(widths), widths[0]
            if score > best_score:
                best, best_score = candidate, score
    return best


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            try:
                with _any_length():
                    cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Unreadable(
                    gettext(
                        "%(path)s, line %(line)s: quotes are not closed, or not doubled inside "
                        'quoted text. Write "a ""quoted"" word".',
                        path=path, line=reader.line_num,
                    )
                ) from error  # fmt: skip
            yield number, cells


class _any_length:
    """Let the csv module read a cell of any length; what is too long is refused by its field."""

    def __enter__(self) -> None:
        self._before = csv.field_size_limit(sys.maxsize)

    def __exit__(self, *_error: object) -> None:
        csv.field_size_limit(self._before)
