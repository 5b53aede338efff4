"""Write rows of plain values into a file of Excel.

Run as a program (`sheet_pipe` does) it takes the sheet and its rows from standard input and ends
with it: no file without the last row, whatever becomes of who sends them.
"""

from __future__ import annotations

import errno
import marshal
import re
import signal
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

#: What a cell may be given. Days and moments come as Excel counts them, in days since 1900.
Cell = str | int | float | bool | None
_LENGTH = struct.Struct("<Q")
#: Without marks for repeated objects: to look for them takes longer than to write them twice.
_MARSHAL = 2
#: How the program ends when the system gave no number for what went wrong.
UNKNOWN = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A sheet to be written. Heads, number formats and widths stand in the order of the columns."""

    path: str
    title: str
    heads: Sequence[str]
    formats: Sequence[str]
    widths: Sequence[float]


def fill(sheet: Sheet, rows: Iterable[dict[str, Cell]]) -> None:
    """Write rows, head to value, as a sheet with a head that stays in sight.

    Args:
        rows: each has all heads, in their order.

    Raises:
        RuntimeError, OSError: the file can not be written.
    """
    from rustpy_xlsxwriter import Format, write_worksheet

    write_worksheet(
        rows,
        sheet.path,
        sheet_name=sheet.title,
        freeze_row=1,
        autofilter=True,
        header_format=Format().set_bold().set_num_format("@"),
        column_formats={
            head: Format().set_num_format(form)
            for head, form in zip(sheet.heads, sheet.formats, strict=True)
        },
        column_widths=dict(zip(sheet.heads, sheet.widths, strict=True)),
    )


def send(to: BinaryIO, what: Any) -> None:
    """Send a sheet, columns of a chunk of rows, or None as the end."""
    packed = marshal.dumps(asdict(what) if isinstance(what, Sheet) else what, _MARSHAL)
    to.write(_LENGTH.pack(len(packed)))
    to.write(packed)


def _received(source: BinaryIO) -> Any:
    head = source.read(_LENGTH.size)
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 1
    packed = source.read(length)
    if len(packed) < length:
        raise EOFError("The rows ended without their end.")
    return marshal.loads(packed)


def _rows(heads: Sequence[str], source: BinaryIO) -> Iterator[dict[str, Cell]]:
    is_empty = True
    while columns := _received(source):
        is_empty = False
        for row in zip(*columns, strict=True):
            yield dict(zip(heads, row))  # noqa: B905 - a million times; the columns made both
    if is_empty:
        yield dict.fromkeys(heads)  # the writer knows the heads by the first row alone


def _number_in(said: str) -> int:
    """Return the system's error that the writer tells of, 0 for none."""
    found = re.search(r"\b(?:code:|os error) (\d{1,3})\b", said)
    number = int(found[1]) if found else 0
    return number if number in errno.errorcode else 0


def main() -> int:
    """Write what comes; return 0, the number of the system's error, or `UNKNOWN`."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the end of the input is the end
    source = sys.stdin.buffer
    try:
        sheet = Sheet(**_received(source))
        fill(sheet, _rows(sheet.heads, source))
    except EOFError:
        return UNKNOWN
    except BaseException as error:  # a panic of the writer is no Exception
        number = getattr(error, "errno", None) or _number_in(str(error))
        if not number:
            sys.stderr.write(str(error))
        return number or UNKNOWN
    return 0


if __name__ == "__main__":
    sys.exit(main())

__all__ = ["UNKNOWN", "Cell", "Sheet", "fill", "send"]
