"""Compare texts without letter case, ё as е, in SQL and in Python alike."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func


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


__all__ = ["loose", "without_case"]
