"""Give no new record the number of one that was merged: its address leads elsewhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ScalarSelect, Table, event, func, select
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.access.scope import connection_of
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact
from kartoteka.models.record import Record
from kartoteka.models.removal import Removal

_removal: Table = Removal.__table__  # pyright: ignore[reportAssignmentType]
_MODELS: tuple[type[Record], ...] = (Client, Contact)


def install(session_class: type[Session]) -> None:
    """Number the new clients and contacts of all sessions of this class, where SQLite would not."""
    event.listen(session_class, "before_flush", _number)


def _number(session: Session, context: UOWTransaction, instances: Any) -> None:
    """SQLite gives the highest number again when its record is gone; PostgreSQL never does."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for model in _MODELS:
        new = [one for one in session.new if type(one) is model and not one.id]
        if not new:
            continue
        table: Any = model.__table__
        highest = select(func.max(table.c.id)).scalar_subquery()
        last, top = connection_of(session).execute(select(last_merged(table), highest)).one()
        if (last or 0) > (top or 0):
            for place, record in enumerate(new, 1):
                record.id = last + place


def last_merged(table: Table) -> ScalarSelect[int]:
    """Return the highest number of a table that leads elsewhere, as a part of a statement."""
    return (
        select(func.max(_removal.c.record_id))
        .where(
            _removal.c.entity == table.name, _removal.c.kind == "merged",
            _removal.c.state != "restored",
        )
        .scalar_subquery()
    )  # fmt: skip


__all__ = ["install", "last_merged"]
