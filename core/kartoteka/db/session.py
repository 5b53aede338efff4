"""Open sessions that know who acts and keep the rules on every path."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, inspect as sa_inspect
from sqlalchemy.orm import Session, sessionmaker

from kartoteka.access import scope
from kartoteka.access.actor import Actor
from kartoteka.errors import NotAllowed
from kartoteka.fields.kinds import Reading
from kartoteka.history import log
from kartoteka.hooks.registry import Registry
from kartoteka.merging import numbering
from kartoteka.services import (
    agreements,
    bulk,
    consents,
    deals,
    derived,
    dmu_rules,
    events,
    jobs,
    links,
    notices,
    passwords,
    saving,
    stage_settings,
    views,
    written,
)


class RecordSession(Session):
    """A session under the rules: derived values, rights, plugins' say, history, totals, events.

    The order of the listeners is the order of the work: a value is derived, then plugins may
    change it (what hangs on it is derived again), then the rules of records, of pipelines and of
    access check it; what was written is what the history tells.
    """

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return a record by key; one that is in the session already is checked again."""
        key = sa_inspect(entity).mapper.identity_key_from_primary_key(
            ident if isinstance(ident, tuple) else (ident,)
        )
        known = key in self.identity_map
        found = super().get(entity, ident, **options)
        if known and found is not None and not scope.may_still_see(self, found):
            return None
        return found

    def connection(self, *given: Any, **options: Any) -> Connection:
        """Return the connection; refused to whoever sees only a part of the rows."""
        if self.info.get("actor") is not None and not scope.is_open(self):
            raise NotAllowed(
                "What goes through a connection is not limited to the rows a person may see. "
                "Use the session, or unscoped(session, why)."
            )
        return super().connection(*given, **options)

    def bulk_save_objects(self, *_given: Any, **_options: Any) -> None:
        """Refuse: it goes round every rule."""
        raise NotAllowed("Use add_all(): bulk_save_objects() goes round the rules of records.")

    def bulk_insert_mappings(self, *_given: Any, **_options: Any) -> None:
        """Refuse: it goes round every rule."""
        raise NotAllowed("Use add_all(): bulk_insert_mappings() goes round the rules of records.")

    def bulk_update_mappings(self, *_given: Any, **_options: Any) -> None:
        """Refuse: it goes round every rule."""
        raise NotAllowed("Use objects: bulk_update_mappings() goes round the rules of records.")


passwords.install(RecordSession)
derived.install(RecordSession)
links.install(RecordSession)
deals.prepare(RecordSession)
saving.install(RecordSession)
agreements.install(RecordSession)
dmu_rules.install(RecordSession)
stage_settings.install(RecordSession)
deals.install(RecordSession)
scope.install(RecordSession)
log.install(RecordSession)
bulk.install(RecordSession)
written.install(RecordSession)
events.install(RecordSession)
jobs.install(RecordSession)
views.install(RecordSession)
consents.install(RecordSession)
numbering.install(RecordSession)
notices.install(RecordSession)


def session_factory(
    engine: Engine,
    registry: Registry,
    reading: Reading,
    currency: str,
    settings: Mapping[str, Mapping[str, Any]],
    waker: Any = None,
    letter_pause: timedelta | None = None,
) -> sessionmaker[RecordSession]:
    """Return the factory of an application's sessions; each still has to be told who acts."""
    return sessionmaker(
        engine,
        class_=RecordSession,
        info={
            "registry": registry,
            "plugins": registry.plugins,
            "reading": reading,
            "firm_reading": reading,
            "currency": currency,
            "settings": settings,
            "waker": waker,
            "letter_pause": letter_pause,
        },
    )


def settings_of(session: Session, plugin: str) -> Mapping[str, Any]:
    """Return the settings of an enabled plugin, checked, with defaults filled in."""
    return session.info["settings"][plugin]


@contextmanager
def open_session(factory: sessionmaker[RecordSession], actor: Actor) -> Generator[RecordSession]:
    """Open a session for an actor; commit at the end, roll back on any error.

    On SQLite its transactions take their turn among the writers from the start.
    """
    with factory() as session:
        session.bind = session.get_bind().execution_options(writes=True)
        session.info["actor"] = actor
        yield session
        session.commit()
