"""Write tens of thousands of records together, under all rules a flush keeps for each.

What comes of it is the same as with `session.add_all` and a flush: columns, history, search,
totals, colours, refusals. Records whose rules the set-wise way does not know, or that a plugin
wants to look at one by one, are written through objects by the same functions.
"""

from __future__ import annotations

import gc
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.access.scope import check_new_links, check_written, connection_of
from kartoteka.db.columns import insert_columns, next_ids
from kartoteka.db.search import indexed_at_once
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions import Entity
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.merging.numbering import last_merged
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.models.money import Purchase
from kartoteka.models.record import Record, Searchable
from kartoteka.models.work import Activity
from kartoteka.services import same_client, written
from kartoteka.services.derived import refresh_search, refresh_totals
from kartoteka.services.many_changed import (
    change_objects,
    change_rows,
    why_changed_by_objects,
)
from kartoteka.services.many_derived import (
    complete_new,
    derive_new,
    leave_last_main,
    unmark_others,
)
from kartoteka.services.many_gone import delete_many_rows, delete_objects
from kartoteka.services.many_known import ask_checks, why_by_objects, why_gone_by_objects
from kartoteka.services.many_owners import Holders
from kartoteka.services.many_rows import Rows
from kartoteka.services.many_told import tell_new
from kartoteka.services.numbering import number_all
from kartoteka.services.search_texts import texts_of_new

Columns = Mapping[str, Sequence[Any]]
#: Rows that are written together; what goes through objects, and through them.
CHUNK = 10_000
OBJECTS = 1_000
_POINTS: Mapping[type[Any], str] = {Client: "client_id", Contact: "contact_id"}
#: In the columns of points: the place of the new record each belongs to.
ROW = "row"


def create_many(
    session: Session, entity: Entity | str, columns: Columns, *, points: Columns | None = None
) -> list[int]:
    """Create many records of one entity.

    Args:
        session: its actor signs the records; what waits in it is flushed first.
        entity: kind of record, or its code.
        columns: field name to the values of all records, read and checked as for objects. None
            is the same as no value: what has a default gets it.
        points: of clients and contacts the phones and addresses to create with them, as columns of
            `contact_point`; `row` says to which of the new records each belongs, from 0; best in
            the order of the records. So their search texts are written once.

    Returns:
        the numbers of the records, in their order.

    Raises:
        Refused: of all records none is written; says what a flush would have said.
        IntegrityError, DataError: the database refuses a record, as in a flush.
    """
    entity = _entity(session, entity)
    rows = Rows(entity.model, columns)
    held = _points_of(entity.model, rows.count, points)
    if not rows.count:
        return []
    ids: list[int] = []
    with session.begin_nested():
        main = leave_last_main(rows)
        if why_not_set_wise(session, entity) or (
            held is not None and why_by_objects(session, ContactPoint)
        ):
            return _create_objects(session, rows, held)
        ask_checks(session, entity.model)
        unmark_others(session, entity.model, main)
        for start in range(0, rows.count, CHUNK):
            part, its_points = rows, held
            if rows.count > CHUNK:
                part = _part(rows, start, start + CHUNK)
                its_points = held and _points_between(held, start, start + CHUNK)
            with collector_waits():
                ids += _create(session, part, its_points)
            written.ask_told(session)
    return ids


def update_many(
    session: Session, entity: Entity | str, ids: Sequence[int], columns: Columns
) -> int:
    """Change many records of one entity, each as `setattr` and a flush would change it.

    Args:
        session: its actor signs the changes; what waits in it is flushed first.
        entity: kind of record, or its code.
        ids: the records, each once.
        columns: field name to the new values, in the order of `ids`; None empties a field.

    Returns:
        how many records are another now: those that hold these values already stay as they are.

    Raises:
        NotAllowed: one of them is not there, or the actor has no right to it.
        Refused: of all records none is changed; says what a flush would have said.
        StaleDataError: somebody else changed one of them meanwhile.
    """
    entity = _entity(session, entity)
    rows = Rows(entity.model, columns)
    if len(set(ids)) != len(ids) or (columns and rows.count != len(ids)):
        raise ValueError(f"{len(ids)} different numbers are needed, one for each value.")
    if not ids or not columns:
        return 0
    changed = 0
    with session.begin_nested():
        through_objects = bool(why_not_set_wise(session, entity, columns))
        step = OBJECTS if through_objects else CHUNK
        if not through_objects:
            ask_checks(session, entity.model)
        for start in range(0, len(ids), step):
            part = _part(rows, start, start + step)
            change = change_objects if through_objects else change_rows
            changed += change(session, part, ids[start : start + step])
    return changed


def delete_many(session: Session, entity: Entity | str, ids: Sequence[int]) -> int:
    """Delete many records of one entity, each as `session.delete` and a flush would delete it.

    So the history keeps their last values, and they do not go to the bin: that is `delete`.

    Args:
        session: its actor signs the deletion; what waits in it is flushed first.
        entity: kind of record, or its code.
        ids: the records, each once.

    Returns:
        how many records there were; what the database deletes with them is not counted.

    Raises:
        NotAllowed: one of them is not there, or the actor has no right to it.
        Refused: of all records none is deleted; says what a flush would have said.
        IntegrityError: others refer to one of them, as in a flush.
        StaleDataError: somebody else changed one of them meanwhile.
    """
    model = _entity(session, entity).model
    if len(set(ids)) != len(ids):
        raise ValueError(f"{len(ids)} different numbers are needed.")
    if not ids:
        return 0
    with session.begin_nested():
        through_objects = bool(why_gone_by_objects(session, model))
        step = OBJECTS if through_objects else CHUNK
        if not through_objects:
            ask_checks(session, model)
        for start in range(0, len(ids), step):
            act = delete_objects if through_objects else delete_many_rows
            with collector_waits():
                act(session, model, ids[start : start + step])
    return len(ids)


