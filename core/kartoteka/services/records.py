"""Create, change and delete records from what people and programs send.

One way for forms, REST and import: the same reading of values, the same checks, the same
sentences. The rules of rows, pipelines, history and totals are kept by the session itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import Clash, EditConflict, Invalid, NotAllowed
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reading, Reference
from kartoteka.hooks.contributions import Act, Entity
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext
from kartoteka.merging import taking, whereabouts
from kartoteka.models import catalog
from kartoteka.models.record import Base, Record
from kartoteka.services import agreements
from kartoteka.services.writing import flush, refusal_of


def registry_of(session: Session) -> Registry:
    """Return the registry of the application a session belongs to."""
    return session.info["registry"]


def visible_fields(session: Session, entity: Entity) -> Mapping[str, Field[Any]]:
    """Return the fields of an entity that exist for the session's actor."""
    return registry_of(session).fields_for(entity, actor_of(session).roles)


def editable_fields(session: Session, entity: Entity) -> Mapping[str, Field[Any]]:
    """Return the fields the session's actor may fill."""
    return {n: f for n, f in visible_fields(session, entity).items() if not f.readonly}


def get(session: Session, entity: Entity, record_id: int) -> Any:
    """Return a record the actor may see.

    Raises:
        NotAllowed: there is no such record for this person; it is not said which of both.
        Merged: it is one with another one that the person may see.
    """
    record = session.get(entity.model, record_id) if 0 < record_id < 2**31 else None
    if record is None:
        raise whereabouts.of_merged(session, entity, record_id) or NotAllowed(
            gettext("There is no such record, or you have no right to it.")
        )
    return record


def create(session: Session, entity: Entity, values: Mapping[str, Any]) -> Any:
    """Create a record from typed values.

    Args:
        session: its actor signs the record.
        entity: kind of record.
        values: field name to typed text or Python value; names that are not fields are refused.

    Raises:
        Invalid: values do not pass; carries a sentence for each field.
        Rejected, NotAllowed: a rule or a right says no.
    """
    try:
        clean = read_values(session, entity, values)
    except Invalid as error:
        raise Invalid({**left_empty(session, entity, values), **error.errors}) from error
    record = build(session, entity, clean)
    session.add(record)
    flush(session, record)
    return record


def build(session: Session, entity: Entity, clean: Mapping[str, Any]) -> Any:
    """Make a record with its defaults from values that were read; it is not in the session yet.

    Raises:
        Invalid: a required field is empty.
        Rejected: values contradict each other.
    """
    values = dict(clean)
    fields = editable_fields(session, entity)
    for name, item in fields.items():
        if _wants_default(item, values):
            values[name] = item.default() if callable(item.default) else item.default
    _demand(fields, values)
    record = entity.model()
    for name, item in registry_of(session).fields(entity).items():
        if item.readonly and item.default is not None and getattr(record, name) is None:
            setattr(record, name, item.default() if callable(item.default) else item.default)
    for name, value in values.items():
        setattr(record, name, value)
    agreements.demand(record)
    return record


def _wants_default(item: Field[Any], values: Mapping[str, Any]) -> bool:
    """A field left out gets its default, and so does a demanded one left empty."""
    left_out = item.name not in values or (item.required and values[item.name] is None)
    return left_out and item.default is not None


def update(
    session: Session,
    entity: Entity,
    record: Any,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    base: Mapping[str, Any] | None = None,
) -> Any:
    """Change a record.

    Args:
        session: its actor signs the change.
        entity: kind of record.
        record: the record, loaded in this session.
        values: only the fields to change.
        version: the version the person saw; None to change just the fields given.
        base: what the person saw in each field, to tell their changes from the other writer's.

    Raises:
        EditConflict: somebody saved the record since; names each field that differs.
        Invalid, Rejected, NotAllowed: as for `create`.
    """
    fields = editable_fields(session, entity)
    clean = read_values(session, entity, _without_untouched(session, fields, record, values))
    if version is not None and version != record.version:
        raise _conflict(session, entity, record, clean, base)
    _demand({name: fields[name] for name in clean}, clean)
    for name, value in clean.items():
        if getattr(record, name) != value:
            setattr(record, name, value)
    record_id = record.id
    try:
        flush(session, record)
    except EditConflict as error:
        if session.in_nested_transaction():
            raise
        session.rollback()
        fresh = get(session, entity, record_id)
        raise _conflict(session, entity, fresh, clean, base) from error
    return record


