"""Close every statement of a session to rows its actor may not see, by construction.

A session says who acts (`session.info["actor"]`, set by `db.session`). From then on

* every ORM statement gets the row rules of all scoped classes (aliases, joins, lazy loads, bulk
  updates and deletes included);
* statements that the ORM can not rewrite (Core tables, text, bulk inserts) are refused;
* a flush is checked before and after: nothing invisible is changed, pointed at or left behind.

The one way round is explicit and named: `unscoped("why")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, select
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria

from kartoteka.access.actor import Actor
from kartoteka.errors import NoActor, NotAllowed
from kartoteka.i18n import gettext

if TYPE_CHECKING:
    from kartoteka.hooks.manager import Plugins

OPTION = "kartoteka_unscoped"
_unscoped = "kartoteka.unscoped"


def install(session_class: type[Session]) -> None:
    """Put the rules on a class of sessions."""
    event.listen(session_class, "do_orm_execute", _narrow)
    event.listen(session_class, "before_flush", _check_before)
    event.listen(session_class, "after_flush", _check_after)


def actor_of(session: Session) -> Actor:
    """Return who acts in a session.

    Raises:
        NoActor: nobody was named.
    """
    actor = session.info.get("actor")
    if actor is None:
        raise NoActor(
            "This session does not know who acts. Open it with kartoteka.db.session.open_session()."
        )
    return actor


@contextmanager
def unscoped(session: Session, why: str) -> Iterator[Session]:
    """Work with all rows for a reason that is written down, then close the session's view again.

    Objects loaded meanwhile stay in the session; hand out ids and values, not them.
    """
    if not why:
        raise ValueError("unscoped() needs a reason.")
    before = session.info.get(_unscoped)
    session.info[_unscoped] = why
    try:
        yield session
    finally:
        session.info[_unscoped] = before


def is_open(session: Session) -> bool:
    """Say whether this session sees every row now."""
    return bool(session.info.get(_unscoped)) or actor_of(session).sees_all


def scoped_classes() -> list[type[Any]]:
    """Return all mapped classes whose rows not everybody sees."""
    from kartoteka.models.record import Base, Scoped

    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Scoped)]


def criteria(session: Session, actor: Actor) -> list[Any]:
    """Return the loader criteria of an actor; made once, kept with the actor."""
    kept = actor.cache.get("criteria")
    if kept is None:
        plugins: Plugins | None = session.info.get("plugins")
        kept = []
        for model in _classes():
            rules = list(_rules(model, actor, plugins))
            for rule in rules:
                kept.append(
                    with_loader_criteria(
                        model, rule, include_aliases=True, propagate_to_loaders=False
                    )
                )
        actor.cache["criteria"] = kept
    return kept


def _classes() -> list[type[Any]]:
    from kartoteka.models.record import Base, Record

    return [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Record)]


def _rules(model: type[Any], actor: Actor, plugins: Plugins | None) -> Iterable[Any]:
    from kartoteka.models.record import Scoped

    if issubclass(model, Scoped) and not actor.sees_all:
        yield model.row_rule(actor)
    if plugins is not None and actor.user_id is not None:
        for _plugin, rule in plugins.each("visible", actor=actor, entity=model):
            yield rule


def _narrow(state: ORMExecuteState) -> None:
    session = state.session
    if session.info.get(_unscoped) or state.execution_options.get(OPTION):
        return
    if not state.is_orm_statement:
        _refuse_raw(state)
        return
    if session.info.get("actor") is None and not _touches_records(state):
        return  # the account of whoever logs in
    actor = actor_of(session)
    by_key = state.is_update and isinstance(state.parameters, list)
    if (state.is_insert or by_key) and not actor.sees_all:
        raise NotAllowed(
            "A bulk insert or update by key can not be checked row by row. "
            "Use objects, or unscoped(session, why)."
        )
    options = criteria(session, actor)
    if options and not state.is_insert:
        state.statement = state.statement.options(*options)


def _touches_records(state: ORMExecuteState) -> bool:
    """Leave Flask-AppBuilder's own tables (accounts, roles) alone."""
    from kartoteka.models.record import Base

    mappers = state.all_mappers
    return not mappers or any(issubclass(mapper.class_, Base) for mapper in mappers)


def _refuse_raw(state: ORMExecuteState) -> None:
    """Let Core statements pass only where they can not reach records."""
    actor: Actor | None = state.session.info.get("actor")
    if actor is None or actor.sees_all:
        return
    from kartoteka.models.record import Base

    tables = _tables(state.statement)
    if tables is not None and not {getattr(table, "name", "") for table in tables} & {
        "",
        *Base.metadata.tables,
    }:
        return
    raise NotAllowed(
        "A statement without mapped classes can not be limited to the rows a person may see. "
        "Write it with classes, or inside unscoped(session, why)."
    )


def _tables(statement: Any) -> list[Any] | None:
    """Return what a Core statement reads or writes; None when it can not be told (text)."""
    froms = getattr(statement, "get_final_froms", None)
    if froms is not None:
        return list(froms())
    table = getattr(statement, "table", None)
    return None if table is None else [table]


def _check_before(session: Session, context: UOWTransaction, instances: Any) -> None:
    if session.info.get(_unscoped):
        return
    changed = [record for record in session.dirty if session.is_modified(record)]
    if not any(_is_scoped(record) for record in [*session.new, *changed, *session.deleted]):
        return
    if is_open(session):
        return
    with session.no_autoflush:
        _must_see(session, [*changed, *session.deleted])
        _must_see_targets(session, [*session.new, *changed])


def _check_after(session: Session, context: UOWTransaction) -> None:
    if session.info.get(_unscoped):
        return
    written = [
        record
        for record in [*session.new, *session.dirty]
        if _is_scoped(record) and record not in session.deleted
    ]
    if written and not is_open(session):
        _must_see(session, written)


def _is_scoped(record: Any) -> bool:
    from kartoteka.models.record import Scoped

    return isinstance(record, Scoped)


def _must_see(session: Session, records: Iterable[Any]) -> None:
    wanted: dict[type[Any], set[int]] = {}
    for record in records:
        if _is_scoped(record):
            identity = sa_inspect(record).identity
            wanted.setdefault(type(record), set()).add(identity[0] if identity else record.id)
    for model, ids in wanted.items():
        _ids_must_be_visible(session, model, ids)


def _must_see_targets(session: Session, records: Iterable[Any]) -> None:
    """Refuse a new link to a row the actor does not see."""
    from kartoteka.models.record import Base

    by_table = {model.__tablename__: model for model in scoped_classes()}
    wanted: dict[type[Any], set[int]] = {}
    for record in records:
        if not isinstance(record, Base):
            continue
        state = sa_inspect(record)
        for attribute in state.mapper.column_attrs:
            for key in attribute.columns[0].foreign_keys:
                target = by_table.get(key.column.table.name)
                if target is None:
                    continue
                value = state.attrs[attribute.key].history.added
                wanted.setdefault(target, set()).update(v for v in value or () if v is not None)
    for model, ids in wanted.items():
        _ids_must_be_visible(session, model, ids)


def _ids_must_be_visible(session: Session, model: type[Any], ids: set[int]) -> None:
    if not ids:
        return
    with session.no_autoflush:
        seen = set(session.scalars(select(model.id).where(model.id.in_(sorted(ids)))))
    if ids - seen:
        raise NotAllowed(
            gettext(
                "You have no right to %(table)s %(ids)s, or it does not exist.",
                table=model.__tablename__,
                ids=", ".join(str(number) for number in sorted(ids - seen)[:5]),
            )
        )
