"""What the reading process says to who asked: pieces of plain values, each with its length.

Plain values are text, numbers, None, lists, tuples and dicts of them. Days and times travel as
numbers. What is read never becomes code on this way.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from kartoteka_excel_import.reading.shapes import Cell

_LENGTH = struct.Struct("<Q")
#: Without marks for repeated objects: to look for them takes longer than to write them twice.
_MARSHAL = 2
_PLAIN = frozenset({str, int, float, bool, type(None)})
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def send(to: BinaryIO, *what: Any) -> None:
    """Send one piece.

    Raises:
        BrokenPipeError: nobody listens any longer.
    """
    packed = marshal.dumps(what, _MARSHAL)
    to.write(_LENGTH.pack(len(packed)))
    to.write(packed)
    to.flush()


def receive(source: BinaryIO, longest: int) -> tuple[Any, ...]:
    """Return the next piece.

    Raises:
        EOFError: as `received` and `unpacked`.
    """
    return unpacked(received(source, longest))


def received(source: BinaryIO, longest: int) -> bytes:
    """Return the next piece as it was packed.

    Args:
        longest: bytes that a piece may have.

    Raises:
        EOFError: the other side ended, or says what can not be.
    """
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError("Nothing more is said.")
    (length,) = _LENGTH.unpack(head)
    if length > longest:
        raise EOFError("A piece is too long.")
    packed = source.read(length)
    if len(packed) < length:
        raise EOFError("A piece is not whole.")
    return packed


def unpacked(packed: bytes) -> tuple[Any, ...]:
    """Return what was packed into a piece.

    Raises:
        EOFError: it is damaged.
    """
    try:
        what = marshal.loads(packed)
    except (ValueError, TypeError) as error:
        raise EOFError("A piece is damaged.") from error
    if not isinstance(what, tuple):
        raise EOFError("A piece is not what it should be.")
    return what  # pyright: ignore[reportUnknownVariableType]


def packed_columns(columns: Sequence[Sequence[Cell]]) -> tuple[list[Any], list[int]]:
    """Return columns as plain values, and which of them hold days or times."""
    plain: list[Any] = []
    changed: list[int] = []
    for position, column in enumerate(columns):
        if set(map(type, column)) <= _PLAIN:
            plain.append(column)
        else:
            plain.append([value if type(value) in _PLAIN else _packed(value) for value in column])
            changed.append(position)
    return plain, changed


def unpacked_columns(plain: list[Any], changed: Sequence[int]) -> list[Sequence[Cell]]:
    """Return columns as they were before `packed_columns`."""
    for position in changed:
        plain[position] = [
            _BACK[value[0]](*value[1:]) if type(value) is tuple else value
            for value in plain[position]
        ]
    return plain


def _packed(value: Any) -> tuple[Any, ...]:
    if isinstance(value, datetime):
        return ("moment", (value.replace(tzinfo=None) - _EPOCH) // _MICROSECOND)
    if isinstance(value, date):
        return ("day", value.toordinal())
    if isinstance(value, time):
        return ("time", value.hour, value.minute, value.second, value.microsecond)
    if isinstance(value, timedelta):
        return ("duration", value // _MICROSECOND)
    return ("text", str(value))


def _moment(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


def _duration(number: int) -> timedelta:
    return number * _MICROSECOND


_BACK: dict[str, Callable[..., Cell]] = {
    "moment": _moment,
    "day": date.fromordinal,
    "time": time,
    "duration": _duration,
    "text": str,
}

__all__ = ["packed_columns", "receive", "received", "send", "unpacked", "unpacked_columns"]
