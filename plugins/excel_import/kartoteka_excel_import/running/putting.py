"""Add and change many records of one entity at once, under all rules of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Entity, Rejected, build, gettext, number_all


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What is to be changed of one record.

    Args:
        pairs: for each field what was there and what shall be.
        is_ours: an earlier row of the same list made the record: what is there is a default.
    """

    number: int
    pairs: Mapping[str, tuple[Any, Any]]
    is_ours: bool = False


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


def update_many(session: Session, entity: Entity, changes: Sequence[Changed]) -> list[set[str]]:
    """Change records, and return for each change the fields somebody else changed meanwhile.

    Raises:
        Rejected: a record is not there any more.
    """
    model = entity.model
    wanted = sorted({one.number for one in changes})
    found = {one.id: one for one in session.scalars(select(model).where(model.id.in_(wanted)))}
    left: list[set[str]] = []
    for one in changes:
        record = found.get(one.number)
        if record is None:
            raise Rejected(gettext("The record was deleted while the list was imported."))
        stale = {
            name
            for name, (old, _new) in one.pairs.items()
            if not one.is_ours and getattr(record, name) != old
        }
        for name, (_old, new) in one.pairs.items():
            if name not in stale:
                setattr(record, name, new)
        left.append(stale)
    session.flush()
    return left


__all__ = ["Changed", "create_many", "update_many"]
