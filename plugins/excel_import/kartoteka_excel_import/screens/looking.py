"""Look into an uploaded file for a page: its first rows as they stand, samples of each column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import DateTime, Day, Reading, registry_of
from kartoteka_excel_import.reading.cells import cell_text
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.shapes import Cell, Chunk, Layout, Row, Wish
from kartoteka_excel_import.reading.table import Table, open_table

#: Rows above and below the heads that are shown to choose them by.
_BEFORE, _AFTER = 12, 8
#: A page shows so many columns of the rows; all of them are mapped.
MOST_SHOWN = 12
_SAMPLES = 3
_LONGEST = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRow:
    """One row as it stands in the file, or a gap between two of them.

    Args:
        is_head: it is a row of the heads, which may be two.
        is_chosen: it is the row by which the heads are chosen, the lowest of them.
    """

    number: int
    cells: Sequence[str]
    is_head: bool = False
    is_above: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What a page shows of a file.

    Args:
        layout: what was recognised.
        first: the rows below the heads that `guess` looks at.
        rows: the first rows of the sheet, those above the heads too.
        letters: of the columns shown in `rows`.
        hidden: how many columns more there are.
        samples: for each head up to three values, as texts.
    """

    layout: Layout
    first: Sequence[Chunk]
    rows: Sequence[ShownRow]
    letters: Sequence[str]
    hidden: int
    samples: Sequence[Sequence[str]]


def look(session: Session, path: Path, name: str, wish: Wish) -> Look:
    """Read the beginning of a file as it will be imported.

    Args:
        session: of whoever looks.
        path: where the file lies.
        name: what the person calls it.
        wish: what the person chose so far.

    Raises:
        Unreadable: says why, and what to do.
    """
    readers = readers_of(registry_of(session))
    reading: Reading = session.info.get("reading") or Reading()
    with open_table(path, name=name, wish=wish, readers=readers) as table:
        layout = table.layout
        first = list(islice(table.chunks(), 1))
    letters = [head.letter for head in layout.heads]
    if layout.header_row < 2:
        # Nothing stands above: a long file need not be read twice.
        below = (row for chunk in first for row in chunk.rows())
        rows = list(_around(chain(_head_row(layout), below), layout, reading))
    else:
        # Without heads everything is a row: titles and heads too.
        bare = replace(wish, sheet=layout.sheet, header_row=0)
        with open_table(path, name=name, wish=bare, readers=readers) as table:
            rows = list(_around(_rows(table), layout, reading))
            letters = [head.letter for head in table.layout.heads]
    columns: Sequence[Sequence[Cell]] = first[0].columns if first else [[] for _ in layout.heads]
    return Look(
        layout=layout, first=first, rows=rows, letters=letters[:MOST_SHOWN],
        hidden=max(0, len(letters) - MOST_SHOWN),
        samples=[_samples(column, reading) for column in columns],
    )  # fmt: skip


def cell_shown(cell: Cell, reading: Reading) -> str:
    """Return a cell in one line, days as the person writes them; a long text is cut."""
    if isinstance(cell, datetime):
        text = DateTime().show(cell.replace(tzinfo=reading.tz), reading)
    elif isinstance(cell, date):
        text = Day().show(cell, reading)
    else:
        text = " ".join(cell_text(cell).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _head_row(layout: Layout) -> list[Row]:
    cells = tuple(head.title if head.is_named else None for head in layout.heads)
    return [Row(number=layout.header_row, cells=cells)] if layout.header_row else []


def _around(rows: Iterable[Row], layout: Layout, reading: Reading) -> Iterator[ShownRow]:
    """Yield the rows around the heads."""
    head, top = layout.header_row, layout.header_top or layout.header_row
    least, most = max(1, head - _BEFORE), max(head, 1) + _AFTER
    shown = 0
    for row in rows:
        if row.number > most or shown > _BEFORE + _AFTER:
            return
        if row.number >= least:
            shown += 1
            yield ShownRow(
                number=row.number, is_head=top <= row.number <= head, is_above=row.number < top,
                is_chosen=row.number == head,
                cells=[cell_shown(cell, reading) for cell in row.cells[:MOST_SHOWN]],
            )  # fmt: skip


def _rows(table: Table) -> Iterator[Row]:
    for chunk in table.chunks():
        yield from sorted((*chunk.rows(), *chunk.totals), key=lambda row: row.number)


def _samples(column: Sequence[Cell], reading: Reading) -> list[str]:
    texts = (cell_shown(cell, reading) for cell in column if cell is not None)
    return list(islice(dict.fromkeys(text for text in texts if text), _SAMPLES))


def wish_of(values: Mapping[str, Any]) -> Wish:
    """Return what a person chose, from an address or a form; what makes no sense is left out."""
    row = str(values.get("header", ""))
    return Wish(
        sheet=str(values.get("sheet", ""))[:255],
        header_row=int(row) if row.isdecimal() and len(row) < 6 else None,
        encoding=str(values.get("encoding", ""))[:40],
        delimiter=str(values.get("delimiter", ""))[:4],
    )


__all__ = ["Look", "ShownRow", "cell_shown", "look", "wish_of"]
