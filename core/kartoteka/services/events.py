"""Tell plugins what has happened, after it is committed."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.orm import Session

from kartoteka.hooks.contributions import Event
from kartoteka.hooks.manager import Plugins

_WAITING = "kartoteka.events"


def install(session_class: type[Session]) -> None:
    """Deliver the events of all sessions of this class."""
    event.listen(session_class, "after_commit", _deliver)
    event.listen(session_class, "after_rollback", _forget)


def emit(session: Session, happened: Event) -> None:
    """Queue an event: plugins hear of it when the transaction is committed, or never."""
    session.info.setdefault(_WAITING, []).append(happened)


def _deliver(session: Session) -> None:
    waiting: list[Event] = session.info.pop(_WAITING, [])
    plugins: Plugins | None = session.info.get("plugins")
    if plugins is None:
        return
    for happened in waiting:
        for _answer in plugins.safely("on_event", event=happened):
            pass


def _forget(session: Session) -> None:
    session.info.pop(_WAITING, None)
