"""Keep the values of one record in agreement, whichever way they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import event, inspect as sa_inspect
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.errors import Rejected
from kartoteka.fields.agreement import broken
from kartoteka.models.record import Record


def install(session_class: type[Session]) -> None:
    """Keep the agreements in all sessions of this class."""
    event.listen(session_class, "before_flush", _check)


def demand(record: Record) -> None:
    """Refuse a record whose values contradict each other.

    Only what was changed is asked: a record that was wrong before can be changed elsewhere.

    Raises:
        Rejected: with the sentence and the field to mend.
    """
    if not record.agreements:
        return
    state = sa_inspect(record)
    names = partners(type(record), None)
    is_new = state.identity is None
    changed = {name for name in names if is_new or state.attrs[name].history.has_changes()}
    if changed:
        _demand(type(record), {name: getattr(record, name) for name in names}, changed)


def demand_of_rows(
    model: type[Record], changed: set[str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse what a statement wrote to many rows when the values of one contradict each other.

    Raises:
        Rejected: as for `demand`; the caller undoes the statement.
    """
    if partners(model, changed):
        for row in rows:
            _demand(model, row, changed)


def partners(model: type[Record], changed: set[str] | None) -> set[str]:
    """Return the fields that must agree with changed ones, these included; None: all there are."""
    return {
        name
        for agreement in model.agreements
        if changed is None or changed.intersection(agreement.fields)
        for name in agreement.fields
    }


def _demand(model: type[Record], values: Mapping[str, Any], changed: set[str]) -> None:
    for name, text in broken(model.agreements, values, changed):
        raise Rejected(str(text), name)


def _check(session: Session, context: UOWTransaction, instances: Any) -> None:
    with session.no_autoflush:
        for record in [*session.new, *session.dirty]:
            if isinstance(record, Record):
                demand(record)


__all__ = ["demand", "demand_of_rows", "install", "partners"]
