"""After rows were written set-wise: totals, search, managers of rows; then plugins are told."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.hooks.contributions import Entity
from kartoteka.merging.ways import numbers
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.record import Record
from kartoteka.services import handover, written
from kartoteka.services.derived import refresh_search, refresh_totals
from kartoteka.services.written import Act

Rows = Mapping[type[Record], set[int]]


def settle(
    session: Session,
    entity: Entity,
    ids: set[int],
    moved: Rows,
    gone: Rows,
    made: Rows | None = None,
) -> None:
    """Derive anew what hangs on records to which, or from which, rows went.

    Args:
        ids: the records that are there now.
        moved, gone, made: rows by class that were given to another record, taken out, put back.
    """
    clients = _clients(session, {**moved, **(made or {})})
    people = _holders(session, made or {}, "contact_id")
    if entity.code == "client":
        clients |= ids
    elif entity.code == "contact":
        people |= ids
    if clients:
        handover.carry_children(session, clients)
        refresh_totals(session, clients, clients)
        refresh_search(session, Client, clients)
    if people:
        handover.carry_points(session, people)
        refresh_search(session, Contact, people)
    session.expire_all()
    told: dict[tuple[type[Record], Act], set[int]] = {(entity.model, "update"): set(ids)}
    acts: list[tuple[Act, Rows]] = [("update", moved), ("delete", gone), ("create", made or {})]
    for act, rows in acts:
        for model, some in rows.items():
            told.setdefault((model, act), set()).update(some)
    written.tell_settled(session, told, clients)


def _clients(session: Session, rows: Rows) -> set[int]:
    return _holders(session, rows, "client_id") | set(rows.get(Client, ()))


def _holders(session: Session, rows: Rows, name: str) -> set[int]:
    """Return the clients, or the people, that rows belong to now: a statement for each class."""
    connection = connection_of(session)
    found: set[int] = set()
    for model, ids in rows.items():
        table: Table = model.__table__  # pyright: ignore[reportAssignmentType]
        if name == "contact_id" and model is not ContactPoint:
            continue
        if name in table.c and ids:
            found.update(
                connection.scalars(
                    select(table.c[name])
                    .where(table.c.id.in_(numbers(connection, ids)), table.c[name].is_not(None))
                    .distinct()
                )
            )
    return found


__all__ = ["Rows", "settle"]
