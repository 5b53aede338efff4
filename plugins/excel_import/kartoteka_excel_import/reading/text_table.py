"""Read a text file as a table: csv, tsv, with any delimiter, in any encoding."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kartoteka_excel_import.reading.book import Grid, Refusal, Source
from kartoteka_excel_import.reading.dialect import Dialect, cut, dialect_of, unmarked, whole_lines
from kartoteka_excel_import.reading.encodings import encoding_of
from kartoteka_excel_import.reading.limits import MB, allowance
from kartoteka_excel_import.reading.shapes import Sheet, Wish

_SAMPLE = 1 << 18
_BLOCK = 1 << 16
#: As many as a sheet of Excel has.
_MOST_COLUMNS = 16_384
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1b\x1e\x7f]")
#: Texts that are no tables, by how they begin, and what they are called in `sentences`.
_OTHER_TEXTS = (
    (re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+)?html", re.I | re.S), "web_page"),
    (re.compile(rb"\s*mime-version:", re.I), "web_page"),
    (re.compile(rb"\s*<\?xml", re.I), "xml"),
    (re.compile(rb"\s*%PDF-"), "pdf"),
    (re.compile(rb"\s*\{\\rtf"), "document"),
    (re.compile(rb"\s*begin:vcard", re.I), "vcard"),
)
_OF_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".xltx", ".xlt"})
#: What Excel writes so that it keeps a text as it is: ="0042".
_KEPT = re.compile(r'="((?:[^"]|"")*)"')


def recognises(source: Source) -> bool:
    """Any file may be text; this reader is asked last."""
    return True


def open_book(source: Source, wish: Wish) -> TextTable:
    """Recognise encoding and dialect.

    Raises:
        Refusal: it is not text, is another kind of text, or is not in the named encoding.
    """
    # Reading is even work: a slow machine reads some MB in a second.
    allowance().grant(seconds=source.size / (2 * MB))
    plain = source.head.removeprefix(b"\xef\xbb\xbf")
    for looks, kind in _OTHER_TEXTS:
        if looks.match(plain):
            raise Refusal("other_kind", kind=kind)
    encoding = encoding_of(source.path, wish.encoding)
    if not encoding.startswith("utf-16") and not encoding.startswith("utf-32"):
        odd = len(_CONTROL.findall(source.head))
        if b"\0" in source.head or odd > len(source.head) / 50:
            raise Refusal("not_spreadsheet")
    with source.path.open(encoding=encoding, errors="replace", newline="") as file:
        sample = file.read(_SAMPLE).lstrip("\ufeff")
        is_whole = not file.read(1)
    if not sample.strip("\0 \t\r\n\ufeff"):
        raise Refusal("empty")
    dialect = dialect_of(sample, is_whole=is_whole, wanted=wish.delimiter)
    table = TextTable(source=source, encoding=encoding, dialect=dialect)
    if source.ending in _OF_WORKBOOKS and table.is_one_column(sample, is_whole):
        raise Refusal("not_spreadsheet")  # prose under the name of a workbook
    return table


@dataclass(frozen=True, kw_only=True, slots=True)
class TextTable:
    """A text file whose encoding and dialect are known."""

    source: Source
    encoding: str
    dialect: Dialect

    @property
    def kind(self) -> str:
        """The kind of the file."""
        return "csv"

    @property
    def delimiter(self) -> str:
        """What stands between cells."""
        return self.dialect.delimiter

    @property
    def sheets(self) -> Sequence[Sheet]:
        """The only sheet there is; it has no name."""
        return (Sheet(name=""),)

    def grid(self, sheet: str) -> Grid:
        """Return the rows; they are read as they are asked for.

        Raises:
            Refusal: while they are read, of a cell that is too long.
        """
        mended: set[int] = set()
        return Grid(rows=self._rows(mended), mended=mended, is_doubtful=True)

    def is_one_column(self, sample: str, is_whole: bool) -> bool:
        """Tell a text without any delimiter."""
        lines = whole_lines(sample, self.dialect.end, is_whole=is_whole)
        return all(len(cells) < 2 for cells in self.dialect.records(lines, is_strict=False))

    def _rows(self, mended: set[int]) -> Iterator[list[str]]:
        feed = _Feed(self._lines())
        records = self.dialect.records(feed)
        is_marked = bool(self.dialect.end)
        number = 0
        while True:
            number += 1
            feed.begin()
            try:
                cells = next(records, None)
            except csv.Error:
                mended.add(number)
                cells = self._mended(feed, number)
                records = self.dialect.records(feed)
            if cells is None:
                return
            if len(cells) > _MOST_COLUMNS:
                raise Refusal("many_columns", row=number, most=_MOST_COLUMNS)
            if is_marked:
                cells = unmarked(cells)
            if feed.has_kept:
                cells = [_KEPT.sub(_unkept, cell) if cell[:2] == '="' else cell for cell in cells]
            yield cells

    def _mended(self, feed: _Feed, number: int) -> list[str]:
        """Return the cells of a record whose quotes do not fit.

        In one line they are taken as they stand. One that is open beyond its line would take in
        the rows below: it means nothing then, and those rows are read again.
        """
        lines = feed.taken
        is_open = len(lines) > 1 or lines[0].count(self.dialect.quote or '"') % 2
        dialect = replace(self.dialect, quote="", escape="") if is_open else self.dialect
        feed.give_back(lines[1:])
        try:
            return next(dialect.records(lines[:1], is_strict=False), [])
        except csv.Error:
            raise Refusal("long_cell", row=number) from None

    def _lines(self) -> Iterator[str]:
        with self.source.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            first = file.readline() if not self.dialect.end else file.read(_BLOCK)
            first = first.lstrip("\ufeff")[self.dialect.skipped :]
            if self.dialect.end:
                yield from cut(_chain(first, iter(lambda: file.read(_BLOCK), "")), self.dialect.end)
            else:
                if first:
                    yield first
                yield from file


class _Feed:
    """Lines for the csv module which remembers those of one record and takes them back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: list[str] = []
        self.taken: list[str] = []
        self.has_kept = False

    def begin(self) -> None:
        """Forget the lines of the record before."""
        self.taken = []
        self.has_kept = False

    def give_back(self, lines: list[str]) -> None:
        """Take lines that are to be read again."""
        self._back += reversed(lines)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else next(self._lines)
        self.taken.append(line)
        if '="' in line:
            self.has_kept = True
        return line


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _unkept(match: re.Match[str]) -> str:
    return match[1].replace('""', '"')


__all__ = ["TextTable", "open_book", "recognises"]
