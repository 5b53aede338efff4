"""Tell plugins what has happened, after it is committed."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from kartoteka.errors import KartotekaError
from kartoteka.hooks.contributions import Event
from kartoteka.hooks.manager import Plugins
from kartoteka.hooks.registry import Registry

_WAITING = "kartoteka.events"
_MARKS = "kartoteka.event_marks"


def install(session_class: type[Session]) -> None:
    """Deliver the events of all sessions of this class."""
    event.listen(session_class, "after_commit", _deliver)
    event.listen(session_class, "after_transaction_create", _mark)
    event.listen(session_class, "after_soft_rollback", _forget)


def emit(session: Session, happened: Event) -> None:
    """Queue an event: plugins hear of it when the transaction is committed, or never.

    Raises:
        KartotekaError: no plugin declares this kind of event in `events()`.
    """
    registry: Registry | None = session.info.get("registry")
    if registry is not None and type(happened) not in registry.events:
        raise KartotekaError(
            f"No plugin declares the event {type(happened).__name__}. Return it from events()."
        )
    session.info.setdefault(_WAITING, []).append(happened)


def emit_all(session: Session, happened: Iterable[Event]) -> None:
    """Queue many events; they are not even made when no plugin would hear of them."""
    plugins: Plugins | None = session.info.get("plugins")
    if plugins is not None and plugins.implementers("on_event"):
        for one in happened:
            emit(session, one)


def _deliver(session: Session) -> None:
    if session.in_nested_transaction():
        # A savepoint is released; the transaction may still be rolled back.
        session.info.get(_MARKS, {}).pop(session.get_nested_transaction(), None)
        return
    waiting: list[Event] = session.info.pop(_WAITING, [])
    plugins: Plugins | None = session.info.get("plugins")
    if plugins is None:
        return
    for happened in waiting:
        for _answer in plugins.safely("on_event", event=happened):
            pass


def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        marks: dict[SessionTransaction, int] = session.info.setdefault(_MARKS, {})
        marks[transaction] = len(session.info.get(_WAITING, ()))


def _forget(session: Session, transaction: SessionTransaction) -> None:
    """Drop the events of what is rolled back: of a savepoint only those that came after it."""
    waiting: list[Event] = session.info.get(_WAITING, [])
    if transaction.nested:
        del waiting[session.info.get(_MARKS, {}).pop(transaction, 0) :]
    elif transaction.parent is None:
        waiting.clear()
        session.info.pop(_MARKS, None)
