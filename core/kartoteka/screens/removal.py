"""What goes when a record is deleted, and the records that were ticked in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.fields.kinds import Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services.records import registry_of

MOST_COUNTED = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Going:
    """Records that refer to one that is to be deleted. `how`: goes, stays or forbids."""

    entity: Entity
    count: str
    how: str


def what_goes(session: Session, entity: Entity, record: Any) -> list[Going]:
    """Return what refers to a record: deleted with it, left without the link, or in the way."""
    how = {"CASCADE": "goes", "SET NULL": "stays", "RESTRICT": "forbids"}
    found: list[Going] = []
    for other in registry_of(session).entities.values():
        for item in registry_of(session).fields(other).values():
            if not isinstance(item.kind, Reference) or item.kind.table != entity.code:
                continue
            rows = select(other.model.id).where(item.column() == record.id)
            counted = session.scalar(
                select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery())
            )
            if counted:
                text = str(counted) if counted <= MOST_COUNTED else gettext("more than 1000")
                found.append(Going(entity=other, count=text, how=how[item.kind.on_delete]))
    return found


def chosen(session: Session, entity: Entity, ids: set[int]) -> Sequence[Any]:
    """Return the records with these ids that the person sees: one statement."""
    model = entity.model
    return session.scalars(select(model).where(model.id.in_(sorted(ids))).order_by(model.id)).all()


__all__ = ["Going", "chosen", "what_goes"]