def _without_untouched(
    session: Session, fields: Mapping[str, Field[Any]], record: Any, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Leave out texts that a form sends back as it got them.

    An input shows less than is kept (no seconds, no second of two equal hours in autumn); read
    again, the value would change though nobody touched it.
    """
    reading: Reading = session.info.get("reading") or Reading()
    return {
        name: raw
        for name, raw in values.items()
        if not (
            isinstance(raw, str)
            and (item := fields.get(name)) is not None
            and (kept := item.get(record)) is not None
            and raw == item.kind.edit(kept, reading)
        )
    }


def delete(session: Session, entity: Entity, record: Any) -> None:
    """Delete a record with all that belongs to it: into the bin, where it can be restored.

    Raises:
        Rejected: other records still refer to it.
    """
    number, label = record.id, labels(session, entity.code, {record.id}).get(record.id, "")
    package = taking.taken(session, record)
    session.delete(record)
    flush(session, record)
    if package is not None:
        taking.put(session, entity.code, number, label, package)


def read_values(session: Session, entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """Read typed values with the kinds and checks of the fields.

    Raises:
        Invalid: with a sentence for each field that does not pass.
    """
    clean, errors = parse_values(session, entity, values)
    errors.update(_missing_targets(session, visible_fields(session, entity), clean))
    if errors:
        raise Invalid(errors)
    return clean


def parse_values(
    session: Session, entity: Entity, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values that pass the checks of their fields, and a sentence for each other one.

    Without a query: whether a reference leads anywhere is the caller's to find out, for many
    rows at once.
    """
    catalog.use(registry_of(session))  # choices are those of this session's application
    reading: Reading = session.info.get("reading") or Reading()
    fields = visible_fields(session, entity)
    clean: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, raw in values.items():
        item = fields.get(name)
        if item is None:
            errors[name] = gettext("There is no such field.")
            continue
        if item.readonly:
            errors[name] = gettext("This field is computed and can not be written.")
            continue
        try:
            value = item.kind.parse(raw, reading)
            if value is not None and item.check is not None:
                item.check(value)
            clean[name] = value
        except ValueError as error:
            errors[name] = str(error)
    return clean, errors


def may(session: Session, entity: Entity, act: Act) -> bool:
    """Say whether the roles of the actor allow an act on an entity.

    The screens ask Flask-AppBuilder's permissions, which staff may change; this is for ways in
    that have none of them: the command line, jobs.
    """
    actor = actor_of(session)
    if actor.user_id is None or "Admin" in actor.roles:
        return True
    return any(act in entity.rights.get(role, ()) for role in actor.roles)


def labels(session: Session, table: str, ids: set[int]) -> dict[int, str]:
    """Return what records are called, for those the actor may see: one statement."""
    if not ids:
        return {}
    if table == User.__tablename__:
        users = session.execute(
            select(User.id, User.first_name, User.last_name).where(User.id.in_(sorted(ids)))
        )
        return {row[0]: f"{row[1]} {row[2]}".strip() for row in users}
    entity = registry_of(session).entity_of_table(table)
    if entity is None:
        return {}
    label = getattr(entity.model, entity.label)
    rows = session.execute(select(entity.model.id, label).where(entity.model.id.in_(sorted(ids))))
    held: dict[int, Any] = {row[0]: row[1] for row in rows}
    item = registry_of(session).fields(entity).get(entity.label)
    reading: Reading = session.info.get("reading") or Reading()
    if item is not None and isinstance(item.kind, Reference):
        # A member of a DMU is called as the person is: one statement more.
        names = labels(session, item.kind.table, {v for v in held.values() if v is not None})
        shown = {number: names.get(value, "") for number, value in held.items()}
    elif item is not None:
        shown = {number: item.kind.show(value, reading) for number, value in held.items()}
    else:
        shown = {number: str(value or "") for number, value in held.items()}
    return {number: text or f"№ {number}" for number, text in shown.items()}


def labels_of_tables(session: Session, wanted: Mapping[str, set[int]]) -> dict[str, dict[int, str]]:
    """Return what records of several tables are called: one statement for all of them.

    Args:
        session: its actor gets the names of what they may see, and no names that are hidden
            from their roles.
        wanted: ids by table; `ab_user` means people.
    """
    parts: list[Any] = []
    found: dict[str, dict[int, str]] = {table: {} for table in wanted}
    for table, ids in wanted.items():
        if not ids:
            continue
        if table == User.__tablename__:
            name = User.first_name + literal(" ") + User.last_name
            parts.append(_names(table, User, name, ids))
            continue
        entity = registry_of(session).entity_of_table(table)
        item = entity and visible_fields(session, entity).get(entity.label)
        if entity is None or item is None:
            continue
        if item.kind.textual:
            parts.append(_names(table, entity.model, item.column(), ids))
        else:
            found[table] = labels(session, table, ids)
    if parts:
        rows: Any = session.execute(union_all(*parts))
        for table, number, text in rows:
            found[table][number] = str(text or "").strip()
    return found


def _names(table: str, model: Any, label: Any, ids: set[int]) -> Any:
    return select(literal(table), model.id, label).where(model.id.in_(sorted(ids)))


def left_empty(session: Session, entity: Entity, values: Mapping[str, Any]) -> dict[str, str]:
    """Name the demanded fields of a new record that nobody filled, beside what is wrong."""
    return {
        name: gettext("Fill this in.")
        for name, item in editable_fields(session, entity).items()
        if item.required and item.default is None and not str(values.get(name) or "").strip()
    }


def _demand(fields: Mapping[str, Field[Any]], values: Mapping[str, Any]) -> None:
    missing = {
        name: gettext("Fill this in.")
        for name, item in fields.items()
        if item.required and values.get(name) is None
    }
    if missing:
        raise Invalid(missing)


def _missing_targets(
    session: Session, fields: Mapping[str, Field[Any]], values: Mapping[str, Any]
) -> dict[str, str]:
    """Name the links that lead to nothing this person can see, before the database does."""
    wanted: dict[str, dict[str, int]] = {}
    for name, value in values.items():
        kind = fields[name].kind
        if isinstance(kind, Reference) and value is not None:
            wanted.setdefault(kind.table, {})[name] = value
    errors: dict[str, str] = {}
    for table, links in wanted.items():
        seen = _existing(session, table, set(links.values()))
        for name, number in links.items():
            if number not in seen:
                errors[name] = gettext(
                    "There is no record %(id)s, or you have no right to it.", id=number
                )
    return errors


def _existing(session: Session, table: str, ids: set[int]) -> set[int]:
    model = User if table == User.__tablename__ else _model_of(table)
    return set(session.scalars(select(model.id).where(model.id.in_(sorted(ids)))))


def _model_of(table: str) -> Any:
    for mapper in Base.registry.mappers:
        if mapper.class_.__tablename__ == table:
            return mapper.class_
    raise LookupError(table)


def _conflict(
    session: Session,
    entity: Entity,
    record: Record,
    mine: Mapping[str, Any],
    base: Mapping[str, Any] | None,
) -> EditConflict:
    seen: Mapping[str, Any] = {}
    if base is not None:
        known = {n: v for n, v in base.items() if n in mine}
        seen = read_values(session, entity, known)
    clashes = tuple(
        Clash(name=name, base=seen.get(name), theirs=getattr(record, name), mine=value)
        for name, value in mine.items()
        if getattr(record, name) != value
    )
    by = labels(session, User.__tablename__, {record.updated_by_id} - {None})  # pyright: ignore[reportArgumentType]
    return EditConflict(clashes, record.version, next(iter(by.values()), ""))


__all__ = [
    "NotAllowed", "build", "create", "delete", "editable_fields", "get", "labels", "left_empty",
    "may", "parse_values", "read_values", "refusal_of", "registry_of", "update", "visible_fields",
]  # fmt: skip
