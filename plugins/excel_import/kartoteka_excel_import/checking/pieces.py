"""Take from a cell that is no list of phones or addresses what is one, and the words beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kartoteka.api import Reading, taken_apart
from kartoteka_excel_import.checking.batch import Point

_PHONES = frozenset({"phone", "mobile", "fax"})
#: Not within brackets, and not before an extension: «доб. 12» belongs to its number.
_BETWEEN_PHONES = re.compile(r"[;,\n\r|]+(?![^(]*\))(?!\s*(?:доб|вн|внутр|вътр|ext|x)\b)", re.I)
_BETWEEN_WORDS = re.compile(r"[;,\s|]+")
#: From the first digit to the last one.
_NUMBER = re.compile(r"[+(]*\d.*\d", re.DOTALL)
_IN_BRACKETS = re.compile(r"\(([^()\d]*[^\W\d_][^()\d]*)\)")
_LETTER = re.compile(r"[^\W\d_]")
_AROUND = ' \t\u00a0()[]-–—:.,«»"'
#: What a field of labels holds, and the longest cell that is looked into.
_LONGEST_LABEL = 80
_LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """What was found in a cell.

    Args:
        points: what passes, as written and normalised; equal ones once.
        labels: by normalised form, the words beside a phone.
        is_whole: nothing of the cell is left over.
    """

    points: tuple[Point, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    is_whole: bool = False


def in_pieces(kind: str, cell: str, reading: Reading) -> Pieces:
    """Return what passes of a cell that as a whole does not: «495-777-88-99 (секретарь)».

    Args:
        kind: of the contact point.
        cell: as it stands in the file.
        reading: says of which country phones without a country code are.
    """
    if len(cell) > _LONGEST or kind == "address":
        return Pieces()
    is_phone = kind in _PHONES
    pieces = [
        one.strip()
        for one in (_BETWEEN_PHONES if is_phone else _BETWEEN_WORDS).split(cell)
        if one and not one.isspace()
    ]
    is_one = len(pieces) == 1  # it does not pass, or nobody would ask
    found: dict[str, str] = {}
    labels: dict[str, str] = {}
    is_whole = True
    for piece in pieces:
        points, label = [] if is_one else _passing(kind, piece, reading), ""
        if not points and is_phone and _LETTER.search(piece):
            points, label = _labelled(kind, piece, reading)
        is_whole = is_whole and bool(points)
        for value, key in points:
            found.setdefault(key, value)
            if label:
                labels.setdefault(key, label)
    points = tuple((value, key) for key, value in found.items())
    return Pieces(points=points, labels=labels, is_whole=is_whole and bool(labels))


def _labelled(kind: str, piece: str, reading: Reading) -> tuple[list[Point], str]:
    """Return the one phone of a piece, and the words before and behind it."""
    number = _NUMBER.search(piece)
    if number is None:
        return [], ""
    inside = _IN_BRACKETS.search(number[0])
    plain = number[0] if inside is None else number[0].replace(inside[0], " ", 1)
    words = [piece[: number.start()], inside[1] if inside else "", piece[number.end() :]]
    label = ", ".join(word for one in words if (word := " ".join(one.strip(_AROUND).split())))
    points = _passing(kind, " ".join(plain.split()), reading)
    if len(points) != 1 or not _LETTER.search(label) or len(label) > _LONGEST_LABEL:
        return [], ""
    return points, label


def _passing(kind: str, text: str, reading: Reading) -> list[Point]:
    try:
        return taken_apart(kind, text, reading)
    except ValueError:
        return []


__all__ = ["Pieces", "in_pieces"]
