"""Read a file in a process of its own and tell what is in it, piece by piece.

Run as a program (`table` does): it takes what to read from standard input, holds itself to its
limits, and ends with whoever asked. What it says is told in `frames`.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from kartoteka_excel_import.reading import limits
from kartoteka_excel_import.reading.book import Book, Refusal, Source
from kartoteka_excel_import.reading.chunking import chunks
from kartoteka_excel_import.reading.frames import packed_columns, receive, send
from kartoteka_excel_import.reading.limits import Limits
from kartoteka_excel_import.reading.recognition import recognise
from kartoteka_excel_import.reading.shapes import Layout, Wish

_HEAD = 1 << 16
_LONGEST_REQUEST = 1 << 24


def read(source: Source, wish: Wish, modules: Sequence[str], to: BinaryIO) -> None:
    """Read a file and tell its layout, its chunks and that it ended.

    Args:
        modules: names of modules of readers; the first that recognises the file reads it.
        to: who asked.

    Raises:
        Refusal: it can not be read.
    """
    if not source.size:
        raise Refusal("empty")
    table = recognise(_book(source, wish, modules), wish)
    send(to, "layout", _told(table.layout))
    for chunk in chunks(table):
        plain, changed = packed_columns(chunk.columns)
        totals = [(row.number, *packed_columns([row.cells])) for row in chunk.totals]
        faults = [(one.row, one.letter, one.code, one.text) for one in chunk.faults]
        send(to, "chunk", list(chunk.numbers), plain, changed, faults, totals, chunk.blank)
    send(to, "end")


def _book(source: Source, wish: Wish, modules: Sequence[str]) -> Book:
    for name in modules:
        module: Any = importlib.import_module(name)
        if module.recognises(source):
            return module.open_book(source, wish)
    raise Refusal("not_spreadsheet")


def _told(layout: Layout) -> dict[str, Any]:
    told = asdict(layout)
    told["sheets"] = [(one.name, one.is_hidden) for one in layout.sheets]
    told["heads"] = [(one.title, one.letter, one.is_named) for one in layout.heads]
    return told


def main() -> int:
    """Read what is asked for; return 0 when all was said, also that it can not be read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asked ends it
    to = sys.stdout.buffer
    (asked,) = receive(sys.stdin.buffer, _LONGEST_REQUEST)
    limits.end_with_parent()
    limits.begin(Limits(**asked["limits"]), lambda seconds: send(to, "granted", seconds))
    path = Path(asked["path"])
    try:
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
            source = Source(path=path, name=asked["name"], head=head, size=path.stat().st_size)
            read(source, Wish(**asked["wish"]), asked["modules"], to)
        except Refusal as refusal:
            send(to, "refused", refusal.code, refusal.values)
        except MemoryError:
            send(to, "refused", "too_large", {})
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            send(to, "refused", "closed", {"why": error.strerror or str(error)})
        except BaseException as error:  # a panic of a reader is no Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            send(to, "refused", "damaged", {})
    except BrokenPipeError:
        with suppress(OSError):
            sys.stdout = None  # nobody listens: nothing is left to be written
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

__all__ = ["read"]
