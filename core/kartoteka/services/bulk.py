"""Keep the rules for UPDATE and DELETE statements made with mapped classes.

Such a statement goes round the flush. Here it gets what the flush would have given: a new version
and signature, the check of links and rows, keys, search texts, totals, and the history. Plugins
are not asked (`before_save`), so whatever a person types goes through objects.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BindParameter, Result, event, select
from sqlalchemy.orm import ORMExecuteState, Session

from kartoteka.access.scope import OPTION, actor_of, check_links, check_rows, is_open
from kartoteka.errors import Rejected
from kartoteka.fields.field import Field, fields_of
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.history.cascade import Going, going_with
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.contact import ContactPoint
from kartoteka.models.deal import Deal
from kartoteka.models.record import Record
from kartoteka.services import agreements, links, written
from kartoteka.services.derived_bulk import after_bulk

_CHUNK = 1000
#: What hangs together with other rows: services and objects change it, statements do not.
_BY_OBJECTS: Mapping[type[Any], set[str]] = {
    Client: {"owner_id", "department_id", "left_on", "lost_reason_id"},
    Deal: {"stage", "pipeline", "lost_reason_id", "recheck_on", "closed_at"},
    ContactPoint: {"kind", "value", "client_id", "contact_id"},
}
Rows = dict[int, dict[str, Any]]


def install(session_class: type[Session]) -> None:
    """Keep the rules in all sessions of this class; stands behind the narrowing of statements."""
    event.listen(session_class, "do_orm_execute", _run)


def _written(state: ORMExecuteState) -> dict[str, Any]:
    """Return the columns an update writes with their values, whichever way they were given."""
    statement: Any = state.statement
    pairs: list[tuple[Any, Any]] = list((getattr(statement, "_values", None) or {}).items())
    pairs.extend(getattr(statement, "_ordered_values", None) or ())
    found = {
        str(getattr(column, "key", column)): value.effective_value
        if isinstance(value, BindParameter)
        else value
        for column, value in pairs
    }
    parameters: Any = state.parameters
    for row in parameters if isinstance(parameters, list) else [parameters or {}]:
        found.update(row)
    return found


def _run(state: ORMExecuteState) -> Result[Any] | None:
    if not (state.is_update or state.is_delete) or not state.is_orm_statement:
        return None
    model = state.bind_mapper.class_ if state.bind_mapper else None
    if model is None or not issubclass(model, Record):
        return None
    session, statement = state.session, state.statement
    values = _written(state) if state.is_update else dict[str, Any]()
    names = set(values)
    if refused := names & _BY_OBJECTS.get(model, set()):
        raise Rejected(
            gettext(
                "%(names)s can not be set in bulk: other records and rules hang on it. "
                "Change record by record, or use move_deal() and hand_over().",
                names=", ".join(sorted(refused)),
            )
        )
    parameters: Any = state.parameters
    ids = [row["id"] for row in parameters] if isinstance(parameters, list) else None
    wanted = list(fields_of(model)) if state.is_delete else _told_of(model, names)
    before = _rows(session, model, wanted, getattr(statement, "whereclause", None), ids)
    if not before:
        return state.invoke_statement()
    if state.is_update and ids is None:
        _sign(state, model, session, names)
    if not is_open(session):
        check_links(session, model, values)
    told = not state.execution_options.get("kartoteka_no_history")
    going: list[Going] = []
    if state.is_delete and told:
        going = list(going_with(session, {model.__tablename__: before}))
    may_refuse = (
        not is_open(session)
        or bool(agreements.partners(model, names))
        or links.are_concerned(model, names)
    )
    with _undone_when_refused(session, may_refuse):
        result = state.invoke_statement()
        if state.is_update and not is_open(session):
            check_rows(session, model, set(before))
        after = {} if state.is_delete else _rows(session, model, wanted, None, list(before))
        after_bulk(session, model, names, before, after)
        agreements.demand_of_rows(model, names, after.values())
        links.demand_of_rows(session, model, names, after)
        written.tell_bulk(session, model, before, after, going)
        if model.tracked and told:
            log.write(session, list(_told(model, before, after if state.is_update else None)))
        log.write(session, list(log.rows_of(session, going)))
    return result


@contextmanager
def _undone_when_refused(session: Session, may_refuse: bool) -> Generator[None]:
    """Undo the statement alone when it is refused, also for whoever catches the refusal."""
    if not may_refuse:
        yield
        return
    with session.begin_nested():
        yield


def _sign(state: ORMExecuteState, model: Any, session: Session, names: set[str]) -> None:
    """Raise the version, so that whoever edits one of these rows now is told."""
    statement: Any = state.statement
    values: dict[str, Any] = {
        "version": model.version + 1,
        "updated_at": now(),
        "updated_by_id": actor_of(session).user_id,
    }
    new = [(getattr(model, name), value) for name, value in values.items() if name not in names]
    if getattr(statement, "_ordered_values", None):
        raise Rejected("An UPDATE of records takes values(), not ordered_values().")
    state.statement = statement.values(dict(new))


def _told_of(model: type[Record], names: set[str]) -> list[str]:
    """Return the fields to compare: those written, what must agree with them, whose row it is."""
    wanted = names | {"owner_id", "client_id"} | agreements.partners(model, names)
    return [name for name in fields_of(model) if name in wanted]


def _rows(
    session: Session, model: type[Record], names: Sequence[str], where: Any, ids: list[int] | None
) -> Rows:
    """Return the values of the rows a statement means, as the actor sees them, by id."""
    columns = [getattr(model, name) for name in names]
    query = select(model.id, *columns).execution_options(
        **({OPTION: True} if ids is not None else {}), autoflush=False
    )
    found: Rows = {}
    if ids is None:
        rows = session.execute(query if where is None else query.where(where))
        found.update((row[0], dict(zip(names, row[1:], strict=True))) for row in rows)
        return found
    for start in range(0, len(ids), _CHUNK):
        rows = session.execute(query.where(model.id.in_(ids[start : start + _CHUNK])))
        found.update((row[0], dict(zip(names, row[1:], strict=True))) for row in rows)
    return found


def _told(model: type[Record], before: Rows, after: Rows | None) -> Iterable[dict[str, Any]]:
    """Yield the history of the rows; without `after` they were deleted."""
    fields: Mapping[str, Field[Any]] = {
        name: item for name, item in fields_of(model).items() if name not in log.SILENT
    }
    for number, old in before.items():
        new = after.get(number, {}) if after is not None else {}
        changes = {
            name: [fields[name].kind.plain(value), fields[name].kind.plain(new.get(name))]
            for name, value in old.items()
            if name in fields and new.get(name) != value
        }
        if changes or after is None:
            yield {
                "entity": model.__tablename__, "record_id": number,
                "action": "delete" if after is None else "update",
                "changes": changes, "owner_id": old.get("owner_id"),
            }  # fmt: skip


__all__ = ["install"]
