"""Know the column of reasons in a workbook of rejected rows that comes back: it is no data."""

from __future__ import annotations

#: How its head begins, whatever the language.
MARK = "Kartoteka:"


def is_reason(head: str) -> bool:
    """Say whether a column holds the reasons of an earlier import, to be left out."""
    return head.strip().startswith(MARK)


__all__ = ["MARK", "is_reason"]
