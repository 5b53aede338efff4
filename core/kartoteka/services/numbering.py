"""Give many new records their numbers at once where the database would insert them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.merging.numbering import last_merged


def number_all(session: Session, records: Sequence[Any]) -> None:
    """Number new records of one class on SQLite; PostgreSQL hands out numbers for a whole block.

    SQLite can not say which row of a block got which number, so SQLAlchemy would send an INSERT
    for each. The snapshot of the transaction makes it safe: whoever writes meanwhile makes this
    transaction fail as a whole.
    """
    if not records or session.get_bind().dialect.name != "sqlite":
        return
    table = type(records[0]).__table__
    highest = select(func.max(table.c.id)).scalar_subquery()
    both = connection_of(session).execute(select(highest, last_merged(table))).one()
    last: int = max(number or 0 for number in both)
    for offset, record in enumerate(records, start=1):
        record.id = last + offset
