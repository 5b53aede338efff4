"""Fold text so that what a person means is equal: letter case, ё and е, spaces, phone digits."""

from __future__ import annotations

import re
import unicodedata

_NOT_DIGIT = re.compile(r"\D")
#: NUL and halves of surrogate pairs: no database keeps them.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def unkeepable(text: str) -> str:
    """Return the first character of a text that no database keeps; empty when there is none."""
    found = _UNKEEPABLE.search(text)
    return found[0] if found else ""


def fold(text: str) -> str:
    """Return text for comparing, sorting and searching: case-folded, ё as е, single spaces.

    NUL bytes are dropped, because PostgreSQL can not store them.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(folded.replace("\0", "").split())


def digits(text: str) -> str:
    """Return only the digits of a text."""
    return _NOT_DIGIT.sub("", text)


def quoted(raw: object, most: int = 60) -> str:
    """Return a value as a sentence quotes it: of a long one the beginning, with … for the rest."""
    text = str(raw).strip()
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
