"""Write long lists of words as running text."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.split())


def forms(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the forms of each word of a text; forms are parted by a stroke."""
    return tuple(tuple(word.split("/")) for word in text.split())
