"""Open sessions that know who acts and keep the rules on every path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from kartoteka.access import scope
from kartoteka.access.actor import Actor
from kartoteka.fields.kinds import Reading
from kartoteka.history import log
from kartoteka.hooks.registry import Registry
from kartoteka.services import deals, derived, events, saving


class RecordSession(Session):
    """A session under the rules: derived values, rights, plugins' say, history, totals, events.

    The order of the listeners is the order of the work: a value is derived before it is checked,
    checked before it is written, and what was written is what the history tells.
    """


derived.install(RecordSession)
deals.install(RecordSession)
saving.install(RecordSession)
scope.install(RecordSession)
log.install(RecordSession)
events.install(RecordSession)


def session_factory(
    engine: Engine, registry: Registry, reading: Reading, currency: str
) -> sessionmaker[RecordSession]:
    """Return the factory of an application's sessions; each still has to be told who acts."""
    return sessionmaker(
        engine,
        class_=RecordSession,
        info={
            "registry": registry,
            "plugins": registry.plugins,
            "reading": reading,
            "currency": currency,
        },
    )


@contextmanager
def open_session(factory: sessionmaker[RecordSession], actor: Actor) -> Iterator[RecordSession]:
    """Open a session for an actor; commit at the end, roll back on any error."""
    with factory() as session:
        session.info["actor"] = actor
        yield session
        session.commit()
