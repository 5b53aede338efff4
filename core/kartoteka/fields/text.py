"""Fold text so that what a person means is equal: letter case, ё and е, spaces, digits of a phone."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_NOT_DIGIT = re.compile(r"\D")
_YO = str.maketrans({"ё": "е"})


def fold(text: str) -> str:
    """Return text for comparing, sorting and searching: case-folded, ё as е, single spaces.

    NUL bytes are dropped, because PostgreSQL can not store them.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_YO)
    return _SPACES.sub(" ", folded.replace("\0", "")).strip()


def digits(text: str) -> str:
    """Return only the digits of a text."""
    return _NOT_DIGIT.sub("", text)
