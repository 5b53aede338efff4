"""Ask plugins before a record is written, and queue the news of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kartoteka.fields.field import fields_of
from kartoteka.hooks.contributions import RecordChange, RecordSaved
from kartoteka.hooks.manager import Plugins
from kartoteka.models.record import Record
from kartoteka.services import events

_NEWS = "kartoteka.news"


def install(session_class: type[Session]) -> None:
    """Ask and tell for all sessions of this class."""
    event.listen(session_class, "before_flush", _ask)
    event.listen(session_class, "after_flush", _tell)
    event.listen(session_class, "after_soft_rollback", _forget)


def _ask(session: Session, context: UOWTransaction, instances: Any) -> None:
    plugins: Plugins | None = session.info.get("plugins")
    news: list[tuple[Record, Literal["create", "update", "delete"], list[str]]] = (
        session.info.setdefault(_NEWS, [])
    )
    asks = plugins is not None and bool(plugins.implementers("before_save"))
    for record in [*session.new, *session.dirty]:
        if not isinstance(record, Record) or not session.is_modified(record):
            continue
        is_new = sa_inspect(record).identity is None
        change = _change(record, is_new)
        if plugins is not None and asks:
            for _answer in plugins.each("before_save", session=session, change=change):
                pass
        news.append((record, "create" if is_new else "update", list(change.new)))
    news.extend((r, "delete", []) for r in session.deleted if isinstance(r, Record))


def _tell(session: Session, context: UOWTransaction) -> None:
    actor = session.info.get("actor")
    for record, action, names in session.info.pop(_NEWS, []):
        events.emit(
            session,
            RecordSaved(
                user_id=actor.user_id if actor else None,
                entity=record.__tablename__,
                record_id=record.id,
                action=action,
                fields=names,
            ),
        )


def _forget(session: Session, _transaction: SessionTransaction) -> None:
    """Drop the news of a failed flush."""
    session.info.pop(_NEWS, None)


def _change(record: Record, is_new: bool) -> RecordChange:
    pairs = list(_pairs(record))
    return RecordChange(
        record=record,
        entity=record.__tablename__,
        old={} if is_new else {name: old for name, old, _new in pairs},
        new={name: new for name, _old, new in pairs},
    )


def _pairs(record: Record) -> Iterator[tuple[str, Any, Any]]:
    state = sa_inspect(record)
    for name in fields_of(type(record)):
        change = state.attrs[name].history
        if change.has_changes():
            yield (
                name,
                change.deleted[0] if change.deleted else None,
                change.added[0] if change.added else None,
            )
