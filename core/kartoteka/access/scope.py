"""Close every statement of a session to rows its actor may not see, by construction.

A session says who acts (`session.info["actor"]`, set by `db.session`). From then on

* every ORM statement gets the row rules of all scoped classes (aliases, joins, lazy loads, bulk
  updates and deletes included);
* statements that the ORM can not rewrite (Core tables, text, bulk inserts) are refused;
* a flush is checked before and after: nothing invisible is changed, pointed at or left behind.

The one way round is explicit and named: `unscoped("why")`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, event, inspect as sa_inspect, select
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, Session, UOWTransaction

from kartoteka.access import raw
from kartoteka.access.actor import Actor, system
from kartoteka.db.among import among
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
def unscoped(session: Session, why: str) -> Generator[Session]:
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


@contextmanager
def as_system(session: Session, why: str) -> Generator[Session]:
    """Work as the system with the language and time zone of the firm, then as the person again.

    For what is kept for everybody, and so must not depend on who happens to write. Objects loaded
    meanwhile stay in the session; hand out ids and values, not them.
    """
    names = ("actor", "reading")
    before = {name: session.info[name] for name in names if name in session.info}
    way: Any = before["actor"].way if before.get("actor") else "system"
    with unscoped(session, why):
        session.info["actor"] = system(way)
        if "firm_reading" in session.info:
            session.info["reading"] = session.info["firm_reading"]
        try:
            yield session
        finally:
            for name in names:
                session.info.pop(name, None)
            session.info.update(before)


def connection_of(session: Session) -> Connection:
    """Return the connection of a session to the framework's own work, which keeps the rules itself.

    `session.connection()` is closed to whoever sees a part of the rows: what is sent through it
    is not narrowed.
    """
    with unscoped(session, "the framework's own statements"):
        return session.connection()


def narrowed(session: Session, statement: Select[Any]) -> Select[Any]:
    """Return a SELECT of columns of classes with the row rules of the actor put on it.

    To be sent through `connection_of(session)`: the session puts together each row anew, which
    takes longer than to fetch it where there are a million.

    Raises:
        NotAllowed: it names tables without their classes.
    """
    if is_open(session):
        return statement
    raw.refuse_bare_tables(statement, is_orm=True)
    raw.refuse_history(statement)
    return statement.options(*criteria(session, actor_of(session)))


def is_open(session: Session) -> bool:
    """Say whether this session sees every row now."""
    return bool(session.info.get(_unscoped)) or not rules_of(session, actor_of(session))


def rules_of(session: Session, actor: Actor) -> dict[type[Any], list[Any]]:
    """Return the conditions on the rows of each class that is narrowed for an actor.

    Made once and kept with the actor. Empty for whoever sees everything.
    """
    kept: dict[type[Any], list[Any]] | None = actor.cache.get("rules")
    if kept is None:
        plugins: Plugins | None = session.info.get("plugins")
        found = {model: list(_rules(model, actor, plugins)) for model in _classes()}
        kept = {model: rules for model, rules in found.items() if rules}
        actor.cache["rules"] = kept
    return kept


class _RowRule(LoaderCriteriaOption):
    """A criterion that speaks of the alias it is put on.

    SQLAlchemy rewrites a criterion for an alias in WHERE, but not in the ON of an explicit join:
    there it would narrow another occurrence of the table, or none.
    """

    # Named again, or SQLAlchemy would compile every statement anew.
    _traverse_internals = LoaderCriteriaOption._traverse_internals

    def _resolve_where_criteria(self, ext_info: Any) -> Any:
        rule = super()._resolve_where_criteria(ext_info)
        adapter = getattr(ext_info, "_adapter", None)
        return rule if adapter is None else adapter.traverse(rule)


def criteria(session: Session, actor: Actor) -> list[Any]:
    """Return the loader criteria of an actor; made once, kept with the actor."""
    kept = actor.cache.get("criteria")
    if kept is None:
        kept = [
            _RowRule(model, rule, include_aliases=True, propagate_to_loaders=False)
            for model, rules in rules_of(session, actor).items()
            for rule in rules
        ]
        actor.cache["criteria"] = kept
    return kept


def may_still_see(session: Session, record: Any) -> bool:
    """Say whether a record that is in the session already may be handed out to its actor."""
    if not _is_record(record) or is_open(session):
        return True
    model = type(record)
    if model not in rules_of(session, actor_of(session)):
        return True
    with session.no_autoflush:
        return session.scalar(select(model.id).where(model.id == record.id)) is not None


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
    actor: Actor | None = session.info.get("actor")
    if actor is None and not raw.touches_records(state):
        return  # the account of whoever logs in
    actor = actor_of(session)
    by_key = state.is_update and isinstance(state.parameters, list)
    if (state.is_insert or by_key) and state.is_orm_statement and actor.user_id is not None:
        raise NotAllowed(
            "A bulk insert or update by key can not be checked row by row. "
            "Use objects, or unscoped(session, why)."
        )
    if not rules_of(session, actor):
        return
    raw.refuse_unsafe(state.statement, state.is_orm_statement)
    if state.is_orm_statement and not state.is_insert:
        state.statement = state.statement.options(*criteria(session, actor))


def _check_before(session: Session, context: UOWTransaction, instances: Any) -> None:
    from kartoteka.models.record import Base

    if session.info.get(_unscoped):
        return
    changed = [record for record in session.dirty if session.is_modified(record)]
    touched = [*session.new, *changed, *session.deleted]
    if not any(isinstance(record, Base) for record in touched) or is_open(session):
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
        if _is_record(record) and record not in session.deleted
    ]
    if written and not is_open(session):
        try:
            _must_see(session, written)
        except NotAllowed as error:
            if any(_was_given(record) for record in written):
                raise _given_out_of_sight() from error
            raise


def _was_given(record: Any) -> bool:
    """Say whether a record was just given a manager."""
    attribute = sa_inspect(record).attrs.get("owner_id")
    return attribute is not None and any(attribute.history.added or ())


def check_links(session: Session, model: type[Any], values: Mapping[str, Any]) -> None:
    """Check the values a bulk update is about to write: links lead to visible rows only.

    It has to be before, because a link may itself make visible what it leads to.

    Raises:
        NotAllowed: a row out of sight, or a link that is computed and can not be checked.
    """
    rules = rules_of(session, actor_of(session))
    by_table = {narrowed.__tablename__: narrowed for narrowed in rules}
    for attribute in sa_inspect(model).column_attrs:
        for key in attribute.columns[0].foreign_keys:
            target = by_table.get(key.column.table.name)
            value = values.get(attribute.key)
            if target is None or value is None:
                continue
            if not isinstance(value, int):
                raise NotAllowed(f"A bulk update takes plain values for {attribute.key!r}.")
            _ids_must_be_visible(session, target, {value})


def check_rows(session: Session, model: type[Any], ids: set[int]) -> None:
    """Check that rows just written are still visible to whoever wrote them.

    Raises:
        NotAllowed: undo the statement.
    """
    if model in rules_of(session, actor_of(session)):
        _ids_must_be_visible(session, model, ids)


def check_new_links(session: Session, model: type[Any], columns: Mapping[str, Any]) -> None:
    """Check the links of many rows about to be written: they lead to visible rows only.

    Args:
        columns: the values of the rows by field.

    Raises:
        NotAllowed: names rows out of sight.
    """
    if is_open(session):
        return
    by_table = {one.__tablename__: one for one in rules_of(session, actor_of(session))}
    wanted: dict[type[Any], set[int]] = {}
    for attribute in sa_inspect(model).column_attrs:
        for key in attribute.columns[0].foreign_keys:
            target = by_table.get(key.column.table.name)
            if target is not None and attribute.key in columns:
                wanted.setdefault(target, set()).update(set(columns[attribute.key]) - {None})
    for target, ids in wanted.items():
        _ids_must_be_visible(session, target, ids)


def check_written(session: Session, model: type[Any], ids: set[int], *, given: bool) -> None:
    """Check that many rows just written are visible to whoever wrote them.

    Args:
        given: some of them were given a manager.

    Raises:
        NotAllowed: undo what was written.
    """
    if is_open(session) or model not in rules_of(session, actor_of(session)):
        return
    try:
        _ids_must_be_visible(session, model, ids)
    except NotAllowed as error:
        if given:
            raise _given_out_of_sight() from error
        raise


def _given_out_of_sight() -> NotAllowed:
    return NotAllowed(
        gettext("You can not give a record to a manager whose records you do not see."), "owner_id"
    )


def _is_record(record: Any) -> bool:
    from kartoteka.models.record import Record

    return isinstance(record, Record)


def _must_see(session: Session, records: Iterable[Any]) -> None:
    wanted: dict[type[Any], set[int]] = {}
    rules = rules_of(session, actor_of(session))
    for record in records:
        if type(record) in rules:
            identity = sa_inspect(record).identity
            wanted.setdefault(type(record), set()).add(identity[0] if identity else record.id)
    for model, ids in wanted.items():
        _ids_must_be_visible(session, model, ids)


def _must_see_targets(session: Session, records: Iterable[Any]) -> None:
    """Refuse a new link to a row the actor does not see."""
    from kartoteka.models.record import Base

    rules = rules_of(session, actor_of(session))
    by_table = {model.__tablename__: model for model in rules}
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
        dialect = session.get_bind().dialect.name
        seen = set(session.scalars(select(model.id).where(among(model.id, ids, dialect))))
    if ids - seen:
        raise NotAllowed(
            gettext(
                "You have no right to %(table)s %(ids)s, or it does not exist.",
                table=model.__tablename__,
                ids=", ".join(str(number) for number in sorted(ids - seen)[:5]),
            )
        )
