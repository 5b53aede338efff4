"""Where is a record now that was merged into another one?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.errors import Merged
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.merging.ways import numbers
from kartoteka.models.removal import Removal

#: So many merges of merges are followed.
MOST_TURNS = 20


def of_merged(session: Session, entity: Entity, record_id: int) -> Merged | None:
    """Return where a record is that went into another one; None: nowhere the actor may look."""
    if not 0 < record_id < 2**31:
        return None
    at, connection = record_id, connection_of(session)
    for _turn in range(MOST_TURNS):
        went = merged_into(connection, entity.code, {at}).get(at)
        if went is None:
            return None
        if session.get(entity.model, went) is not None:
            text = gettext("This record was merged with another one.")
            return Merged(text, entity.code, record_id, went)
        at = went
    return None


def merged_into(connection: Connection, entity: str, ids: Iterable[int]) -> dict[int, int]:
    """Return into which records others were merged; the last merge of a number counts."""
    table: Any = Removal.__table__
    rows = connection.execute(
        select(table.c.record_id, table.c.kept_id)
        .where(
            table.c.entity == entity, table.c.record_id.in_(numbers(connection, ids)),
            table.c.kind == "merged", table.c.state != "restored",
        )
        .order_by(table.c.id)
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


__all__ = ["MOST_TURNS", "merged_into", "of_merged"]
