"""Keep together what belongs to one client: a purchase and its deal, a member and its unit.

A reference with `same_client` leads to a record of the client the row belongs to. Whoever links two
clients is refused; when a record is given to another client, what hangs on it goes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table, inspect as sa_inspect, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of
from kartoteka.db.among import among
from kartoteka.errors import Rejected
from kartoteka.fields.field import fields_of
from kartoteka.fields.kinds import Reference
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.record import Base, OfClient, Record
from kartoteka.models.work import Task
from kartoteka.services import handover

_CHUNK = 500
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]
#: Values of rows by class and id.
Rows = dict[type[Record], dict[int, dict[str, Any]]]


def links_of(model: type[Any]) -> dict[str, Reference]:
    """Return the fields of a record class that lead to a record of the same client."""
    return {
        name: item.kind
        for name, item in fields_of(model).items()
        if isinstance(item.kind, Reference) and item.kind.same_client
    }


def demand(
    session: Session, model: type[Any], name: str, ids: Iterable[int], *, changed: str = ""
) -> None:
    """Refuse rows whose reference leads to a record of another client.

    Args:
        name: the reference.
        ids: the rows just written.
        changed: the field to blame when it is not the reference: the client was changed.

    Raises:
        Rejected: with the field and the sentence.
    """
    mine: Any = model.__table__
    theirs = Base.metadata.tables[links_of(model)[name].table].alias("target")
    connection = connection_of(session)
    stray = (
        select(mine.c.id)
        .join(theirs, theirs.c.id == mine.c[name])
        .where(
            among(mine.c.id, ids, connection.dialect.name),
            mine.c.client_id != theirs.c.client_id,
        )
        .limit(1)
    )
    if connection.execute(stray).first():
        raise Rejected(
            gettext(
                "«%(field)s» belongs to another client. Choose one of the same client.",
                field=str(fields_of(model)[name].title),
            ),
            changed or name,
        )


def follow(session: Session, model: type[Any], ids: Iterable[int]) -> tuple[Rows, Rows]:
    """Give what hangs on records to the client these were given to; the history tells it.

    Args:
        model: the class of the records.
        ids: those whose client was changed; the change is in the database already.

    Returns:
        the rows that went along, with their `client_id` and `owner_id` before and after.
    """
    before: Rows = {}
    after: Rows = {}
    waiting: list[tuple[type[Any], list[int]]] = [(model, sorted(ids))]
    while waiting:
        holder, numbers = waiting.pop()
        for child, name in _hanging_on(holder):
            moved: list[int] = []
            for start in range(0, len(numbers), _CHUNK):
                moved += _move(
                    session, child, name, holder, numbers[start : start + _CHUNK], before, after
                )
            if moved:
                waiting.append((child, moved))
    for record in list(session):
        key = sa_inspect(record).identity
        if key and isinstance(record, Record) and key[0] in after.get(type(record), ()):
            session.expire(
                record,
                ["client_id", "owner_id", "department_id", "version", "updated_at",
                 "updated_by_id"],
            )  # fmt: skip
    return before, after


def _hanging_on(holder: type[Any]) -> Iterator[tuple[type[Any], str]]:
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Record):
            for name, kind in links_of(mapper.class_).items():
                if kind.table == holder.__tablename__:
                    yield mapper.class_, name


def _move(
    session: Session, child: type[Any], name: str, holder: type[Any], ids: list[int],
    before: Rows, after: Rows,
) -> list[int]:  # fmt: skip
    """Move the rows that hang on some records; a statement for each client that takes any."""
    table: Any = child.__table__
    target = holder.__table__.alias("target")
    connection = connection_of(session)
    rows = connection.execute(
        select(table.c.id, table.c.client_id, table.c.owner_id, target.c.client_id)
        .join(target, target.c.id == table.c[name])
        .where(target.c.id.in_(ids), table.c.client_id != target.c.client_id)
    ).all()
    takers: dict[int, list[int]] = {}
    for number, client_id, owner_id, taker in rows:
        takers.setdefault(taker, []).append(number)
        before.setdefault(child, {})[number] = {"client_id": client_id, "owner_id": owner_id}
        after.setdefault(child, {})[number] = {"client_id": taker}
    for taker, numbers in takers.items():
        if child is Task:
            handover.give_open_tasks(session, numbers, taker)
        for start in range(0, len(numbers), _CHUNK):
            connection.execute(
                update(table)
                .where(table.c.id.in_(numbers[start : start + _CHUNK]))
                .values(client_id=taker, **_of_taker(session, child, taker))
            )
    if child.tracked:
        log.write(session, [
            {
                "entity": table.name, "record_id": number, "action": "update",
                "changes": {"client_id": [client_id, taker]}, "owner_id": owner_id,
            }
            for number, client_id, owner_id, taker in rows
        ])  # fmt: skip
    return [row[0] for row in rows]


def _of_taker(session: Session, child: type[Any], taker: int) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    table, is_tracked = child.__table__, child.tracked
    if issubclass(child, OfClient):
        for name in ("owner_id", "department_id"):
            values[name] = select(_client.c[name]).where(_client.c.id == taker).scalar_subquery()
    if is_tracked:
        values.update(
            version=table.c.version + 1, updated_at=now(), updated_by_id=actor_of(session).user_id
        )
    return values


__all__ = ["Rows", "demand", "follow", "links_of"]