def why_not_set_wise(
    session: Session, entity: Entity | str, changed: Sequence[str] | Columns | None = None
) -> str:
    """Return why records are written through objects, which takes longer; empty: they are not.

    Args:
        changed: the fields that `update_many` would change; None for new records.
    """
    model = _entity(session, entity).model
    found = why_by_objects(session, model)
    if not found and changed is not None:
        return why_changed_by_objects(model, set(changed))
    return found


def _entity(session: Session, entity: Entity | str) -> Entity:
    registry: Registry = session.info["registry"]
    return registry.entity(entity) if isinstance(entity, str) else entity


def _part(rows: Rows, start: int, end: int) -> Rows:
    return Rows(rows.model, {name: values[start:end] for name, values in rows.columns.items()})


def _points_of(model: type[Any], count: int, points: Columns | None) -> dict[str, list[Any]] | None:
    if points is None:
        return None
    if model not in _POINTS:
        raise Invalid({"points": gettext("There is no such field.")})
    places = points[ROW]
    if any(not 0 <= row < count for row in places):
        raise ValueError(f"A point belongs to one of {count} rows, from 0.")
    return {name: list(values) for name, values in points.items()}


def _points_between(points: dict[str, list[Any]], start: int, end: int) -> dict[str, list[Any]]:
    mine = [at for at, row in enumerate(points[ROW]) if start <= row < end]
    part = {name: [values[at] for at in mine] for name, values in points.items()}
    part[ROW] = [row - start for row in part[ROW]]
    return part


@contextmanager
def collector_waits() -> Generator[None]:
    """Keep Python from looking for cycles: it would walk through the values again and again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _create(session: Session, rows: Rows, points: dict[str, list[Any]] | None) -> list[int]:
    """Write new rows, and their contact points, set-wise."""
    derive_new(session, rows)
    check_new_links(session, rows.model, rows.columns)
    table: Any = rows.model.__table__
    connection = connection_of(session)
    ids = next_ids(connection, table, rows.count, above=last_merged(table))
    held: Rows | None = None
    named: dict[int, list[str]] = {}
    if points is not None and points[ROW]:
        held = _held(rows, ids, points)
        owners = list(zip(rows.get("owner_id"), rows.get("department_id"), strict=True))
        holders: Holders = [owners[row] for row in points[ROW]]
        leave_last_main(held)
        derive_new(session, held, holders)
        check_new_links(
            session, ContactPoint,
            {name: v for name, v in held.columns.items() if name != _POINTS[rows.model]},
        )  # fmt: skip
        for row, form in zip(points[ROW], held.get("normalised"), strict=True):
            named.setdefault(row, []).append(form)
    _write(session, rows, ids, named)
    if held is not None:
        numbers = next_ids(connection_of(session), _point_table(), held.count)
        _write(session, held, numbers, {}, are_holders_new=True)
    return ids


def _point_table() -> Any:
    return ContactPoint.__table__


def _held(rows: Rows, ids: Sequence[int], points: Mapping[str, list[Any]]) -> Rows:
    columns = {name: values for name, values in points.items() if name != ROW}
    return Rows(ContactPoint, {**columns, _POINTS[rows.model]: [ids[row] for row in points[ROW]]})


def _write(
    session: Session,
    rows: Rows,
    ids: Sequence[int],
    points: Mapping[int, Sequence[str]],
    *,
    are_holders_new: bool = False,
) -> None:
    """Insert derived rows; derive what hangs on them; check and tell of them."""
    model: Any = rows.model
    connection = connection_of(session)
    names = {name: rows.set_for.get(name) for name in rows.columns}
    complete_new(rows)
    columns: dict[str, Sequence[Any]] = {"id": ids, **rows.columns}
    if issubclass(rows.model, Searchable):
        columns["search_text"] = texts_of_new(connection, model, rows.columns, rows.count, points)
    with indexed_at_once(connection, model.__tablename__, ids, are_new=True):
        insert_columns(connection, model.__table__, columns)
    if model is ContactPoint and not are_holders_new:
        for holder, name in _POINTS.items():
            refresh_search(session, holder, rows.ids_of(name))
    clients = rows.ids_of("client_id")
    refresh_totals(
        session,
        clients if model is Purchase else set(),
        clients if model is Activity else set(),
    )
    for name in same_client.links_of(model):
        linked = [
            number for number, value in zip(ids, rows.get(name), strict=True) if value is not None
        ]
        if linked:
            same_client.demand(session, model, name, linked)
    check_written(session, model, set(ids), given=bool(rows.ids_of("owner_id")))
    tell_new(session, rows, ids, names)


def _create_objects(
    session: Session, rows: Rows, points: Mapping[str, list[Any]] | None
) -> list[int]:
    """Write new rows through objects, in chunks."""
    ids = _flushed(session, rows)
    if points is not None and points[ROW]:
        _flushed(session, _held(rows, ids, points))
    return ids


def _flushed(session: Session, rows: Rows) -> list[int]:
    ids: list[int] = []
    names = list(rows.columns)
    for start in range(0, rows.count, OBJECTS):
        columns = [rows.columns[name][start : start + OBJECTS] for name in names]
        records: list[Record] = [
            rows.model(**dict(zip(names, values, strict=True)))
            for values in zip(*columns, strict=True)
        ]
        number_all(session, records)
        session.add_all(records)
        session.flush()
        ids += [record.id for record in records]
    return ids


__all__ = [
    "CHUNK", "collector_waits", "create_many", "delete_many", "update_many", "why_not_set_wise",
]  # fmt: skip
