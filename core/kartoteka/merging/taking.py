"""Keep what a deletion takes along, so that it can be brought back from the bin."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of, unscoped
from kartoteka.merging.package import Package, going
from kartoteka.models.record import Record
from kartoteka.models.removal import Removal


def taken(session: Session, record: Record) -> Package | None:
    """Return a record with all that goes with it, as it is now; None: such records keep no history.

    Rights are not asked: what goes, goes whoever sees it.
    """
    if not record.tracked:
        return None
    session.flush()
    table: Any = record.__table__
    return going(connection_of(session), table, {record.id})


def put(session: Session, entity: str, number: int, label: str, package: Package) -> Removal:
    """Put a record that was just deleted into the bin, in the transaction of its deletion."""
    removal = Removal(
        kind="deleted", entity=entity, record_id=number, label=label[:255],
        user_id=actor_of(session).user_id, contents=package.as_json(),
    )  # fmt: skip
    with unscoped(session, "the bin is one for everybody"):
        session.add(removal)
        session.flush()
    return removal


__all__ = ["put", "taken"]
