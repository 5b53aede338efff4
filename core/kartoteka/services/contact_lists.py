"""Take apart a cell that holds several phones, addresses or sites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kartoteka.fields.kinds import Reading
from kartoteka.i18n import gettext
from kartoteka.services.contact_points import normalised

MOST = 1_000
_PHONES = frozenset({"phone", "mobile", "fax"})
_AND = r"\s+(?:и/или|и|или|and/or|and|or)\s+"
_BETWEEN_PHONES = re.compile(rf"[;,\n\r|]+|{_AND}", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(rf"[;,\s|]+|{_AND}", re.IGNORECASE)
_BETWEEN_ADDRESSES = re.compile(r"[;\n\r|]+")
_EXTENSION = re.compile(r"\s*(?:доб|вн|внутр|вътр|ext|x)\b", re.IGNORECASE)
_GAP = re.compile(r"\s+|\s*/\s+|\s+/\s*")


def taken_apart(kind: str, cell: str, reading: Reading) -> list[tuple[str, str]]:
    """Return what stands in a cell: each value as written, and normalised; repeated ones once.

    Phones are cut at `;`, `,`, line ends and «и»; when a piece is no phone, also at spaces where
    every part is one: «02/824-3655 02/98-25561». An address is cut only at `;` and line ends.

    Raises:
        ValueError: a piece does not fit its kind; with the sentence of that kind.
    """
    if len(cell) > MOST:
        raise ValueError(
            gettext(
                "This is %(length)s characters long, at most %(limit)s fit.",
                length=len(cell), limit=MOST,
            )
        )  # fmt: skip
    found: dict[str, str] = {}
    for value in _pieces(kind, cell, reading):
        found.setdefault(_key(kind, value, reading), value)
    return [(value, key) for key, value in found.items()]


@lru_cache(maxsize=64)
def _key(kind: str, value: str, reading: Reading) -> str:
    """Return a value normalised; a phone is asked for twice, to find its end and to keep it."""
    return normalised("phone" if kind in _PHONES else kind, value, reading)


def _pieces(kind: str, cell: str, reading: Reading) -> Iterable[str]:
    if kind in _PHONES:
        for piece in _with_extensions(_BETWEEN_PHONES.split(cell)):
            yield from _phones(piece, reading)
    else:
        pattern = _BETWEEN_ADDRESSES if kind == "address" else _BETWEEN_WORDS
        yield from (piece.strip() for piece in pattern.split(cell) if piece.strip())


def _with_extensions(pieces: Sequence[str]) -> Iterable[str]:
    """Put «доб. 12», cut off at a comma, back behind its number."""
    kept: list[str] = []
    for piece in pieces:
        if kept and _EXTENSION.match(piece):
            kept[-1] = f"{kept[-1]}, {piece.strip()}"
        elif piece.strip():
            kept.append(piece.strip())
    return kept


def _phones(piece: str, reading: Reading) -> list[str]:
    if _is_phone(piece, reading):
        return [piece]
    words = [word for word in _GAP.split(piece) if word]
    return _fewest(words, reading) or [piece]


def _fewest(words: Sequence[str], reading: Reading) -> list[str] | None:
    """Return the fewest numbers that the words make, none left over."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(words) + 1):
        options = [
            [*before, " ".join(words[start:end])]
            for start in range(max(0, end - 6), end)
            if (before := best[start]) is not None
            and _is_phone(" ".join(words[start:end]), reading)
        ]
        best.append(min(options, key=len) if options else None)
    return best[-1]


def _is_phone(text: str, reading: Reading) -> bool:
    try:
        _key("phone", text, reading)
    except ValueError:
        return False
    return True
