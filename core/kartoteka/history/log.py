"""Write the history: who, on behalf of whom, when, by which way, from what to what.

A listener writes it for everything that is flushed, `services.bulk` for updates and deletes made
with mapped classes. Work that goes round the ORM (imports, mass edits) writes its own rows
set-wise with `write`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

from sqlalchemy import event, insert, inspect as sa_inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kartoteka.access.actor import Actor
from kartoteka.access.scope import OPTION, actor_of, connection_of, is_open
from kartoteka.db.columns import insert_columns
from kartoteka.fields.field import fields_of
from kartoteka.fields.kinds import MAX_INTEGER
from kartoteka.fields.types import now
from kartoteka.history.cascade import Going, going_with
from kartoteka.hooks.contributions import Entity
from kartoteka.hooks.registry import Registry
from kartoteka.models.change import Change
from kartoteka.models.record import Record

#: What the framework computes is not history.
SILENT = frozenset({
    "created_at", "created_by_id", "updated_at", "updated_by_id", "first_purchase_on",
    "last_purchase_on", "purchase_count", "purchase_total", "debt_total", "last_contact_at",
    "completeness", "normalised", "debt",
})  # fmt: skip
_PENDING = "kartoteka.pending_changes"
#: What the database deletes with the records of this flush; plugins are told of it too.
GOING = "kartoteka.going"


def install(session_class: type[Session]) -> None:
    """Keep the history of everything that sessions of this class write."""
    event.listen(session_class, "before_flush", _collect)
    event.listen(session_class, "after_flush", _write_flushed)
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
    connection_of(session).execute(insert(Change), [_signed(actor, row) for row in rows])


def write_columns(
    session: Session,
    entity: str,
    action: str,
    ids: Sequence[int],
    owners: Sequence[int | None],
    changes: Sequence[str],
) -> None:
    """Write the history of many records of one table, given by columns.

    Args:
        changes: of each record, as JSON already; empty where there is nothing to tell.
    """
    actor, count = actor_of(session), len(ids)
    behalf = [actor.on_behalf_of(owner) for owner in owners] if actor.superiors else [None] * count
    table: Any = Change.__table__
    columns: dict[str, Sequence[Any]] = {
        "entity": [entity] * count,
        "record_id": ids,
        "action": [action] * count,
        "changes": changes,
        "at": [now()] * count,
        "user_id": [actor.user_id] * count,
        "on_behalf_of_id": behalf,
        "way": [actor.way] * count,
        "batch": [actor.batch or None] * count,
    }
    if not all(changes):
        told = [bool(one) for one in changes]
        columns = {name: list(compress(values, told)) for name, values in columns.items()}
    if columns["changes"]:
        insert_columns(connection_of(session), table, columns, raw={"changes"})


def changes_of(session: Session, entity: str, record_id: int, most: int = 200) -> Sequence[Change]:
    """Return the history of one record, newest first, as the actor may know it.

    Fields that do not exist for the actor are left out, and acts that touched nothing else. The
    history of a record the actor does not see is empty; that of a deleted one is for whoever
    sees everything.

    Returns:
        changes that are not in the session: what is done to them is not saved.
    """
    registry: Registry | None = session.info.get("registry")
    declared = registry.entities.get(entity) if registry is not None else None
    hidden: set[str] = set()
    is_there = False
    if registry is not None and declared is not None:
        is_there = (
            0 < record_id <= MAX_INTEGER and session.get(declared.model, record_id) is not None
        )
        if not is_there and not is_open(session):
            return []
        known = registry.fields_for(declared, actor_of(session).roles)
        hidden = set(registry.fields(declared)) - set(known)
    names = [attribute.key for attribute in sa_inspect(Change).column_attrs]
    rows = session.execute(
        select(*(getattr(Change, name) for name in names))
        .where(Change.entity == entity, Change.record_id == min(record_id, MAX_INTEGER))
        .order_by(Change.id.desc())
        .limit(most)
        .execution_options(**{OPTION: True})
    )
    changes = list(_of_one((Change(**dict(zip(names, r, strict=True))) for r in rows), is_there))
    for change in changes:
        change.changes = {n: pair for n, pair in change.changes.items() if n not in hidden}
    return [change for change in changes if change.changes or change.action != "update"]


def last_label(session: Session, entity: Entity, record_id: int) -> str | None:
    """Return what a deleted record was called; None when the actor may not know of it."""
    for change in changes_of(session, entity.code, record_id):
        if change.action == "delete":
            old = change.changes.get(entity.label, (None,))[0]
            return str(old) if old else f"№ {record_id}"
    return None


def _of_one(changes: Iterable[Change], is_there: bool) -> Iterator[Change]:
    """Stop where the record began: SQLite gives the number of a deleted one to the next."""
    restored = False
    for change in changes:
        if change.action == "restore":
            restored = True
        elif change.action == "delete":
            if is_there and not restored:
                return
            restored = False
        yield change
        if change.action == "create":
            return


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
    pending.extend(
        _row(record, "update", changes)
        for record in session.dirty
        if _is_tracked(record) and (changes := dict(_differences(record)))
    )
    pending.extend(
        _row(record, "delete", {name: [value, None] for name, value in _values(record)})
        for record in session.deleted
        if _is_tracked(record)
    )
    deleted: dict[str, list[int]] = {}
    for record in session.deleted:
        if isinstance(record, Record):
            deleted.setdefault(record.__tablename__, []).append(record.id)
    going = list(going_with(session, deleted)) if deleted else []
    session.info[GOING] = going
    pending.extend(rows_of(session, going))


def rows_of(session: Session, going: Iterable[Going]) -> Iterator[dict[str, Any]]:
    """Yield rows for `write` about what the database deletes with other records."""
    for code, number, values in going:
        model: Any = session.info["registry"].entity(code).model
        if model.tracked:
            fields = fields_of(model)
            changes = {
                name: [fields[name].kind.plain(value), None]
                for name, value in values.items()
                if name not in SILENT and value not in (None, "", ())
            }
            owner_id = values.get("owner_id")
            yield {
                "entity": code, "record_id": number, "action": "delete",
                "changes": changes, "owner_id": owner_id,
            }  # fmt: skip


def _write_flushed(session: Session, context: UOWTransaction) -> None:
    rows: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    rows.extend(
        _row(record, "create", {name: [None, value] for name, value in _values(record)})
        for record in session.new
        if _is_tracked(record)
    )
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
        # Not even looked at: what the database computes would be fetched row by row.
        if name not in SILENT and (value := getattr(record, name)) not in (None, "", ()):
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
