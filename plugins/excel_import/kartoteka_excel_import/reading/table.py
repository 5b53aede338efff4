"""Read a file as a table, in a process of its own that can be ended at any moment."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Self

from kartoteka.api import Unreadable
from kartoteka_excel_import.reading import limits as costs, reading_process
from kartoteka_excel_import.reading.frames import received, send, unpacked, unpacked_columns
from kartoteka_excel_import.reading.limits import MB, Limits
from kartoteka_excel_import.reading.sentences import why_not_read
from kartoteka_excel_import.reading.shapes import (
    Chunk,
    Counts,
    Fault,
    Head,
    Layout,
    Reader,
    Row,
    Sheet,
    Wish,
)
from kartoteka_excel_import.reading.spool import Spool

#: Workbooks first: any file may be text.
OWN_READERS = (
    Reader(
        code="workbook", title="xlsx, xls, xlsb, ods",
        module="kartoteka_excel_import.reading.workbook",
    ),
    Reader(code="csv", title="csv", module="kartoteka_excel_import.reading.text_table"),
)  # fmt: skip
_LONGEST_PIECE = 512 * MB
#: What the process says beside rows is shorter.
_SHORT_PIECE = 10_000
_log = logging.getLogger(__name__)


def open_table(
    path: Path,
    *,
    name: str = "",
    wish: Wish | None = None,
    readers: Sequence[Reader] = OWN_READERS,
    limits: Limits | None = None,
) -> Table:
    """Recognise a file; close what is returned, best by `with`.

    Args:
        path: where the file lies.
        name: what people call it, where that is not its path: it is shown, never opened.
        wish: what a person chose.
        readers: kinds of files, asked in this order; `readers_of` gives those of an application.
        limits: what reading may cost.

    Raises:
        Unreadable: not a spreadsheet, damaged, empty, with a password, hostile; says what to do.
    """
    table = Table(path, name or path.name, wish or Wish(), readers, limits or Limits())
    try:
        table.recognise()
    except BaseException:
        table.close()
        raise
    return table


class Table:
    """A file that is being read. Its layout is known; its rows come chunk by chunk, once."""

    #: What was recognised.
    layout: Layout

    def __init__(
        self, path: Path, name: str, wish: Wish, readers: Sequence[Reader], limits: Limits
    ) -> None:
        """Start to read; `open_table` is the way to call it."""
        self.name = name
        self._limits = limits
        self._seconds = limits.seconds
        self._is_late = False
        self._counts = [0, 0, 0, 0]
        self._is_read = False
        self._spool: Spool | None = None
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        # What this process knows (passwords, addresses of databases) is none of a reader's.
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
        places = os.pathsep.join(os.path.abspath(place) for place in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-X", "utf8", "-m", reading_process.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**kept, "PYTHONPATH": places},
            close_fds=True,
        )
        asked = {
            "path": os.path.abspath(path),
            "name": name,
            "wish": {**asdict(wish), "known_heads": list(wish.known_heads)},
            "modules": [reader.module for reader in readers],
            "limits": asdict(limits),
        }
        assert self._process.stdin
        try:
            # It stays open: when it closes, the process ends.
            send(self._process.stdin, asked)  # pyright: ignore[reportArgumentType]
        except BrokenPipeError:
            _log.warning("The process that reads %s did not start.", name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def recognise(self) -> None:
        """Wait for the layout.

        Raises:
            Unreadable: there is none.
        """
        (told,) = self._next("layout")
        sheets = tuple(Sheet(name=title, is_hidden=hidden) for title, hidden in told.pop("sheets"))
        heads = tuple(
            Head(title=title, letter=letter, is_named=named)
            for title, letter, named in told.pop("heads")
        )
        self.layout = Layout(**told, sheets=sheets, heads=heads)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows below the heads; memory stays the same however many there are.

        Raises:
            Unreadable: what comes is not what it began as; the rows before were right.
        """
        while piece := self._next("chunk", "end"):
            numbers, plain, changed, faults, totals, blank = piece
            chunk = Chunk(
                numbers=numbers,
                columns=unpacked_columns(plain, changed),
                faults=tuple(
                    Fault(row=row, letter=letter, code=code, text=text)
                    for row, letter, code, text in faults
                ),
                totals=tuple(
                    Row(number=number, cells=tuple(unpacked_columns(cells, columns)[0]))
                    for number, cells, columns in totals
                ),
                blank=blank,
            )
            counted = (len(numbers), blank, len(totals), len(faults))
            self._counts = [a + b for a, b in zip(self._counts, counted, strict=True)]
            yield chunk
            if self._spool is None:  # who wants one chunk alone needs no more
                self._spool = Spool(self._received, self._is_last)
        self._is_read = True
        self.close()

    @property
    def pid(self) -> int:
        """Number of the process that reads."""
        return self._process.pid

    @property
    def counts(self) -> Counts:
        """What became of the rows; known when all chunks were taken.

        Raises:
            RuntimeError: they were not.
        """
        if not self._is_read:
            raise RuntimeError(f"The rows of {self.name!r} are not read to their end. Read them.")
        rows, blank, totals, faults = self._counts
        return Counts(rows=rows, blank=blank, totals=totals, faults=faults)

    def close(self) -> None:
        """End the process that reads, whatever it does; may be called twice."""
        process = self._process
        if process.poll() is None:
            process.kill()
        process.wait()
        if self._spool is not None:
            self._spool.close()
        for pipe in (process.stdin, process.stdout, self._said):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:
                _log.debug("The process that reads %s did not wait for its end.", self.name)

    def _next(self, *wanted: str) -> tuple[Any, ...]:
        """Return the values of the next piece."""
        try:
            piece = self._received() if self._spool is None else self._spool.take()
            what, *values = unpacked(piece)
        except EOFError:
            raise Unreadable(self._why_it_ended()) from None
        if what == "refused":
            raise Unreadable(why_not_read(values[0], self.name, values[1]))
        if what not in wanted:
            raise Unreadable(why_not_read("damaged", self.name, {}))
        return tuple(values)

    def _received(self) -> bytes:
        """Wait for the next piece; only the time that is waited here counts.

        Where the system counts processor time, that is the limit, and this clock only ends a
        reader that waits for something.

        Raises:
            EOFError: there is none.
        """
        patience = self._limits.patience if costs.resource else 1
        assert self._process.stdout
        while True:
            clock = threading.Timer(self._seconds * patience, self._stop)
            clock.daemon = True
            clock.start()
            try:
                piece = received(
                    self._process.stdout,  # pyright: ignore[reportArgumentType]
                    _LONGEST_PIECE,
                )
            finally:
                clock.cancel()
            if len(piece) >= _SHORT_PIECE:
                return piece
            what, *values = unpacked(piece)
            if what != "granted":
                return piece
            self._seconds = min(float(values[0]), self._limits.most_seconds)

    @staticmethod
    def _is_last(piece: bytes) -> bool:
        return len(piece) < _SHORT_PIECE and unpacked(piece)[0] != "chunk"

    def _stop(self) -> None:
        self._is_late = True
        self._process.kill()

    def _why_it_ended(self) -> str:
        self._process.kill()
        ended = -self._process.wait()
        self._said.seek(0)
        said = self._said.read(2000).decode(errors="replace")
        code = "damaged"
        if self._is_late or ended == getattr(signal, "SIGXCPU", 0):
            code = "too_slow"
        elif "memory allocation" in said or "MemoryError" in said:
            code = "too_large"
        # Advice for whoever programs the reader is none for whoever runs the server.
        plain = " ".join(line for line in said.splitlines() if not line.startswith("note:"))
        level = logging.WARNING if code == "damaged" else logging.INFO
        _log.log(level, "Reading %r ended with %s: %s", self.name, ended, plain)
        return why_not_read(code, self.name, {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A table of which chunks were taken: who goes on with it need not read the file again.

    Args:
        chunks: all of them, those that were taken before the others.
    """

    table: Table
    chunks: Iterable[Chunk]


__all__ = ["OWN_READERS", "Begun", "Table", "open_table"]
