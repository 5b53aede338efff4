"""Tell plugins what has happened, after it is committed."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.orm import Session

from kartoteka.errors import KartotekaError
from kartoteka.hooks.contributions import Event
from kartoteka.hooks.manager import Plugins
from kartoteka.hooks.registry import Registry

_WAITING = "kartoteka.events"


def install(session_class: type[Session]) -> None:
    """Deliver the events of all sessions of this class."""
    event.listen(session_class, "after_commit", _deliver)
    event.listen(session_class, "after_rollback", _forget)


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
