"""Write the history: who, on behalf of whom, when, by which way, from what to what.

A listener writes it for everything that is flushed, and for bulk updates and deletes made with
mapped classes. Work that goes round the ORM (imports, mass edits) writes its own rows set-wise
with `write`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from kartoteka.access.actor import Actor
from kartoteka.access.scope import OPTION, actor_of
from kartoteka.fields.field import fields_of
from kartoteka.fields.types import now
from kartoteka.models.change import Change
from kartoteka.models.record import Record

#: What the framework computes is not history.
SILENT = frozenset({
    "created_at", "created_by_id", "updated_at", "updated_by_id", "first_purchase_on",
    "last_purchase_on", "purchase_count", "purchase_total", "debt_total", "last_contact_at",
    "completeness", "normalised", "debt",
})  # fmt: skip
_PENDING = "kartoteka.pending_changes"
_CHUNK = 1000


def install(session_class: type[Session]) -> None:
    """Keep the history of everything that sessions of this class write."""
    event.listen(session_class, "before_flush", _collect)
    event.listen(session_class, "after_flush", _write_flushed)
    event.listen(session_class, "do_orm_execute", _record_bulk)
    event.listen(session_class, "after_soft_rollback", _forget)


def write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write many history rows at once.

    Args:
        session: its actor signs the rows.
        rows: each with `entity` (table), `record_id`, `action` (create, update, delete) and
            `changes` (field to [from, to], plain JSON values); `owner_id` tells on whose behalf
            an assistant worked.
    """
    if not rows:
        return
    actor = actor_of(session)
    session.connection().execute(insert(Change), [_signed(actor, row) for row in rows])


def changes_of(session: Session, entity: str, record_id: int, most: int = 200) -> Sequence[Change]:
    """Return the history of one record, newest first. The caller has checked that it is visible."""
    return session.scalars(
        select(Change)
        .where(Change.entity == entity, Change.record_id == record_id)
        .order_by(Change.id.desc())
        .limit(most)
    ).all()


def _signed(actor: Actor, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "entity": row["entity"],
        "record_id": row["record_id"],
        "action": row["action"],
        "changes": row["changes"],
        "at": now(),
        "user_id": actor.user_id,
        "on_behalf_of_id": actor.on_behalf_of(row.get("owner_id")),
        "way": actor.way,
        "batch": actor.batch or None,
    }


def _collect(session: Session, context: UOWTransaction, instances: Any) -> None:
    pending: list[dict[str, Any]] = session.info.setdefault(_PENDING, [])
    for record in session.dirty:
        if _is_tracked(record):
            changes = dict(_differences(record))
            if changes:
                pending.append(_row(record, "update", changes))
    for record in session.deleted:
        if _is_tracked(record):
            pending.append(_row(record, "delete", {n: [v, None] for n, v in _values(record)}))


def _write_flushed(session: Session, context: UOWTransaction) -> None:
    rows: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    for record in session.new:
        if _is_tracked(record):
            values = {name: [None, value] for name, value in _values(record)}
            rows.append(_row(record, "create", values))
    write(session, rows)


def _forget(session: Session, _transaction: SessionTransaction) -> None:
    """Drop what a failed flush would have told."""
    session.info.pop(_PENDING, None)


def _row(record: Record, action: str, changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "entity": record.__tablename__,
        "record_id": record.id,
        "action": action,
        "changes": changes,
        "owner_id": getattr(record, "owner_id", None),
    }


def _is_tracked(record: Any) -> bool:
    return isinstance(record, Record) and record.tracked


def _values(record: Record) -> Iterator[tuple[str, Any]]:
    for name, item in fields_of(type(record)).items():
        value = getattr(record, name)
        if name not in SILENT and value not in (None, "", ()):
            yield name, item.kind.plain(value)


def _differences(record: Record) -> Iterator[tuple[str, list[Any]]]:
    state = sa_inspect(record)
    for name, item in fields_of(type(record)).items():
        if name in SILENT:
            continue
        change = state.attrs[name].history
        if change.has_changes():
            # A value set before the old one was loaded has no "deleted" part.
            old = change.deleted[0] if change.deleted else None
            new = change.added[0] if change.added else None
            if old != new:
                yield name, [item.kind.plain(old), item.kind.plain(new)]


def _record_bulk(state: ORMExecuteState) -> Any:
    """Write the history of an UPDATE or DELETE made with a mapped class, in chunks."""
    if not (state.is_update or state.is_delete) or not state.is_orm_statement:
        return None
    model = state.bind_mapper.class_ if state.bind_mapper else None
    if model is None or not issubclass(model, Record) or not model.tracked:
        return None
    if state.execution_options.get("kartoteka_no_history"):
        return None
    session, statement = state.session, state.statement
    parameters: Any = state.parameters
    ids = [row["id"] for row in parameters] if isinstance(parameters, list) else None
    before = _snapshot(session, model, getattr(statement, "whereclause", None), ids)
    result = state.invoke_statement()
    if not before:
        return result
    if state.is_delete:
        write(session, list(_deleted(model, before)))
    else:
        after = _snapshot(session, model, None, list(before))
        write(session, list(_updated(model, before, after)))
    return result


def _snapshot(
    session: Session, model: type[Record], where: Any, ids: list[int] | None
) -> dict[int, dict[str, Any]]:
    names = [name for name in fields_of(model) if name not in SILENT]
    columns = [getattr(model, name) for name in names]
    query = select(model.id, *columns).execution_options(
        **({OPTION: True} if ids is not None else {}), autoflush=False
    )
    found: dict[int, dict[str, Any]] = {}
    if ids is None:
        rows = session.execute(query if where is None else query.where(where))
        found.update((row[0], dict(zip(names, row[1:], strict=True))) for row in rows)
    else:
        for start in range(0, len(ids), _CHUNK):
            rows = session.execute(query.where(model.id.in_(ids[start : start + _CHUNK])))
            found.update((row[0], dict(zip(names, row[1:], strict=True))) for row in rows)
    return found


def _updated(
    model: type[Record], before: dict[int, dict[str, Any]], after: dict[int, dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    kinds = {name: item.kind for name, item in fields_of(model).items()}
    for number, old in before.items():
        new = after.get(number, {})
        changes = {
            name: [kinds[name].plain(value), kinds[name].plain(new[name])]
            for name, value in old.items()
            if name in new and new[name] != value
        }
        if changes:
            yield {
                "entity": model.__tablename__, "record_id": number, "action": "update",
                "changes": changes, "owner_id": old.get("owner_id"),
            }  # fmt: skip


def _deleted(model: type[Record], before: dict[int, dict[str, Any]]) -> Iterable[dict[str, Any]]:
    kinds = {name: item.kind for name, item in fields_of(model).items()}
    for number, old in before.items():
        yield {
            "entity": model.__tablename__, "record_id": number, "action": "delete",
            "changes": {n: [kinds[n].plain(v), None] for n, v in old.items() if v is not None},
            "owner_id": old.get("owner_id"),
        }  # fmt: skip
