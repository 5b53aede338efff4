"""Derive again what an UPDATE or DELETE of many rows changes: keys, search texts, totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.fields.field import fields_of
from kartoteka.fields.text import fold
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.money import Purchase
from kartoteka.models.record import OfClient, Owned, Record, Searchable
from kartoteka.models.work import Activity
from kartoteka.services import handover
from kartoteka.services.derived import carry_along, completeness, refresh_search, refresh_totals

_CHUNK = 1000


def after_bulk(
    session: Session,
    model: type[Record],
    names: set[str],
    before: Mapping[int, Mapping[str, Any]],
    after: Mapping[int, Mapping[str, Any]],
) -> None:
    """Derive what an UPDATE or DELETE of many rows changes.

    Args:
        model: the class written.
        names: the columns written; empty for a DELETE.
        before, after: values of the rows by id, with `client_id` and `owner_id` where there are.
    """
    rows = [*before.values(), *after.values()]
    clients = {row["client_id"] for row in rows if row.get("client_id") is not None}
    if issubclass(model, OfClient) and "client_id" in names:
        handover.carry_children(session, clients)
    elif issubclass(model, Owned) and "owner_id" in names:
        handover.follow_person(session, model, before)
    fields = fields_of(model)
    if any(fields[name].sort_key for name in names if name in fields):
        _bulk_keys(session, model, after)
    if issubclass(model, Searchable) and any(
        fields[name].searchable for name in names if name in fields
    ):
        refresh_search(session, model, after)
    if model is ContactPoint and not names:
        for holder, name in ((Client, "client_id"), (Contact, "contact_id")):
            held = {row[name] for row in before.values() if row[name] is not None}
            refresh_search(session, holder, held)
    if model is Client and names:
        _bulk_completeness(session, after)
    if model is Client and "currency" in names:
        refresh_totals(session, set(after), set())
    bought: set[int] = clients if model is Purchase else set()
    talked: set[int] = clients if model is Activity else set()
    if "client_id" in names:
        more_bought, more_talked = carry_along(session, model, after)
        bought, talked = bought | more_bought, talked | more_talked
    refresh_totals(session, bought, talked)


def _bulk_keys(session: Session, model: type[Any], rows: Mapping[int, Mapping[str, Any]]) -> None:
    table: Any = model.__table__
    for name, item in fields_of(model).items():
        changed = [
            {"key": number, "folded": None if row[name] is None else fold(row[name])[:255]}
            for number, row in rows.items()
            if item.sort_key and name in row
        ]
        if changed:
            connection_of(session).execute(
                update(table)
                .where(table.c.id == bindparam("key"))
                .values({f"{name}_key": bindparam("folded")}),
                changed,
            )


def refresh_completeness(session: Session) -> int:
    """Reckon anew how much of every card is filled; return how many were kept wrong.

    Needed when the business expects other fields than before: steps moved, a plugin came or went.
    """
    connection, last, changed = connection_of(session), 0, 0
    key: Any = Client.__table__.c.id
    while ids := list(
        connection.scalars(select(key).where(key > last).order_by(key).limit(_CHUNK))
    ):
        changed += _bulk_completeness(session, ids)
        last = ids[-1]
    return changed


def _bulk_completeness(session: Session, ids: Iterable[int]) -> int:
    registry = session.info.get("registry")
    if registry is None:
        return 0
    fields = registry.fields("client")
    read = {name for item in fields.values() if item.step for name in (item.name, *item.step_for)}
    table: Any = Client.__table__
    connection, wanted = connection_of(session), sorted(ids)
    changed: list[dict[str, int]] = []
    for start in range(0, len(wanted), 1000):
        rows = connection.execute(
            select(
                table.c.id, table.c.completeness, *(table.c[name] for name in sorted(read))
            ).where(table.c.id.in_(wanted[start : start + 1000]))
        )
        for row in rows:
            percent = completeness(row, fields)
            if percent != row[1]:
                changed.append({"key": row[0], "percent": percent})
    if changed:
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("key"))
            .values(completeness=bindparam("percent")),
            changed,
        )
    for client in [r for r in session if isinstance(r, Client) and r.id in set(wanted)]:
        session.expire(client, ["completeness", "name_key"])
    return len(changed)
