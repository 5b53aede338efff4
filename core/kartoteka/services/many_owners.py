"""Find out whose many new rows are: their client's manager, a named person, who writes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.actor import Actor
from kartoteka.access.scope import actor_of, unscoped
from kartoteka.db.among import among
from kartoteka.hooks.manager import Plugins
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.people import Staff
from kartoteka.models.record import OfClient, Record
from kartoteka.services.many_rows import Rows

#: Manager and department of the client, or the person, each row belongs to; None: of no one.
Holders = Sequence[tuple[int | None, int | None] | None]


def give_owners(session: Session, rows: Rows, holders: Holders | None = None) -> None:
    """Give each new row its manager and department: from its client, or from the person named.

    Args:
        holders: when they are not in the database yet.
    """
    if holders is None:
        holders = _holders(session, rows)
    is_child = issubclass(rows.model, OfClient | ContactPoint)
    if is_child:
        found = [one is not None for one in holders]
        for at, name in enumerate(("owner_id", "department_id")):
            rows.set_some(name, [one[at] if one else None for one in holders], found)
        return
    actor = actor_of(session)
    owners = rows.get("owner_id")
    missing = [one is None for one in owners]
    if any(missing):
        # The rows have no department yet, as in the flush when plugins are asked.
        first = _first_owners(session, actor, rows, missing)
        named = [
            ((holder and holder[0]) or first.get(row)) if is_missing else None
            for row, (holder, is_missing) in enumerate(zip(holders, missing, strict=True))
        ]
        rows.set_some("owner_id", named, missing)
        owners = rows.get("owner_id")
    people = sorted(rows.ids_of("owner_id"))
    departments: dict[int, int | None] = {}
    if people:
        asked = select(Staff.id, Staff.department_id).where(Staff.id.in_(people))
        departments = {row[0]: row[1] for row in session.execute(asked)}
    given = rows.get("department_id")
    mine = actor.department_id
    due = [
        departments.get(owner) if owner is not None else mine if kept is None else kept
        for owner, kept in zip(owners, given, strict=True)
    ]
    is_set = [o is not None or kept is None for o, kept in zip(owners, given, strict=True)]
    rows.set_some("department_id", due, is_set)


def _first_owners(
    session: Session, actor: Actor, rows: Rows, missing: list[bool]
) -> dict[int, int | None]:
    """Return whose rows are when nothing says it: who writes them, or whom plugins choose."""
    is_client = rows.model is Client
    mine = None if actor.sees_all and is_client else actor.user_id
    places = compress(range(rows.count), missing)
    if mine is not None or not is_client:
        return dict.fromkeys(places, mine)
    plugins: Plugins | None = session.info.get("plugins")
    if plugins is None or not plugins.implementers("assign_manager"):
        return {}
    return {
        row: plugins.first("assign_manager", session=session, client=_as_object(rows, row))
        for row in places
    }


def _as_object(rows: Rows, row: int) -> Record:
    """Return one row as plugins know it; it is not in the session."""
    return rows.model(**{name: values[row] for name, values in rows.columns.items()})


def _holders(session: Session, rows: Rows) -> Holders:
    """Return manager and department of the client, or the person, each row belongs to."""
    attributes = rows.model.__table__.columns
    clients = rows.get("client_id")
    people = rows.get("contact_id") if "contact_id" in attributes else [None] * rows.count
    dialect = session.get_bind().dialect.name
    alone = {person for person, client in zip(people, clients, strict=True) if client is None} - {
        None
    }
    found: list[dict[int, tuple[int | None, int | None]]] = []
    wanted: list[tuple[Any, set[Any]]] = [(Client, set(clients) - {None}), (Contact, alone)]
    for model, ids in wanted:
        found.append({})
        if ids:
            with unscoped(session, "the manager of a row's client; the guard checks the link"):
                asked = select(model.id, model.owner_id, model.department_id)
                held = session.execute(asked.where(among(model.id, ids, dialect)))
                found[-1] = {row[0]: (row[1], row[2]) for row in held}
    of_clients, of_people = found
    return [
        of_clients.get(client) if client is not None else of_people.get(person or 0)
        for client, person in zip(clients, people, strict=True)
    ]


__all__ = ["Holders", "give_owners"]
