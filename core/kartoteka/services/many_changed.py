"""Change many records together as a flush would change each: values, version, history, search."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

from sqlalchemy import inspect as sa_inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kartoteka.access.scope import actor_of, check_new_links, check_written, connection_of
from kartoteka.db.among import among
from kartoteka.db.columns import update_columns
from kartoteka.errors import NotAllowed
from kartoteka.fields.field import fields_of
from kartoteka.history import log
from kartoteka.hooks.contributions import RecordSaved
from kartoteka.i18n import gettext
from kartoteka.models.contact import ContactPoint
from kartoteka.models.money import Purchase
from kartoteka.models.record import Record, Searchable
from kartoteka.models.work import Activity
from kartoteka.services import events, same_client, trees, written
from kartoteka.services.derived import refresh_search
from kartoteka.services.many_derived import derive_changed
from kartoteka.services.many_rows import Rows
from kartoteka.services.many_told import encoded, tell_written

#: A change of them is a change of totals, or of the search texts of others.
_BY_OBJECTS: frozenset[type[Any]] = frozenset({Activity, ContactPoint, Purchase})
#: Other rows hang on these fields: they go along, or are no longer the main ones.
_HUNG_ON = frozenset(
    {"owner_id", "department_id", "client_id", "contact_id", "is_main", "currency"}
)


def why_changed_by_objects(model: type[Any], names: set[str]) -> str:
    """Return why a change of fields goes through objects; empty: it goes set-wise."""
    if model in _BY_OBJECTS:
        return f"more than the row hangs on a change of {model.__tablename__!r}"
    fields = fields_of(model)
    held = _HUNG_ON | set(same_client.links_of(model)) | set(trees.branches_of(model))
    held |= {name for name, item in fields.items() if item.readonly}
    found = sorted(names & held)
    return f"more than the row hangs on {found[0]!r} of {model.__tablename__!r}" if found else ""


def change_objects(session: Session, rows: Rows, ids: Sequence[int]) -> int:
    """Change records through objects; return how many are another now."""
    model: Any = rows.model
    dialect = session.get_bind().dialect.name
    asked = select(model).where(among(model.id, ids, dialect))
    found: dict[int, Record] = {record.id: record for record in session.scalars(asked)}
    demand_all(model, ids, found)
    for row, number in enumerate(ids):
        for name, values in rows.columns.items():
            setattr(found[number], name, values[row])
    changed = sum(session.is_modified(record) for record in found.values())
    session.flush()
    return changed


def change_rows(session: Session, rows: Rows, ids: Sequence[int]) -> int:
    """Change records set-wise; return how many are another now."""
    model: Any = rows.model
    old, versions = _kept(session, rows, ids)
    differs = [
        any(one)
        for one in zip(
            *(
                [new != kept for new, kept in zip(values, old[name], strict=True)]
                for name, values in rows.columns.items()
            ),
            strict=True,
        )
    ]
    numbers = list(compress(ids, differs))
    if not numbers:
        return 0
    old = {name: list(compress(values, differs)) for name, values in old.items()}
    versions = list(compress(versions, differs))
    given = {name: list(compress(values, differs)) for name, values in rows.columns.items()}
    new = Rows(model, {**old, **given})
    changed = _differing(old, given)
    derive_changed(session, new, set(given), changed)
    changed = _differing(old, {name: new.columns[name] for name in old})
    links = {
        name: list(compress(new.columns[name], which))
        for name, which in changed.items()
        if name in given
    }
    check_new_links(session, model, links)
    _write(session, new, numbers, versions, changed)
    check_written(session, model, set(numbers), given=False)
    _tell(session, old, new, numbers, changed)
    _expire(session, model, set(numbers))
    return len(numbers)


def _kept(
    session: Session, rows: Rows, ids: Sequence[int]
) -> tuple[dict[str, list[Any]], list[int]]:
    """Return what the records hold, field by field in the order of `ids`, and their versions."""
    model: Any = rows.model
    names = list(fields_of(model))
    asked = select(model.id, model.version, *(getattr(model, name) for name in names))
    dialect = session.get_bind().dialect.name
    found = {row[0]: row for row in session.execute(asked.where(among(model.id, ids, dialect)))}
    demand_all(model, ids, found)
    columns = list(zip(*(found[number] for number in ids), strict=True))
    return {name: list(columns[at + 2]) for at, name in enumerate(names)}, list(columns[1])


def demand_all(model: Any, ids: Sequence[int], found: Any) -> None:
    """Refuse records that were not found: they are not there, or the actor has no right to them.

    Raises:
        NotAllowed: names the first of them.
    """
    if lacking := sorted(set(ids) - set(found)):
        raise NotAllowed(
            gettext(
                "You have no right to %(table)s %(ids)s, or it does not exist.",
                table=model.__tablename__, ids=", ".join(map(str, lacking[:5])),
            )
        )  # fmt: skip


def _differing(old: dict[str, list[Any]], new: dict[str, list[Any]]) -> dict[str, list[bool]]:
    """Return by field which rows hold something else now; without fields that no row changes."""
    found = {
        name: [one != kept for one, kept in zip(values, old[name], strict=True)]
        for name, values in new.items()
    }
    return {name: which for name, which in found.items() if any(which)}


def _write(
    session: Session,
    new: Rows,
    ids: Sequence[int],
    versions: Sequence[int],
    changed: dict[str, list[bool]],
) -> None:
    model: Any = new.model
    fields = fields_of(model)
    columns: dict[str, Sequence[Any]] = {name: new.columns[name] for name in changed}
    for name in changed:
        if fields[name].sort_key:
            columns[f"{name}_key"] = new.columns[f"{name}_key"]
    columns["version"] = [version + 1 for version in versions]
    connection = connection_of(session)
    written_rows = update_columns(
        connection, model.__table__, {"id": ids, "version": versions}, columns
    )
    if written_rows != len(ids):
        raise StaleDataError(
            f"{len(ids) - written_rows} of {len(ids)} rows of {model.__tablename__!r} were changed "
            "by somebody else meanwhile."
        )
    if issubclass(model, Searchable) and any(fields[name].searchable for name in changed):
        refresh_search(session, model, ids)


def _tell(
    session: Session,
    old: dict[str, list[Any]],
    new: Rows,
    ids: Sequence[int],
    changed: dict[str, list[bool]],
) -> None:
    model = new.model
    fields = fields_of(model)
    if model.tracked:
        told: list[list[str]] = []
        for name, which in ((n, changed[n]) for n in fields if n in changed):
            if name in log.SILENT:
                continue
            pairs = zip(
                encoded(fields[name], list(compress(old[name], which))),
                encoded(fields[name], list(compress(new.columns[name], which))),
                strict=True,
            )
            key = json.dumps(name)
            told.append(
                [f"{key}: [{', '.join(next(pairs))}]" if is_changed else "" for is_changed in which]
            )
        parts = zip(*told, strict=True) if told else ([] for _ in ids)
        changes = [
            f"{{{', '.join(some)}}}" if (some := [*filter(None, one)]) else "" for one in parts
        ]
        log.write_columns(session, model.__tablename__, "update", ids, new.get("owner_id"), changes)
    every = [name for name in fields if name in changed]
    user_id = actor_of(session).user_id

    def saved() -> Iterator[RecordSaved]:
        for row, number in enumerate(ids):
            yield RecordSaved(
                user_id=user_id, entity=model.__tablename__, record_id=number, action="update",
                fields=[name for name in every if changed[name][row]],
            )  # fmt: skip

    events.emit_all(session, saved())
    tell_written(session, model, "update", ids, new.get("client_id"))
    written.ask_told(session)


def _expire(session: Session, model: type[Any], ids: set[int]) -> None:
    """Let objects of the session read their rows again."""
    for record in list(session):
        key = sa_inspect(record).identity
        if isinstance(record, model) and key and key[0] in ids:
            session.expire(record)


__all__ = ["change_objects", "change_rows", "demand_all", "why_changed_by_objects"]
