"""Find out to which records others refer, so that none goes with work that somebody added to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import OPTION
from kartoteka.db.among import among
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.models.work import Activity
from kartoteka.services import records

#: What a handover leaves on the timeline goes with its client.
HANDOVER = "handover"


@dataclass(frozen=True, kw_only=True, slots=True)
class Referrer:
    """A record that refers to another one: of which kind, who wrote it last, and when."""

    entity: str
    by_id: int | None
    at: datetime | None


def referred_to(
    session: Session, code: str, ids: Iterable[int],
    but: Callable[[Entity], ColumnElement[bool]] | None = None,
) -> dict[int, Referrer]:  # fmt: skip
    """Return to which records others refer, and one of those.

    Rows without a history follow their record.

    Args:
        but: which rows of an entity do not count.
    """
    wanted, dialect = sorted(ids), session.get_bind().dialect.name
    found: dict[int, Referrer] = {}
    if not wanted:
        return found
    for other, item in references_to(session, code):
        model: Any = other.model
        column = item.column()
        rows = (
            select(column, func.max(model.updated_by_id), func.max(model.updated_at))
            .where(among(column, wanted, dialect))
            .group_by(column)
            .execution_options(**{OPTION: True})
        )
        if model is Activity:
            rows = rows.where(Activity.kind != HANDOVER)
        if but is not None:
            rows = rows.where(~but(other))
        for number, user_id, at in session.execute(rows):
            known = found.get(number)
            if known is None or known.by_id is None:
                found[number] = Referrer(entity=other.code, by_id=user_id, at=at)
    return found


def references_to(session: Session, code: str) -> Iterator[tuple[Entity, Field[Any]]]:
    """Yield the fields by which records with a history refer to those of an entity."""
    registry = records.registry_of(session)
    for other in registry.entities.values():
        if other.model.tracked:
            for item in registry.fields(other).values():
                if isinstance(item.kind, Reference) and item.kind.table == code:
                    yield other, item


__all__ = ["HANDOVER", "Referrer", "references_to", "referred_to"]
