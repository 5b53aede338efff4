"""Ask plugins before a record is written, and queue the news of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import event, inspect as sa_inspect
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kartoteka.fields.field import fields_of
from kartoteka.hooks.contributions import RecordChange, RecordSaved
from kartoteka.hooks.manager import Plugins
from kartoteka.models.record import Record
from kartoteka.services import derived, events

_NEWS = "kartoteka.news"


def install(session_class: type[Session]) -> None:
    """Ask and tell for all sessions of this class."""
    event.listen(session_class, "before_flush", _ask)
    event.listen(session_class, "after_flush", _tell)
    event.listen(session_class, "after_soft_rollback", _forget)


def _ask(session: Session, context: UOWTransaction, instances: Any) -> None:
    plugins: Plugins | None = session.info.get("plugins")
    if plugins is not None and plugins.implementers("before_save"):
        _ask_plugins(session, plugins)
        derived.derive(session)
    news: list[tuple[Record, Literal["create", "update", "delete"], list[str]]] = []
    for record in _written(session):
        is_new = sa_inspect(record).identity is None
        news.append(
            (record, "create" if is_new else "update", [name for name, *_ in _pairs(record)])
        )
    news.extend((r, "delete", []) for r in session.deleted if isinstance(r, Record))
    session.info[_NEWS] = news


def _ask_plugins(session: Session, plugins: Plugins) -> None:
    """Ask about each record once, those that plugins add meanwhile included."""
    asked: set[int] = set()
    while waiting := [record for record in _written(session) if id(record) not in asked]:
        for record in waiting:
            asked.add(id(record))
            if not plugins.implementers("before_save", record.__tablename__):
                continue
            change = _change(record, sa_inspect(record).identity is None)
            with session.no_autoflush:
                for _answer in plugins.each(
                    "before_save", about=change.entity, session=session, change=change
                ):
                    pass


def _written(session: Session) -> list[Record]:
    return [
        record
        for record in [*session.new, *session.dirty]
        if isinstance(record, Record) and session.is_modified(record)
    ]


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
