"""Keep what the rows of a file said in a file of its own: of a long list it is too much for memory.

An entry is a tuple of plain values: texts, numbers, None and tuples of them. `plain_columns` makes
values of fields plain, so that equal ones stay equal and others stay different.
"""

from __future__ import annotations

import marshal
import tempfile
import weakref
from array import array
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import IO, Any

#: So many entries are held before they are written down together.
_FRESH = 5_000
#: Without marks for repeated objects: to look for them takes longer than to write them twice.
_MARSHAL = 2
_PLAIN = frozenset({str, int, float, bool, type(None)})
Entry = tuple[Any, ...]


class RowLog:
    """Entries by their place; in memory each takes eight bytes.

    The file has no name, so it is gone with this process, however it ends. `next` is the place
    that the next entry gets.
    """

    def __init__(self) -> None:
        self.next = 0
        self._fresh: list[Entry] = []
        self._written = 0
        self._ends = array("Q", (0,))
        self._file: IO[bytes] | None = None
        self._last: tuple[int, Entry] = (-1, ())

    def append(self, entry: Entry) -> None:
        """Put an entry behind the others."""
        self._fresh.append(entry)
        self.next += 1
        if self.next - self._written >= _FRESH:
            self._write_down()

    def __getitem__(self, place: int) -> Entry:
        """Return the entry at a place; a row asks for the same one several times."""
        if place >= self._written:
            return self._fresh[place - self._written]
        if self._last[0] != place:
            assert self._file
            begin, end = self._ends[place], self._ends[place + 1]
            self._file.seek(begin)
            self._last = place, marshal.loads(self._file.read(end - begin))
        return self._last[1]

    def _write_down(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by the next line
            weakref.finalize(self, self._file.close)
        packed = [marshal.dumps(entry, _MARSHAL) for entry in self._fresh]
        begin = self._ends[-1]
        self._file.seek(begin)
        rest = memoryview(b"".join(packed))
        while rest:
            rest = rest[self._file.write(rest) :]
        self._ends.extend(accumulate(map(len, packed[1:]), initial=begin + len(packed[0])))
        self._written += len(packed)
        self._fresh.clear()


def plain_columns(columns: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return columns of values as an entry may hold them, to be compared."""
    return [
        column if set(map(type, column)) <= _PLAIN else [_plain(value) for value in column]
        for column in columns
    ]


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Decimal):
        return ("number", str(value.normalize()))
    if isinstance(value, (tuple, list)):
        return tuple(_plain(one) for one in value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    return (type(value).__name__, str(value))


__all__ = ["Entry", "RowLog", "plain_columns"]
