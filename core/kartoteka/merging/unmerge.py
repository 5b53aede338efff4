"""Undo a merge: the record is there again with what led to it; what people changed since stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, unscoped
from kartoteka.errors import NotAllowed, Rejected
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.hooks.contributions import Entity, RecordSaved
from kartoteka.i18n import gettext
from kartoteka.merging.decisions import decide
from kartoteka.merging.package import Package, package_of
from kartoteka.merging.putting_back import PutBack, put_back
from kartoteka.merging.settling import settle
from kartoteka.models.removal import Removal
from kartoteka.services import events, records
from kartoteka.services.writing import flush


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmerged:
    """What came of it.

    Args:
        record_id: the record that is there again; another number than before when that is taken.
        stays: a sentence for each thing that stays as it is.
    """

    entity: Entity
    record_id: int
    kept_id: int
    stays: tuple[str, ...]


def merge_of(session: Session, number: int) -> Removal:
    """Return a merge whose kept record the actor sees.

    Raises:
        NotAllowed: there is none for this person.
    """
    with unscoped(session, "the record it went into decides who may know"):
        found = session.scalar(
            select(Removal).where(Removal.id == number, Removal.kind == "merged")
        )
    entities = records.registry_of(session).entities
    if found is None or found.entity not in entities:
        raise NotAllowed(gettext("There is no such merge, or you have no right to it."))
    records.get(session, entities[found.entity], found.kept_id or 0)
    return found


def unmerge(session: Session, removal: Removal) -> Unmerged:
    """Undo a merge in the transaction of the caller.

    Raises:
        NotAllowed: the kept record is out of sight, or no right to edit.
        Rejected: it was undone already, or the kept record went into another one since.
    """
    entity = records.registry_of(session).entity(removal.entity)
    if not records.may(session, entity, "edit"):
        raise NotAllowed(gettext("You have no right to change these records."))
    with unscoped(session, "of two who undo at once the second waits and is told"):
        session.refresh(removal, ["state", "contents"], with_for_update=True)
    if removal.state != "kept" or removal.contents is None:
        raise Rejected(gettext("This merge was undone already."))
    label, merged_id, contents = removal.label, removal.record_id, removal.contents
    kept: Any = records.get(session, entity, removal.kept_id or 0)
    session.flush()
    package = package_of(contents)
    done = put_back(session, package)
    number = done.number(entity.code, merged_id)
    session.expire_all()
    stays = [*_values_back(session, entity, kept, package), *_left(session, done)]
    session.flush()
    kept_label = getattr(kept, entity.label)
    log.write(session, [
        {"entity": entity.code, "record_id": kept.id, "action": "unmerge",
         "changes": {entity.label: [kept_label, label]}},
    ])  # fmt: skip
    with unscoped(session, "what a merge took out is kept for everybody"):
        removal.state, removal.ended_at = "restored", now()
        removal.ended_by_id = actor_of(session).user_id
        removal.contents = None
        session.flush()
        if entity.code == "client":
            decide(session, kept.id, merged_id, "open")
    kept_id = kept.id
    settle(session, entity, {kept_id, number}, done.moved, {}, done.made)
    if session.get(entity.model, number) is None:
        raise NotAllowed(gettext("The record that was merged belongs to somebody you do not see."))
    events.emit(
        session,
        RecordSaved(
            user_id=actor_of(session).user_id, entity=entity.code, record_id=number,
            action="create",
        ),
    )  # fmt: skip
    return Unmerged(entity=entity, record_id=number, kept_id=kept_id, stays=tuple(stays))


def _values_back(session: Session, entity: Entity, kept: Any, package: Package) -> list[str]:
    """Give the record back what it had, and name the fields somebody wrote since."""
    fields = records.registry_of(session).fields(entity)
    seen = records.visible_fields(session, entity)
    stays: list[str] = []
    for name, (old, new) in package.values.items():
        item = fields.get(name)
        if item is None:
            continue
        if item.kind.plain(getattr(kept, name)) == new:
            setattr(kept, name, item.kind.parse(old))
        elif name in seen:
            stays.append(gettext("%(field)s: changed since, it stays.", field=str(item.title)))
    flush(session, kept)
    return stays


def _left(session: Session, done: PutBack) -> list[str]:
    """Name the kinds of rows that stay as people made them since."""
    entities = records.registry_of(session).entities
    stays: list[str] = []
    for code, count in done.changed.items():
        if code in entities:
            title = str(entities[code].plural)
            stays.append(
                gettext("%(kind)s: %(num)s changed or deleted since.", kind=title, num=count)
            )
    for code, count in done.lost.items():
        if code in entities:
            title = str(entities[code].plural)
            stays.append(
                gettext("%(kind)s: %(num)s can not come back, what they need is gone.",
                        kind=title, num=count)
            )  # fmt: skip
    return stays


__all__ = ["Unmerged", "merge_of", "unmerge"]
