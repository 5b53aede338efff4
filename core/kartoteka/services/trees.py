"""Keep trees of records free of rings: nothing is part of itself or of its own part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.errors import Rejected
from kartoteka.fields.field import fields_of
from kartoteka.fields.kinds import Reference
from kartoteka.i18n import gettext

_CHUNK = 500


def branches_of(model: type[Any]) -> list[str]:
    """Return the fields of a record class by which its records form a tree."""
    return [
        name
        for name, item in fields_of(model).items()
        if isinstance(item.kind, Reference) and item.kind.tree
    ]


def demand(session: Session, model: type[Any], name: str, ids: Iterable[int]) -> None:
    """Refuse records that became a part of themselves.

    Two people who move two branches into each other at once are told by the lock of the rows above:
    one of them waits and finds the ring.

    Raises:
        Rejected: with the field that made the ring.
    """
    table: Any = model.__table__
    connection, wanted = connection_of(session), sorted(ids)
    for start in range(0, len(wanted), _CHUNK):
        above = _above(table, name, wanted[start : start + _CHUNK])
        if connection.dialect.name == "postgresql":
            connection.execute(
                select(table.c.id)
                .where(table.c.id.in_(select(above.c.above)))
                .order_by(table.c.id)
                .with_for_update()
            )
        if connection.execute(
            select(above.c.start).where(above.c.start == above.c.above).limit(1)
        ).first():
            raise Rejected(
                gettext("Nothing is part of itself or of what belongs to it. Choose another one."),
                name,
            )


def _above(table: Any, name: str, ids: list[int]) -> Any:
    """Return each record with everything above it; a ring ends where it began."""
    parent = table.c[name]
    first = (
        select(table.c.id.label("start"), parent.label("above"))
        .where(table.c.id.in_(ids), parent.is_not(None))
        .cte("above", recursive=True)
    )
    return first.union(
        select(first.c.start, parent)
        .join(table, table.c.id == first.c.above)
        .where(parent.is_not(None))
    )


__all__ = ["branches_of", "demand"]
