"""The bin: records that were deleted, brought back with all that went with them, or forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, is_open, unscoped
from kartoteka.errors import NotAllowed, Rejected
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Entity, RecordSaved
from kartoteka.i18n import gettext
from kartoteka.merging.package import package_of
from kartoteka.merging.putting_back import put_back
from kartoteka.merging.settling import settle
from kartoteka.models.removal import Removal
from kartoteka.services import events, records

SIZE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """A record that is there again, under another number when its own was taken.

    Args:
        stays: a sentence for each thing that could not come back.
    """

    entity: Entity
    record_id: int
    stays: tuple[str, ...]


def demand_right(session: Session) -> None:
    """Let in whoever sees all records, as with the history of deleted ones.

    Raises:
        NotAllowed: the actor sees a part.
    """
    if not is_open(session):
        raise NotAllowed(gettext("Only who sees all records opens the bin."))


def listed(session: Session, entity: str = "", page: int = 0) -> tuple[int, list[Removal]]:
    """Return how many records lie in the bin and one page of them, the last deleted first."""
    demand_right(session)
    known = list(records.registry_of(session).entities)
    query = select(Removal).where(
        Removal.kind == "deleted", Removal.state == "kept",
        Removal.entity == entity if entity in known else Removal.entity.in_(known),
    )  # fmt: skip
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = query.order_by(Removal.at.desc(), Removal.id.desc())
    return total, list(session.scalars(rows.limit(SIZE).offset(max(page, 0) * SIZE)))


def get(session: Session, number: int) -> Removal:
    """Return what lies in the bin under a number.

    Raises:
        NotAllowed: nothing does, or the actor may not open the bin.
    """
    demand_right(session)
    found = session.scalar(select(Removal).where(Removal.id == number, Removal.kind == "deleted"))
    if found is None or found.entity not in records.registry_of(session).entities:
        raise NotAllowed(gettext("There is no such record, or you have no right to it."))
    return found


def restore(session: Session, removal: Removal) -> Restored:
    """Bring a record back with all that went with it, in the caller's transaction.

    What referred to it does so again, unless somebody has set it to something else.

    Raises:
        Rejected: it was restored or forgotten already, or what it needs is gone.
        NotAllowed: no right to such records.
    """
    demand_right(session)
    entity = records.registry_of(session).entity(removal.entity)
    if not records.may(session, entity, "delete"):
        raise NotAllowed(gettext("You have no right to change these records."))
    with unscoped(session, "of two who restore at once the second waits and is told"):
        session.refresh(removal, ["state", "contents"], with_for_update=True)
    if removal.state != "kept" or removal.contents is None:
        raise Rejected(gettext("It was restored or deleted for good already."))
    session.flush()
    done = put_back(session, package_of(removal.contents))
    number = done.number(entity.code, removal.record_id)
    if number not in done.made.get(entity.model, ()):
        raise Rejected(gettext("It can not come back: a record it belongs to is gone."))
    _end(session, removal, "restored")
    settle(session, entity, {number}, done.moved, {}, done.made)
    events.emit(
        session,
        RecordSaved(
            user_id=actor_of(session).user_id, entity=entity.code, record_id=number,
            action="create",
        ),
    )  # fmt: skip
    entities = records.registry_of(session).entities
    stays = [
        gettext("%(kind)s: %(num)s can not come back, what they need is gone.",
                kind=str(entities[code].plural), num=count)
        for code, count in done.lost.items() if code in entities
    ]  # fmt: skip
    return Restored(entity=entity, record_id=number, stays=tuple(stays))


def forget(session: Session, removal: Removal) -> None:
    """Delete for good what lies in the bin; the history keeps the last values.

    Raises:
        Rejected: it does not lie there any more.
    """
    demand_right(session)
    if removal.state != "kept":
        raise Rejected(gettext("It was restored or deleted for good already."))
    _end(session, removal, "erased")


def empty(session: Session, before: datetime | timedelta) -> int:
    """Delete for good what has lain in the bin since before a moment; return how many records."""
    demand_right(session)
    moment = now() - before if isinstance(before, timedelta) else before
    gone = session.execute(
        update(Removal)
        .where(Removal.kind == "deleted", Removal.state == "kept", Removal.at < moment)
        .values(state="erased", contents=None, ended_at=now())
        .returning(Removal.id)
    ).all()
    return len(gone)


def _end(session: Session, removal: Removal, state: str) -> None:
    removal.state, removal.contents, removal.ended_at = state, None, now()
    removal.ended_by_id = actor_of(session).user_id
    session.flush()


__all__ = ["SIZE", "Restored", "demand_right", "empty", "forget", "get", "listed", "restore"]
