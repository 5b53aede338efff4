"""Find out to which records others refer, so that none goes with work that somebody added to it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import OPTION
from kartoteka.db.among import among
from kartoteka.fields.kinds import Reference
from kartoteka.models.work import Activity
from kartoteka.services import records

#: What a handover leaves on the timeline goes with its client.
HANDOVER = "handover"


def referred_to(session: Session, code: str, ids: Iterable[int]) -> dict[int, int | None]:
    """Return to which records others refer, and one person who wrote such a one.

    Rows without a history follow their record.
    """
    wanted, dialect = sorted(ids), session.get_bind().dialect.name
    found: dict[int, int | None] = {}
    if not wanted:
        return found
    for other in records.registry_of(session).entities.values():
        for item in records.registry_of(session).fields(other).values():
            is_link = isinstance(item.kind, Reference) and item.kind.table == code
            if is_link and other.model.tracked:
                column = item.column()
                rows = (
                    select(column, func.max(other.model.updated_by_id))
                    .where(among(column, wanted, dialect))
                    .group_by(column)
                    .execution_options(**{OPTION: True})
                )
                if other.model is Activity:
                    rows = rows.where(Activity.kind != HANDOVER)
                for number, user_id in session.execute(rows):
                    found[number] = found.get(number) or user_id
    return found


__all__ = ["referred_to"]
