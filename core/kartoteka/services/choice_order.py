"""In which order do choices stand in a list? As they were declared, not as their codes spell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Choice

#: With more options than this the order of the codes has to do.
MOST_RANKED = 40


def ranks_of(item: Field[Any]) -> tuple[str, ...]:
    """Return the codes of a choice in their order; nothing for other fields."""
    codes = tuple(item.kind.options) if isinstance(item.kind, Choice) else ()
    return codes if len(codes) <= MOST_RANKED else ()


def place_of(column: Any, codes: Sequence[str]) -> ColumnElement[int]:
    """Return the place of a row's choice, 0 for the first; NULL for a code that is not declared."""
    return case({code: place for place, code in enumerate(codes)}, value=column)


def is_indexed(column: InstrumentedAttribute[Any]) -> bool:
    """Say whether the rows of one choice are found without reading the table."""
    mine = column.property.columns[0]
    return any(mine is next(iter(index.columns)) for index in mine.table.indexes)


def first_rows(
    model: Any, column: Any, codes: Sequence[str], conditions: Sequence[ColumnElement[bool]],
    key: tuple[Any, int] | None, size: int, down: bool,
) -> Select[Any]:  # fmt: skip
    """Return a statement that takes the first rows of each choice from the index and joins them.

    No index knows the declared order, but it holds the rows of one choice together: a page is
    among the first of each choice, so the table is not sorted, however large it is.

    Args:
        model: the record class.
        column: the choice, indexed.
        codes: in their order.
        conditions: what else must hold.
        key: code and id of the row the page follows.
        size: rows wanted.
        down: the last choice first.
    """
    parts: list[Any] = []
    for place, code in enumerate(codes):
        rows = select(model.id.label("id"), literal(place).label("place"))
        rows = rows.where(*conditions, column == code)
        if key is not None:
            here = codes.index(key[0])
            if (place > here) if down else (place < here):
                continue
            if place == here:
                rows = rows.where(model.id < key[1] if down else model.id > key[1])
        ordered = rows.order_by(model.id.desc() if down else model.id).limit(size)
        parts.append(select(ordered.subquery()))
    found = union_all(*parts).subquery("first_of_each")
    order = (found.c.place, found.c.id)
    return (
        select(model)
        .join(found, found.c.id == model.id)
        .order_by(*(part.desc() if down else part for part in order))
        .limit(size)
    )


__all__ = ["first_rows", "is_indexed", "place_of", "ranks_of"]
