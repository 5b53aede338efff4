"""Name the columns: heads in one line, of two levels where that tells them apart, all different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kartoteka_excel_import.reading.cells import TRIMMED, cell_text, clean, letter_of
from kartoteka_excel_import.reading.header import Found, Sample
from kartoteka_excel_import.reading.shapes import Head

#: A head longer than this is cut: it is a remark, and it has to fit on a page.
LONGEST = 200


def heads_of(sample: Sample, found: Found, width: int) -> tuple[Head, ...]:
    """Return the heads of the columns.

    Args:
        width: how many columns the table has.
    """
    if found.bottom < 0:
        return tuple(
            Head(title=letter_of(column), letter=letter_of(column), is_named=False)
            for column in range(width)
        )
    lower = [_line(sample.at(found.bottom, column)) for column in range(width)]
    upper = [_line(sample.at(found.top, column)) for column in range(width)]
    named = [low or up for low, up in zip(lower, upper, strict=True)]
    if found.top < found.bottom:
        named = _told_apart(named, upper)
    letters = [letter_of(column) for column in range(width)]
    titles = _numbered([name or letter for name, letter in zip(named, letters, strict=True)])
    return tuple(
        Head(title=title, letter=letter, is_named=bool(name))
        for title, letter, name in zip(titles, letters, named, strict=True)
    )


def _told_apart(named: Sequence[str], upper: Sequence[str]) -> list[str]:
    """Put the upper head before equal lower ones: "Director: Phone", "Shop: Phone"."""
    often = Counter(name.casefold() for name in named)
    return [
        f"{up}: {name}" if up and up != name and often[name.casefold()] > 1 else name
        for name, up in zip(named, upper, strict=True)
    ]


def _numbered(titles: Sequence[str]) -> list[str]:
    taken = {title.casefold() for title in titles}
    seen: Counter[str] = Counter()
    numbered: list[str] = []
    for title in titles:
        key = title.casefold()
        seen[key] += 1
        chosen = title
        if seen[key] > 1:
            number = seen[key]
            while f"{key} {number}" in taken:
                number += 1
            seen[key] = number
            chosen = f"{title} {number}"
            taken.add(chosen.casefold())
        numbered.append(chosen)
    return numbered


def _line(cell: Any) -> str:
    text = cell_text(clean([cell])[0])
    return " ".join(text.split()).strip(TRIMMED)[:LONGEST].rstrip()


__all__ = ["LONGEST", "heads_of"]
