"""Keep decision-making units sound: everybody has a role, nobody reports to oneself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session, UOWTransaction

from kartoteka.access.scope import connection_of
from kartoteka.errors import Rejected
from kartoteka.i18n import gettext
from kartoteka.models.dmu import DmuMember, DmuRelation

UP = "reports_to"


def install(session_class: type[Session]) -> None:
    """Keep the rules in all sessions of this class."""
    event.listen(session_class, "before_flush", _demand_roles)
    event.listen(session_class, "after_flush", _demand_no_rings)


def _demand_roles(session: Session, context: UOWTransaction, instances: Any) -> None:
    for record in [*session.new, *session.dirty]:
        if isinstance(record, DmuMember) and not record.roles and session.is_modified(record):
            raise Rejected(gettext("Fill this in."), "roles")


def _demand_no_rings(session: Session, context: UOWTransaction) -> None:
    written = {
        record.id
        for record in [*session.new, *session.dirty]
        if isinstance(record, DmuRelation) and record not in session.deleted and record.kind == UP
    }
    if written and _is_ring(session, written):
        raise Rejected(
            gettext("This person is above the other one already. Choose somebody else."), "other_id"
        )


def _is_ring(session: Session, ids: Iterable[int]) -> bool:
    """Say whether one of these relations leads back to where it begins: one statement."""
    table: Any = DmuRelation.__table__
    first = (
        select(table.c.member_id.label("start"), table.c.other_id.label("above"))
        .where(table.c.id.in_(sorted(ids)))
        .cte("above", recursive=True)
    )
    above = first.union(
        select(first.c.start, table.c.other_id).join(
            table, (table.c.member_id == first.c.above) & (table.c.kind == UP)
        )
    )
    ring = select(above.c.start).where(above.c.start == above.c.above).limit(1)
    return connection_of(session).execute(ring).first() is not None


__all__ = ["install"]
