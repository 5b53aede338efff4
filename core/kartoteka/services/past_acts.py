"""Read what a batch did, from the history: the latest act first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, null, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import unscoped
from kartoteka.models.change import Change
from kartoteka.services.many import collector_waits
from kartoteka.services.mass import CHUNK


@dataclass(frozen=True, kw_only=True, slots=True)
class PastAct:
    """What a batch did to one record, from its history.

    Args:
        id: number in the history.
        changes: field to from and to; empty where the record was added or deleted.
    """

    id: int
    entity: str
    record_id: int
    action: str
    batch: str | None
    changes: Mapping[str, Any]


def written_by(
    session: Session, batch: str, before: int | None, most: int | None = None, after: int = 0
) -> Sequence[PastAct]:
    """Return the latest acts of a batch before a number; the caller acted, or sees all.

    Args:
        most: how many; default: a chunk of a mass action. 0: all of them.
        after: only acts with a higher number.
    """
    earlier: list[ColumnElement[bool]] = [] if before is None else [Change.id < before]
    if after:
        earlier.append(Change.id > after)
    # What was added goes whole, whatever its values were.
    changes = case((Change.action == "update", Change.changes), else_=null())
    asked = select(Change.id, Change.entity, Change.record_id, Change.action, Change.batch, changes)
    wanted = asked.where(Change.batch == batch, *earlier).order_by(Change.id.desc())
    if most != 0:
        wanted = wanted.limit(CHUNK if most is None else most)
    with unscoped(session, "which records did this batch write?"), collector_waits():
        return [
            PastAct(id=row[0], entity=row[1], record_id=row[2], action=row[3], batch=row[4],
                changes=row[5] or {})
            for row in session.execute(wanted)
        ]  # fmt: skip


__all__ = ["PastAct", "written_by"]
