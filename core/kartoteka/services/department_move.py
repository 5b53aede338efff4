"""Carry the records of a person along when the person moves to another department."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.models.contact import ContactPoint
from kartoteka.models.record import Base, OfClient, Owned


def carry_records(session: Session, user_id: int, department_id: int | None) -> int:
    """Give all records of a person the person's new department.

    Clients, contacts, tasks and whatever else has the person as its manager, with all that
    belongs to them: three statements for each table, however many rows. The history tells it of
    the records themselves; rows of a client follow silently, as in a handover.

    Returns:
        how many records moved, rows of clients not counted.
    """
    session.flush()
    connection = connection_of(session)
    moved = 0
    for mapper in Base.registry.mappers:
        model: Any = mapper.class_
        if not issubclass(model, Owned):
            continue
        table: Any = mapper.local_table
        theirs = (
            table.c.owner_id == user_id,
            table.c.department_id.is_distinct_from(department_id),
        )
        if issubclass(model, OfClient | ContactPoint):
            connection.execute(update(table).where(*theirs).values(department_id=department_id))
            continue
        rows = connection.execute(select(table.c.id, table.c.department_id).where(*theirs)).all()
        if not rows:
            continue
        connection.execute(
            update(table)
            .where(*theirs)
            .values(
                department_id=department_id, updated_at=now(), version=table.c.version + 1,
                updated_by_id=session.info["actor"].user_id,
            )
        )  # fmt: skip
        log.write(session, [
            {
                "entity": table.name, "record_id": number, "action": "update",
                "changes": {"department_id": [old, department_id]}, "owner_id": user_id,
            }
            for number, old in rows
        ])  # fmt: skip
        moved += len(rows)
    session.expire_all()
    return moved
