"""What people decided about two clients that may be one: remembered, and not asked again."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, unscoped
from kartoteka.fields.types import now
from kartoteka.models.removal import DuplicatePair


def decide(session: Session, one: int, other: int, state: str) -> None:
    """Write down what became of a pair: `open`, `different` or `merged`; the caller checked rights.

    A pair nobody had found is written only when somebody says that they are different.
    """
    first, second = sorted((one, other))
    by = actor_of(session).user_id if state != "open" else None
    values = {"state": state, "decided_at": None if state == "open" else now(), "decided_by_id": by}
    with unscoped(session, "a decision holds for everybody"):
        known = session.execute(
            update(DuplicatePair)
            .where(DuplicatePair.first_id == first, DuplicatePair.second_id == second)
            .values(**values)
            .returning(DuplicatePair.id)
        ).first()
        if known is None and state == "different":
            session.execute(
                insert(DuplicatePair).values(
                    first_id=first, second_id=second, score=0.0, found_at=now(), **values
                )
            )


def told_apart(session: Session, client_ids: Iterable[int]) -> dict[int, set[int]]:
    """Return from which others somebody told clients apart: one statement."""
    wanted = sorted(set(client_ids))
    found: dict[int, set[int]] = {number: set() for number in wanted}
    if wanted:
        with unscoped(session, "a decision holds for everybody"):
            rows = session.execute(
                select(DuplicatePair.first_id, DuplicatePair.second_id).where(
                    DuplicatePair.state == "different",
                    or_(DuplicatePair.first_id.in_(wanted), DuplicatePair.second_id.in_(wanted)),
                )
            ).all()
        for first, second in rows:
            for mine, other in ((first, second), (second, first)):
                if mine in found:
                    found[mine].add(other)
    return found


__all__ = ["decide", "told_apart"]
