"""Find how a text file is written: what parts cells, what quotes them, what ends a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from kartoteka_excel_import.reading.book import Refusal

DELIMITERS = (";", ",", "\t", "|")
#: Rows that are compared; a longer sample tells no more.
_COMPARED = 60
#: What a table of one column is worth.
_ONE_COLUMN = 0.05
_NAMES = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "space": " "}
_STRAY = "\ue000"  # stands for a line end within a cell while the csv module looks at it
_ENDS = re.compile("\r\n|\r|\n")
_QUOTED = re.compile(r'(?<![^;,\t|\r\n])"(?:[^"]|"")*+"(?![^;,\t|\r\n])')
_SAID = re.compile(r'"?sep=(.)"?\s*(?:\r\n|\r|\n)', re.I)
#: The longest cell: many pages of text. A longer one is a quote that was never closed.
LONGEST_CELL = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How a text file is written.

    Args:
        quote: the sign around cells, empty where quotes mean nothing.
        escape: the sign before a quote within a quoted cell; empty where it is doubled.
        end: what ends a line; empty where each of the three does.
        skipped: characters at the start that only say the delimiter.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""
    end: str = ""
    skipped: int = 0

    def records(self, lines: Iterable[str], *, is_strict: bool = True) -> Iterator[list[str]]:
        """Yield the cells of each record.

        Args:
            is_strict: whether quotes must fit.

        Raises:
            csv.Error: a cell that is too long, quotes that do not fit.
        """
        csv.field_size_limit(LONGEST_CELL)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            doublequote=not self.escape,
            strict=is_strict,
        )


def dialect_of(sample: str, *, is_whole: bool, wanted: str = "") -> Dialect:
    """Return how a file is written.

    Args:
        sample: its beginning.
        is_whole: whether that is all of it; else the last line is not looked at.
        wanted: a delimiter that a person named.

    Raises:
        Refusal: the delimiter is not one character.
    """
    wanted = _NAMES.get(wanted.lower(), wanted) if wanted else ""
    if wanted and (len(wanted) != 1 or wanted in '\r\n"'):
        raise Refusal("delimiter", delimiter=wanted)
    skipped = 0
    if said := _SAID.match(sample):
        skipped = said.end()
        wanted = wanted or said[1]
        sample = sample[skipped:]
    ends = _ends_of(sample)
    best, best_score = Dialect(delimiter=wanted or ",", end=ends[0]), -1.0
    for end in ends:
        lines = whole_lines(sample, end, is_whole=is_whole)
        for delimiter in (wanted,) if wanted else DELIMITERS:
            for one in _quotings(Dialect(delimiter=delimiter, end=end), sample):
                score = _evenness(one, lines)
                if score > best_score + 0.01:
                    best, best_score = one, score
    if best_score <= _ONE_COLUMN and not wanted:
        best = replace(best, delimiter=",")
    return replace(best, skipped=skipped)


def cut(blocks: Iterable[str], end: str) -> Iterator[str]:
    """Yield lines that end as the dialect says; other line ends stay in them, marked.

    Args:
        blocks: the text, however it is cut.
        end: of a line.
    """
    rest = ""
    for block in blocks:
        parts = (rest + block).split(end)
        rest = parts.pop()
        for part in parts:
            # Half of a line end within a cell, of which the other half ended the line.
            whole = part.removesuffix("\r") if end == "\n" else part
            yield _marked(whole.removeprefix("\n") if end == "\r" else whole) + "\n"
    if rest:
        yield _marked(rest)


def unmarked(cells: list[str]) -> list[str]:
    """Return cells with the line ends that `cut` marked."""
    return [cell.replace(_STRAY, "\n") if _STRAY in cell else cell for cell in cells]


def whole_lines(sample: str, end: str, *, is_whole: bool) -> list[str]:
    """Return the lines of a sample but for one that was cut off."""
    lines = list(cut([sample], end)) if end else list(io.StringIO(sample, newline=""))
    return lines if is_whole or len(lines) < 2 else lines[:-1]


def _marked(line: str) -> str:
    if "\n" in line or "\r" in line:
        return line.replace("\r\n", _STRAY).replace("\r", _STRAY).replace("\n", _STRAY)
    return line


def _ends_of(sample: str) -> list[str]:
    """Return the line ends worth a trial: several where they are mixed outside quoted cells."""
    often: dict[str, int] = {}
    for end in _ENDS.findall(_QUOTED.sub("", sample)):
        often[end] = often.get(end, 0) + 1
    if len(often) < 2:
        return [""]
    return ["", *sorted(often, key=lambda end: -often[end])]


def _quotings(plain: Dialect, sample: str) -> Iterator[Dialect]:
    yield plain
    if '\\"' in sample:
        yield replace(plain, escape="\\")
    if '"' in sample:
        yield replace(plain, quote="")
    if f"'{plain.delimiter}'" in sample:
        yield replace(plain, quote="'")


def _evenness(dialect: Dialect, lines: list[str]) -> float:
    """Return how even a table becomes: equal widths, many cells, no quotes left over."""
    try:
        found = dialect.records(lines, is_strict=False)
        records = [cells for cells in islice(found, _COMPARED) if cells]
    except csv.Error:
        return -1.0
    widths = [len(cells) for cells in records]
    if not widths:
        return 0.0
    common = max(set(widths), key=lambda width: (widths.count(width), width))
    if common == 1 and max(widths) == 1:
        return _ONE_COLUMN
    if common == 1:
        common = max(widths)
    even = widths.count(common) / len(widths)
    short = sum(1 < width < common for width in widths) / len(widths)
    cells = [cell for row in records for cell in row if cell]
    odd = sum(_is_left_over(cell, dialect) for cell in cells) / max(len(cells), 1)
    long = sum(cell.count("\n") + cell.count(_STRAY) > 30 for cell in cells)
    # A record that took in many others is worth none of them.
    return even + 0.3 * short + min(common, 20) * 0.01 - 2 * odd - long


def _is_left_over(cell: str, dialect: Dialect) -> bool:
    """Tell a cell with a quote that should have been around it."""
    for quote in ('"', "'"):
        if cell.startswith(quote) and cell.endswith(quote) and len(cell) > 1:
            return True
    return cell.count('"') % 2 == 1 or (not dialect.escape and '\\"' in cell)


__all__ = ["DELIMITERS", "LONGEST_CELL", "Dialect", "cut", "dialect_of", "unmarked", "whole_lines"]
