"""Add and change many records of one entity at once, under all rules of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Entity, Rejected, build, gettext, number_all


def create_many(
    session: Session, entity: Entity, columns: Mapping[str, Sequence[Any]]
) -> list[int]:
    """Add records and return their numbers, in the order of the values.

    Args:
        columns: values by field, read and checked; all of one length. None gets the default.
    """
    rows = zip(*columns.values(), strict=True)
    records = [
        build(
            session, entity,
            {name: value for name, value in zip(columns, row, strict=True) if value is not None},
        )
        for row in rows
    ]  # fmt: skip
    number_all(session, records)
    session.add_all(records)
    session.flush()
    return [record.id for record in records]


def update_many(
    session: Session, entity: Entity, changes: Sequence[tuple[int, Mapping[str, tuple[Any, Any]]]]
) -> list[set[str]]:
    """Change records, and return for each change the fields somebody else changed meanwhile.

    Args:
        changes: number of a record, and for each field what was there and what shall be.

    Raises:
        Rejected: a record is not there any more.
    """
    model = entity.model
    wanted = sorted({number for number, _pairs in changes})
    found = {one.id: one for one in session.scalars(select(model).where(model.id.in_(wanted)))}
    left: list[set[str]] = []
    for number, pairs in changes:
        record = found.get(number)
        if record is None:
            raise Rejected(gettext("The record was deleted while the list was imported."))
        stale = {name for name, (old, _new) in pairs.items() if getattr(record, name) != old}
        for name, (_old, new) in pairs.items():
            if name not in stale:
                setattr(record, name, new)
        left.append(stale)
    session.flush()
    return left


__all__ = ["create_many", "update_many"]
