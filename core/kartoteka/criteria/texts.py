"""Compare texts without letter case, ё as е, phones by digits, in SQL and in Python alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_

from kartoteka.fields.text import SEPARATORS, digits, numbers_meant, without_separators


def loose(text: str) -> str:
    """Return a text whose letters have no case; nothing else about it changes."""
    return "".join(map(_lower, text)).replace("ё", "е")


def without_case(
    column: Any, wanted: str, dialect: str, *, at_start: bool = False
) -> ColumnElement[bool]:
    """Return the condition that a column holds a folded text in any letter case, ё as е."""
    if dialect == "sqlite":
        # Its lower() and LIKE know ASCII only, a function of ours would be called for each row.
        pattern = "".join(map(_any_case, wanted))
        return column.op("GLOB", is_comparison=True)(f"{pattern}*" if at_start else f"*{pattern}*")
    folded = func.replace(func.lower(column), "ё", "е")
    match = folded.startswith if at_start else folded.contains
    return match(wanted, autoescape=True)


def with_number(column: Any, typed: str, *, at_start: bool = False) -> ColumnElement[bool]:
    """Return the condition that a column holds a typed number, however either is written.

    False for a text that does not read as a phone number.
    """
    bare: Any = column
    for sign in SEPARATORS:
        bare = func.replace(bare, sign, "")
    test = bare.startswith if at_start else bare.contains
    return or_(false(), *(test(number) for number in _wanted(typed, at_start)))


def has_number(text: str, typed: str, *, at_start: bool = False) -> bool:
    """Say whether a text holds a typed number; the same as `with_number`."""
    bare = without_separators(text)
    return any(
        bare.startswith(number) if at_start else number in bare
        for number in _wanted(typed, at_start)
    )


def _wanted(typed: str, at_start: bool) -> Iterable[str]:
    found = numbers_meant(typed)
    if not at_start:
        return found
    # At home a number begins with 8 or 0, abroad with the code of the country.
    codes = ("", "7", "8", "0") if digits(typed) not in found else ("",)
    return [code + number for number in found for code in codes]


def _lower(letter: str) -> str:
    low = letter.lower()
    return low if len(low) == 1 else letter


def _any_case(letter: str) -> str:
    """Return the GLOB pattern of one folded character."""
    if letter in "*?[":
        return f"[{letter}]"
    found = {letter, letter.upper(), letter.lower()}
    if letter == "е":
        found |= {"ё", "Ё"}
    single = "".join(sorted(one for one in found if len(one) == 1))
    return letter if len(single) < 2 else f"[{single}]"


__all__ = ["has_number", "loose", "with_number", "without_case"]
