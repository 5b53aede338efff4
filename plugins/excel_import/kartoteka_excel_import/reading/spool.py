"""Take what the reading process says as fast as it says it, and hand it over when it is asked for.

The process holds a whole workbook in memory. So that it ends as soon as all is said, however long
the rows are worked on, they wait in a file without a name, which is gone with this process.
"""

from __future__ import annotations

import tempfile
import threading
from collections import deque
from collections.abc import Callable
from typing import IO

from kartoteka_excel_import.reading.limits import MB

#: So much waits in memory: short lists need no file.
_IN_MEMORY = 4 * MB
#: So much waits in all; a longer text file is read on when some of it was taken.
_MOST_WAITING = 2048 * MB
#: A piece as it was packed, or where it is in the file: begin and length.
_Waiting = bytes | tuple[int, int]


class Spool:
    """Pieces on their way, in their order.

    Args:
        receive: waits for the next piece; raises EOFError when there is none any more.
        is_last: says of a piece whether another one follows it.
        in_memory: bytes that wait in memory.
    """

    def __init__(
        self, receive: Callable[[], bytes], is_last: Callable[[bytes], bool],
        in_memory: int = _IN_MEMORY,
    ) -> None:  # fmt: skip
        self._receive = receive
        self._is_last = is_last
        self._in_memory = in_memory
        self._pieces: deque[_Waiting] = deque()
        self._waiting = 0
        self._end = 0
        self._file: IO[bytes] | None = None
        self._is_over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def take(self) -> bytes:
        """Return the next piece; wait for it.

        Raises:
            EOFError: there is none any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._is_over)
            if not self._pieces:
                raise EOFError("Nothing more is said.")
            piece = self._pieces.popleft()
            if isinstance(piece, tuple):
                begin, length = piece
                assert self._file
                self._file.seek(begin)
                piece = self._file.read(length)
            self._waiting -= len(piece)
            if not self._pieces and self._end:
                self._end = 0
                assert self._file
                self._file.truncate(0)
            self._changed.notify_all()
        return piece

    def close(self) -> None:
        """Forget what waits; the process that speaks was ended before."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join()
        if self._file is not None:
            self._file.close()

    def _run(self) -> None:
        try:
            while not self._is_over:
                piece = self._receive()
                self._put(piece)
                if self._is_last(piece):
                    break
        except EOFError:
            pass
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()

    def _put(self, piece: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting < _MOST_WAITING or self._is_over)
            is_kept = self._waiting + len(piece) > self._in_memory and self._is_written(piece)
            if is_kept:
                self._pieces.append((self._end - len(piece), len(piece)))
            else:
                self._pieces.append(piece)
            self._waiting += len(piece)
            self._changed.notify_all()
            if not is_kept and self._waiting > self._in_memory:
                # The disk is full: what waits is taken before more is read.
                self._changed.wait_for(lambda: not self._pieces or self._is_over)

    def _is_written(self, piece: bytes) -> bool:
        """Say whether a piece found room in the file."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
            self._file.seek(self._end)
            rest = memoryview(piece)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            return False
        self._end += len(piece)
        return True


__all__ = ["Spool"]
