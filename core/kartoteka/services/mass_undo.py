"""Take a mass action back: put fields back, delete what it added, where nobody worked on it since.

It goes by the history, newest first: what was added last may hang on what was added before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import OPTION, actor_of, unscoped
from kartoteka.errors import Refused
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reference
from kartoteka.history.log import SILENT
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.models.change import Change
from kartoteka.services import records
from kartoteka.services.handover import hand_over
from kartoteka.services.mass import CHUNK, Outcome, all_or_each, write_each
from kartoteka.services.writing import flush

#: What follows from other fields and comes back with them.
_FOLLOWS: Mapping[str, frozenset[str]] = {
    "client": frozenset({"owner_id"}), "deal": frozenset({"stage_since", "closed_at"}),
}  # fmt: skip
#: A handover moves what belongs to the client along; that is no work on it.
_OWNERSHIP = frozenset({"owner_id", "department_id"})


def written_by(
    session: Session, batch: str, before: int | None, most: int = CHUNK
) -> Sequence[Change]:
    """Return the latest acts of a mass action before a number; the caller acted, or sees all."""
    earlier: list[ColumnElement[bool]] = [] if before is None else [Change.id < before]
    with unscoped(session, "which records did this mass action write?"):
        found = session.scalars(
            select(Change).where(Change.batch == batch, *earlier)
            .order_by(Change.id.desc()).limit(most)
        ).all()  # fmt: skip
        for change in found:
            session.expunge(change)
    return found


def take_back(session: Session, changes: Sequence[Change], *, keep_added: bool = False) -> Outcome:
    """Take back a part of what a mass action wrote, in the caller's transaction.

    Fields get the value they had; clients go back to the manager they had; what was added is
    deleted. Left as it is: what somebody has changed since, and what others refer to.

    Args:
        changes: acts of one batch, newest first; those that came later are taken back already.
        keep_added: leave what was added: the notes of a handover tell what happened.
    """
    outcome = Outcome()
    added = {(c.entity, c.record_id): c for c in changes if c.action == "create"}
    by_entity: dict[str, list[Change]] = {}
    for change in changes:
        by_entity.setdefault(change.entity, []).append(change)
    entities = records.registry_of(session).entities
    for code, some in by_entity.items():
        if (entity := entities.get(code)) is None:
            continue
        # What was added and changed at once goes as a whole.
        changed = [c for c in some if c.action == "update" and (code, c.record_id) not in added]
        owners = [c for c in changed if code == "client" and "owner_id" in c.changes]
        if owners:
            outcome.add(_hand_back(session, entity, owners))
        rest = [c for c in changed if set(c.changes) - _OWNERSHIP or not keep_added]
        outcome.add(_put_back(session, entity, rest))
        gone = sum(c.action == "delete" and (code, c.record_id) not in added for c in some)
        outcome.refused.update(
            +Counter({gettext("It was deleted, which can not be taken back."): gone})
        )
    if added and not keep_added:
        outcome.add(_remove(session, list(added.values())))
    return outcome


# Fields


def _put_back(session: Session, entity: Entity, changes: Sequence[Change]) -> Outcome:
    fields = _restorable(session, entity)
    model = entity.model
    # Newest first: of several changes of a field the last says what is there, the first what was.
    by_id: dict[int, dict[str, tuple[Any, Any]]] = {}
    for change in changes:
        for name in change.changes.keys() & fields.keys():
            pairs = by_id.setdefault(change.record_id, {})
            old, new = change.changes[name]
            pairs[name] = old, pairs.get(name, (None, new))[1]
    found = session.scalars(select(model).where(model.id.in_(sorted(by_id)))).all()

    def was(record: Any) -> Mapping[str, Any]:
        return {
            name: fields[name].kind.parse(old)
            for name, (old, new) in by_id[record.id].items()
            if fields[name].kind.plain(getattr(record, name)) == new
        }

    outcome = write_each(session, found, was, _changed())
    outcome.left.update(+Counter({_gone(): len(by_id) - len(found)}))
    return outcome


def _restorable(session: Session, entity: Entity) -> dict[str, Field[Any]]:
    """Return the fields whose old values can be written: not what follows from others."""
    follows = SILENT | {"department_id"} | _FOLLOWS.get(entity.code, set())
    return {
        name: item
        for name, item in records.registry_of(session).fields(entity).items()
        if name not in follows and not (name == "owner_id" and item.readonly)
    }


def _hand_back(session: Session, entity: Entity, changes: Sequence[Change]) -> Outcome:
    model = entity.model
    pairs = {change.record_id: change.changes["owner_id"] for change in changes}
    rows = session.execute(select(model.id, model.owner_id).where(model.id.in_(sorted(pairs))))
    now_with: dict[int, int | None] = {row[0]: row[1] for row in rows}
    back: dict[int, list[int]] = {}
    for number, (old, new) in pairs.items():
        if old is not None and now_with.get(number) == new:
            back.setdefault(old, []).append(number)
    left = len(pairs) - sum(map(len, back.values()))
    reason = gettext("They have another manager since, or had none.")
    outcome = Outcome(left=+Counter({reason: left}))
    for owner, ids in back.items():
        try:
            with session.begin_nested():
                outcome.done += hand_over(session, ids, owner, gettext("Taken back"))
        except Refused as error:
            outcome.refused[str(error)] += len(ids)
    return outcome


# What was added


def _remove(session: Session, added: Sequence[Change]) -> Outcome:
    """Delete added records; those that hang on others first."""
    outcome = Outcome()
    touched = _touched(session, added)
    entities = records.registry_of(session).entities
    waiting: dict[str, dict[int, Any]] = {}
    for code in dict.fromkeys(change.entity for change in added):
        if code not in entities:
            continue
        model = entities[code].model
        ids = [change.record_id for change in added if change.entity == code]
        found = session.scalars(select(model).where(model.id.in_(sorted(ids)))).all()
        waiting[code] = {one.id: one for one in found if (code, one.id) not in touched}
        changed = len(found) - len(waiting[code])
        outcome.left.update(+Counter({_gone(): len(ids) - len(found), _changed(): changed}))
    while any(_remove_free(session, code, some, outcome) for code, some in waiting.items()):
        continue
    still = sum(map(len, waiting.values()))
    outcome.left.update(+Counter({gettext("Other records hang on it by now."): still}))
    return outcome


def _remove_free(session: Session, code: str, some: dict[int, Any], outcome: Outcome) -> bool:
    """Delete those of some records to which nothing refers; say whether there were any."""
    free = [some.pop(number) for number in sorted(set(some) - _referred_to(session, code, some))]
    if not free:
        return False

    def delete(found: Sequence[Any]) -> None:
        for record in found:
            session.delete(record)
        flush(session, found[0])

    outcome.add(all_or_each(session, free, delete))
    return True


def _touched(session: Session, added: Sequence[Change]) -> set[tuple[str, int]]:
    """Return which added records somebody changed since; a handover of the client is no change."""
    begun = {(change.entity, change.record_id): change.id for change in added}
    ours = {added[0].batch, actor_of(session).batch}
    found: set[tuple[str, int]] = set()
    for code in {change.entity for change in added}:
        numbers = [change.record_id for change in added if change.entity == code]
        rows = session.execute(
            select(Change.record_id, Change.id, Change.changes)
            .where(Change.entity == code, Change.record_id.in_(sorted(numbers)),
                   Change.batch.is_(None) | Change.batch.not_in(ours))
            .execution_options(**{OPTION: True})
        )  # fmt: skip
        found.update(
            (code, number)
            for number, at, changes in rows
            if at > begun[code, number] and set(changes) - _OWNERSHIP
        )
    return found


def _referred_to(session: Session, code: str, ids: Iterable[int]) -> set[int]:
    """Return to which records others refer; rows without a history follow their record."""
    wanted = sorted(ids)
    found: set[int] = set()
    if not wanted:
        return found
    for other in records.registry_of(session).entities.values():
        for item in records.registry_of(session).fields(other).values():
            is_link = isinstance(item.kind, Reference) and item.kind.table == code
            if is_link and other.model.tracked:
                column = item.column()
                rows = select(column).where(column.in_(wanted)).distinct()
                found.update(session.scalars(rows.execution_options(**{OPTION: True})))
    return found


def _gone() -> str:
    return gettext("It is not there any more.")


def _changed() -> str:
    return gettext("Somebody has changed it since.")


__all__ = ["take_back", "written_by"]
