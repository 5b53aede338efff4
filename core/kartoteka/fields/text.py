"""Fold text so that what a person means is equal: letter case, ё and е, spaces, phone digits."""

from __future__ import annotations

import re
import unicodedata

_NOT_DIGIT = re.compile(r"\D")


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
