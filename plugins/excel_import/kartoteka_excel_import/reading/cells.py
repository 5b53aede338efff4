"""Bring the cells of a column to what they mean: trimmed text, whole numbers, nothing for empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from kartoteka_excel_import.reading.shapes import Cell

#: White space of all kinds, marks without width, and the mark at the start of files.
TRIMMED = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\x00"
)
#: What `str.strip` alone does not do.
_ODD = re.compile("[\r\x00\u200b\u200c\u200d\u200e\u200f\u2060\ufeff]")
#: Excel keeps 15 digits; a larger float is not the number that was typed.
_DIGITS = 15


def letter_of(column: int) -> str:
    """Return the letter of a column, counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def column_of(letters: str) -> int:
    """Return the column of its letter, counted from 0."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def clean(values: Sequence[Any]) -> list[Cell]:
    """Return a column with its texts trimmed, whole numbers as int, empty texts as None."""
    kinds = set(map(type, values))
    cleaned: list[Any] = list(values)
    if kinds == {str}:
        whole = "".join(cleaned)  # one look at all of them is cheaper than one at each
        if _ODD.search(whole):
            cleaned = [_text(value) for value in cleaned]
        else:
            cleaned = [value.strip() or None for value in cleaned]
    elif str in kinds:
        cleaned = [_text(value) if type(value) is str else value for value in cleaned]
    if float in kinds:
        cleaned = [_number(value) if type(value) is float else value for value in cleaned]
    return cleaned


def _text(text: str) -> str | None:
    text = text.strip(TRIMMED)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text or None


def _number(value: float) -> int | float | None:
    if value.is_integer():
        return int(value)
    return value if value - value == 0 else None  # neither infinite nor not a number


def filled_with_zeros(
    values: Sequence[Cell], numbers: Sequence[int], widths: Mapping[int, int]
) -> list[Cell]:
    """Return a column with numbers written as they are shown: 42 with six digits is "000042".

    Args:
        numbers: rows of the values.
        widths: least digits by row.
    """
    return [
        f"{value:0{widths[row]}d}"
        if type(value) is int and value >= 0 and row in widths and value < 10 ** widths[row]
        else value
        for value, row in zip(values, numbers, strict=True)
    ]


def cell_text(cell: Cell) -> str:
    """Return a cell as a person writes it: a phone typed as a number has no exponent, no ".0"."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        text = f"{cell:.{_DIGITS}g}"
        if "e" in text:
            text = f"{cell:.{_DIGITS + 5}f}".rstrip("0").rstrip(".")
        return text
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes" if not cell.second else "seconds")
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


__all__ = ["TRIMMED", "cell_text", "clean", "column_of", "filled_with_zeros", "letter_of"]
