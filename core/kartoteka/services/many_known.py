"""Know which records may be written set-wise: those all of whose rules the set-wise way keeps.

Whatever is not known here is written through objects: a new rule of the flush, a listener of a
plugin, an event on a class, a type of column. So the quick way can forget no rule; it can only be
less often the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import Session

from kartoteka.db.columns import is_known
from kartoteka.hooks.manager import Plugins
from kartoteka.models.client import Client, ClientCompetitor, ClientSource, Competitor
from kartoteka.models.contact import Contact, ContactPoint, Employment
from kartoteka.models.deal import Deal
from kartoteka.models.dmu import Dmu, DmuMember, DmuRelation
from kartoteka.models.money import Contract, Purchase
from kartoteka.models.record import Record
from kartoteka.models.work import Activity, Task

Listener = TypeVar("Listener", bound=Callable[..., Any])
#: The classes whose rules the set-wise way keeps. Others have rules that only the flush knows.
CLASSES: frozenset[type[Any]] = frozenset(
    {Activity, Client, ClientCompetitor, ClientSource, Competitor, Contact, ContactPoint, Contract,
     Employment, Purchase, Task}
)  # fmt: skip
#: The listeners of the flush whose rules are kept, or are about none of these classes.
LISTENERS = frozenset({
    "kartoteka.access.scope._check_after",
    "kartoteka.access.scope._check_before",
    "kartoteka.history.log._collect",
    "kartoteka.history.log._write_flushed",
    "kartoteka.merging.numbering._number",
    "kartoteka.services.agreements._check",
    "kartoteka.services.consents._check",
    "kartoteka.services.deals._after",
    "kartoteka.services.deals._before",
    "kartoteka.services.deals._complete",
    "kartoteka.services.derived._after",
    "kartoteka.services.derived._before",
    "kartoteka.services.dmu_rules._demand_no_rings",
    "kartoteka.services.dmu_rules._demand_roles",
    "kartoteka.services.links._check",
    "kartoteka.services.notices._tell_given",
    "kartoteka.services.passwords._end_of_changed",
    "kartoteka.services.saving._ask",
    "kartoteka.services.saving._tell",
    "kartoteka.services.stage_settings._check_rows",
    "kartoteka.services.views._check",
    "kartoteka.services.written._gather",
    "kartoteka.services.written._tell",
    # Listens to all sessions of a process, for columns that it declares itself; we have none.
    "sqlalchemy_utils.aggregates.AggregationManager.construct_aggregate_queries",
})  # fmt: skip
#: The classes that may be deleted set-wise: of the listeners only those of the history, of derived
#: values, of access and of plugins look at deletions, besides some of ledgers and saved views.
GOING: frozenset[type[Any]] = CLASSES | {Deal, Dmu, DmuMember, DmuRelation}
_FLUSH = ("before_flush", "after_flush", "after_flush_postexec")
_OF_OBJECTS = (
    "before_insert", "after_insert", "before_update", "after_update",
)  # fmt: skip
_OF_GONE = ("before_delete", "after_delete")
_OF_GONE_IN_SESSION = ("persistent_to_deleted", "deleted_to_detached")
_CHECK = "kartoteka_check_of_many"


def checks_many(check: Callable[[Session, type[Record]], None]) -> Callable[[Listener], Listener]:
    """Mark a listener of `before_flush` that means the same for many rows as this function."""

    def mark(listener: Listener) -> Listener:
        setattr(listener, _CHECK, check)
        return listener

    return mark


def why_by_objects(session: Session, model: type[Any]) -> str:
    """Return why records of a class are written through objects; empty: they go set-wise."""
    if model not in CLASSES:
        return f"the set-wise way does not know all rules of {model.__tablename__!r}"
    plugins: Plugins | None = session.info.get("plugins")
    if plugins is not None and (asked := plugins.implementers("before_save", model.__tablename__)):
        return f"plugin {asked[0]!r} is asked about each {model.__tablename__!r} by before_save()"
    return _unknown_listener(session) or _of_class(model)


def why_gone_by_objects(session: Session, model: type[Any]) -> str:
    """Return why records of a class are deleted through objects; empty: they go set-wise.

    `before_save` is not asked about deletions, by a flush either.
    """
    if model not in GOING:
        return f"the set-wise way does not know all rules of {model.__tablename__!r}"
    mapper = sa_inspect(model)
    if mapper.relationships or any(list(getattr(mapper.dispatch, when)) for when in _OF_GONE):
        return f"somebody listens to each object of {model.__name__}"
    if any(list(getattr(session.dispatch, when)) for when in _OF_GONE_IN_SESSION):
        return "somebody listens to each object that is deleted"
    return _unknown_listener(session)


def _unknown_listener(session: Session) -> str:
    for when in _FLUSH:
        for listener in getattr(session.dispatch, when):
            name = f"{listener.__module__}.{getattr(listener, '__qualname__', listener)}"
            if name not in LISTENERS and not hasattr(listener, _CHECK):
                return f"{name} listens to each flush"
    return ""


def ask_checks(session: Session, model: type[Record]) -> None:
    """Ask the marked listeners whether rows of a class may be written now."""
    for listener in session.dispatch.before_flush:
        check: Callable[[Session, type[Record]], None] | None = getattr(listener, _CHECK, None)
        if check is not None:
            check(session, model)


def _of_class(model: type[Any]) -> str:
    mapper = sa_inspect(model)
    if any(list(getattr(mapper.dispatch, when)) for when in _OF_OBJECTS) or mapper.validators:
        return f"somebody listens to each object of {model.__name__}"
    unknown = [column.name for column in model.__table__.columns if not is_known(column)]
    return f"column {unknown[0]!r} is of an unknown type" if unknown else ""


__all__ = [
    "CLASSES", "GOING", "LISTENERS", "ask_checks", "checks_many", "why_by_objects",
    "why_gone_by_objects",
]  # fmt: skip
