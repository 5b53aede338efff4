"""Keep one main phone, address or place of work among its like: marking one unmarks the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import inspect as sa_inspect, or_, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import unscoped
from kartoteka.db.among import among
from kartoteka.fields.field import fields_of
from kartoteka.fields.kinds import Reference
from kartoteka.models.record import Record


def keep_one(session: Session, written: Iterable[Record]) -> None:
    """Unmark those that were main before; one statement for each class that has new main ones.

    Args:
        written: records about to be written; where two are new among their like, the last stays.
    """
    chosen: dict[type[Record], dict[tuple[Any, ...], Record]] = {}
    for record in written:
        if not record.main_among or not getattr(record, "is_main", False):
            continue
        state = sa_inspect(record)
        if state.identity is None or state.attrs.is_main.history.has_changes():
            mine = chosen.setdefault(type(record), {})
            before = mine.get(_key(record))
            if before is not None:
                _unmark(before)
            mine[_key(record)] = record
    for model, mine in chosen.items():
        for other in marked(session, model, mine):
            if mine[_key(other)] is not other:
                _unmark(other)


def _key(record: Record) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.main_among)


def marked(session: Session, model: Any, keys: Collection[tuple[Any, ...]]) -> list[Any]:
    """Return the main ones of the database that are like some others: one statement.

    Args:
        keys: values of the fields in `main_among`.
    """
    fields, dialect = fields_of(model), session.get_bind().dialect.name
    held = [
        among(getattr(model, name), ids, dialect)
        for at, name in enumerate(model.main_among)
        if isinstance(fields[name].kind, Reference) and (ids := {key[at] for key in keys} - {None})
    ]
    if not held:
        return []
    with unscoped(session, "one main among the rows of a holder; the guard checks the link"):
        found = session.scalars(select(model).where(model.is_main, or_(*held)))
        return [one for one in found if _key(one) in keys]


def _unmark(record: Any) -> None:
    record.is_main = False
