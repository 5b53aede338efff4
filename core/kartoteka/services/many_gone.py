"""Delete many records together as a flush would delete each: totals, search, history, events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import inspect as sa_inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.db.among import among
from kartoteka.db.columns import delete_rows
from kartoteka.db.search import unindexed_at_once
from kartoteka.fields.field import fields_of
from kartoteka.history import log
from kartoteka.history.cascade import going_with
from kartoteka.hooks.contributions import RecordSaved
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.money import Purchase
from kartoteka.models.record import Record
from kartoteka.models.work import Activity
from kartoteka.services import events, written
from kartoteka.services.derived import refresh_search, refresh_totals
from kartoteka.services.many_changed import demand_all
from kartoteka.services.many_rows import Rows
from kartoteka.services.many_told import told_values


def delete_objects(session: Session, model: Any, ids: Sequence[int]) -> None:
    """Delete records through objects."""
    dialect = session.get_bind().dialect.name
    asked = select(model).where(among(model.id, ids, dialect)).order_by(model.id)
    found: dict[int, Record] = {record.id: record for record in session.scalars(asked)}
    demand_all(model, ids, found)
    for record in found.values():
        session.delete(record)
    session.flush()


def delete_many_rows(session: Session, model: Any, ids: Sequence[int]) -> None:
    """Delete records set-wise."""
    rows, versions = _kept(session, model, ids)
    table, connection = model.__table__, connection_of(session)
    going = list(going_with(session, {table.name: ids}))
    # Others of the table that go along would stay in an index that is not looking.
    alone = all(code != table.name for code, *_rest in going)
    with unindexed_at_once(connection, table.name, ids if alone else ()):
        gone = delete_rows(connection, table, ids, versions)
    if gone != len(ids):
        raise StaleDataError(
            f"{len(ids) - gone} of {len(ids)} rows of {table.name!r} were changed by somebody "
            "else meanwhile."
        )
    _leave(session, model, set(ids))
    if model is ContactPoint:
        refresh_search(session, Client, rows.ids_of("client_id"))
        refresh_search(session, Contact, rows.ids_of("contact_id"))
    clients = rows.ids_of("client_id")
    refresh_totals(
        session,
        clients if model is Purchase else set(),
        clients if model is Activity else set(),
    )
    if model.tracked:
        last = told_values(rows, is_new=False)
        log.write_columns(session, table.name, "delete", ids, rows.get("owner_id"), last)
    log.write(session, list(log.rows_of(session, going)))
    user_id = actor_of(session).user_id

    def saved() -> Iterator[RecordSaved]:
        for number in ids:
            yield RecordSaved(
                user_id=user_id, entity=table.name, record_id=number, action="delete", fields=[]
            )

    events.emit_all(session, saved())
    written.tell_rows(
        session, model, "delete", ids, ids if model is Client else rows.get("client_id")
    )
    written.tell_gone(session, going)
    written.ask_told(session)


def _kept(session: Session, model: Any, ids: Sequence[int]) -> tuple[Rows, list[int]]:
    """Return what the records hold, in the order of `ids`, and their versions."""
    names = [name for name in fields_of(model) if name not in log.SILENT]
    asked = select(model.id, model.version, *(getattr(model, name) for name in names))
    dialect = session.get_bind().dialect.name
    found = {row[0]: row for row in session.execute(asked.where(among(model.id, ids, dialect)))}
    demand_all(model, ids, found)
    columns = list(zip(*(found[number] for number in ids), strict=True))
    rows = Rows(model, {name: columns[at + 2] for at, name in enumerate(names)})
    return rows, list(columns[1])


def _leave(session: Session, model: type[Any], ids: set[int]) -> None:
    """Let the session forget objects of these records, as it does with what it deletes itself."""
    for record in list(session):
        key = sa_inspect(record).identity
        if isinstance(record, model) and key and key[0] in ids:
            session.expunge(record)


__all__ = ["delete_many_rows", "delete_objects"]
