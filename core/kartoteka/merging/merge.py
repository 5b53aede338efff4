"""Make two records of one kind one, with everything that leads to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, connection_of, unscoped
from kartoteka.errors import EditConflict, NotAllowed, Rejected
from kartoteka.history import log
from kartoteka.hooks.contributions import Entity, RecordSaved
from kartoteka.i18n import gettext
from kartoteka.merging.comparison import companions_with, compare
from kartoteka.merging.decisions import decide
from kartoteka.merging.folding import Folding
from kartoteka.merging.settling import settle
from kartoteka.models.record import Record
from kartoteka.models.removal import Removal
from kartoteka.models.work import Task
from kartoteka.services import events, records
from kartoteka.services.writing import flush

#: The kinds of record that can be merged; what leads to them is found, not listed.
MERGEABLE = ("client", "contact")
Side = Literal["kept", "merged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A merge that was done: `label` is what the merged record was called."""

    id: int
    entity: Entity
    kept_id: int
    merged_id: int
    label: str


def merge(
    session: Session,
    entity: Entity,
    kept_id: int,
    merged_id: int,
    choice: Mapping[str, Side] | None = None,
    *,
    versions: tuple[int, int] | None = None,
) -> Made:
    """Make a record one with another: what led to the second, which is gone, leads to the first.

    Rows that say the same in both become one, each keeping what the other lacks. Open tasks of the
    merged client's manager go to the manager of the one that stays. The number of statements does
    not depend on how much leads to the records. In the transaction of the caller.

    Args:
        session: the actor must see both and may edit such records.
        choice: field to whose value stays; of others a filled value wins over none, and the kept
            record's over the merged one's.
        versions: those of the kept and the merged record the person saw.

    Returns:
        the number of the merge, by which `unmerge` takes it back.

    Raises:
        NotAllowed: a record the person does not see, or no right to edit.
        Rejected: the same record twice, or a kind of record that is not merged.
        EditConflict: one of them was changed since the person saw it.
    """
    if entity.code not in MERGEABLE:
        raise Rejected(gettext("Records of this kind are not merged."))
    if kept_id == merged_id:
        raise Rejected(gettext("Choose two different records."))
    if not records.may(session, entity, "edit"):
        raise NotAllowed(gettext("You have no right to change these records."))
    kept, merged = _locked(session, entity, kept_id, merged_id)
    if versions is not None and versions != (kept.version, merged.version):
        raise EditConflict((), kept.version)
    values = _values(session, entity, kept, merged, choice or {})
    label = records.labels(session, entity.code, {merged_id}).get(merged_id, "")
    session.flush()
    folding = Folding(session)
    _tasks_along(session, folding, kept, merged)
    table: Any = entity.model.__table__
    folding.fold(table, {merged_id: kept_id})
    folding.tell()
    before = {name: getattr(kept, name) for name in values}
    session.expunge(merged)
    session.expire_all()
    _write(session, kept, values)
    fields = records.registry_of(session).fields(entity)
    folding.package.values = {
        name: [fields[name].kind.plain(before[name]), fields[name].kind.plain(value)]
        for name, value in values.items()
    }
    actor = actor_of(session)
    removal = Removal(
        kind="merged", entity=entity.code, record_id=merged_id, kept_id=kept_id,
        label=label[:255], user_id=actor.user_id, contents=folding.package.as_json(),
    )  # fmt: skip
    with unscoped(session, "what a merge took out is kept for everybody"):
        session.add(removal)
        session.flush()
        number = removal.id
        if entity.code == "client":
            decide(session, kept_id, merged_id, "merged")
    log.write(session, [
        {"entity": entity.code, "record_id": kept_id, "action": "merge",
         "changes": {entity.label: [label, getattr(kept, entity.label)]}},
    ])  # fmt: skip
    settle(session, entity, {kept_id}, folding.moved, folding.gone)
    events.emit(
        session,
        RecordSaved(
            user_id=actor.user_id, entity=entity.code, record_id=merged_id, action="delete"
        ),
    )
    return Made(id=number, entity=entity, kept_id=kept_id, merged_id=merged_id, label=label)


def _locked(session: Session, entity: Entity, kept_id: int, merged_id: int) -> tuple[Any, Any]:
    """Return both records, held against other writers; by number, so that two never wait."""
    for number in (kept_id, merged_id):
        records.get(session, entity, number)
    model = entity.model
    with unscoped(session, "both were seen a moment ago"):
        found = session.scalars(
            select(model).where(model.id.in_((kept_id, merged_id))).order_by(model.id)
            .with_for_update().execution_options(populate_existing=True)
        ).all()  # fmt: skip
    by_id = {one.id: one for one in found}
    if len(by_id) < 2:
        raise EditConflict((), 0)
    return by_id[kept_id], by_id[merged_id]


def _values(
    session: Session, entity: Entity, kept: Any, merged: Any, choice: Mapping[str, Side]
) -> dict[str, Any]:
    """Return what the kept record takes over."""
    fields = records.registry_of(session).fields(entity)
    editable = records.editable_fields(session, entity)
    chosen = companions_with(fields, choice)
    if unknown := sorted(set(chosen) - set(editable)):
        raise Rejected(gettext("There is no such field."), unknown[0])
    return {
        one.name: one.merged
        for one in compare(session, entity, kept, merged, everything=True)
        if chosen.get(one.name, one.default) == "merged"
    }


def _write(session: Session, kept: Any, values: Mapping[str, Any]) -> None:
    """Write the chosen values under all rules, as a form would."""
    for name, value in values.items():
        setattr(kept, name, value)
    flush(session, kept)


def _tasks_along(session: Session, folding: Folding, kept: Any, merged: Any) -> None:
    """Give open tasks of the merged client's manager to the manager of the one that stays."""
    owner = getattr(kept, "owner_id", None)
    if kept.__tablename__ != "client" or owner is None or owner == merged.owner_id:
        return
    table: Table = Task.__table__  # pyright: ignore[reportAssignmentType]
    open_ones = connection_of(session).execute(
        select(table.c.id, table.c.department_id).where(
            table.c.client_id == merged.id, table.c.done_at.is_(None),
            table.c.owner_id == merged.owner_id,
        )
    ).all()  # fmt: skip
    folding.rewrite(table, "owner_id", merged.owner_id, owner, {row[0] for row in open_ones})
    departments: dict[Any, set[int]] = {}
    for number, department in open_ones:
        departments.setdefault(department, set()).add(number)
    for department, ids in departments.items():
        folding.rewrite(table, "department_id", department, kept.department_id, ids)


def merges_of(session: Session, entity: Entity, record: Record) -> list[Removal]:
    """Return the merges into a record that can be undone, the last first; the actor sees it."""
    with unscoped(session, "what was merged into a record the person sees"):
        return list(
            session.scalars(
                select(Removal)
                .where(
                    Removal.entity == entity.code, Removal.kept_id == record.id,
                    Removal.kind == "merged", Removal.state == "kept",
                )
                .order_by(Removal.id.desc())
            )
        )  # fmt: skip


__all__ = ["MERGEABLE", "Side", "merge", "merges_of"]
