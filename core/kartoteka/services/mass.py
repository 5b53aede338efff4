"""Do one thing with many records: set a field, give a task, hand over, what plugins bring; undo it.

The rules and rights are those of single records: they are written through the session, with their
history, a chunk in one transaction. What refuses is left as it is and counted with its reason.
Everything one mass action wrote carries its batch in the history; that is what undoing goes by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, unscoped
from kartoteka.errors import EditConflict, Invalid, NotAllowed, Refused
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Currency, Money
from kartoteka.hooks.contributions import Action, Entity
from kartoteka.i18n import gettext
from kartoteka.models.change import Change
from kartoteka.models.job import StartedJob
from kartoteka.models.work import Task
from kartoteka.services import permissions, records
from kartoteka.services.handover import hand_over
from kartoteka.services.writing import flush

CHUNK = 200
Act = Literal["set", "task", "hand_over", "action"]
ACTS: tuple[Act, ...] = ("set", "task", "hand_over", "action")
MOST_REASONS = 5


@dataclass(kw_only=True, slots=True)
class Outcome:
    """How many records were changed, how many were so already, and why others were left."""

    done: int = 0
    same: int = 0
    refused: Counter[str] = dataclass_field(default_factory=Counter[str])

    def add(self, other: Outcome) -> None:
        """Take in the outcome of another chunk."""
        self.done += other.done
        self.same += other.same
        self.refused.update(other.refused)


def settable(session: Session, entity: Entity) -> dict[str, Field[Any]]:
    """Return the fields that can be set to one value for many records.

    Not what names or tells a record apart, nor amounts, which need their currency, nor what hangs
    together with other records: clients change hands by a handover.
    """
    together = {"client": {"owner_id", "department_id", "left_on", "lost_reason_id"},
                "deal": {"stage", "pipeline", "lost_reason_id", "recheck_on"}}  # fmt: skip
    return {
        name: item
        for name, item in records.editable_fields(session, entity).items()
        if not item.unique
        and name not in {entity.label, *together.get(entity.code, ())}
        and not isinstance(item.kind, Money | Currency)
    }


def actions_of(session: Session, entity: Entity) -> list[Action]:
    """Return the mass actions of plugins that the person may do with records of an entity."""
    return [
        action
        for action in records.registry_of(session).actions.values()
        if action.many
        and action.place == entity.code
        and permissions.holds(session, action.permission)
    ]


def checked(session: Session, entity: Entity, act: str, values: Mapping[str, Any]) -> None:
    """Check what is to be done before anything is.

    Raises:
        NotAllowed: the person may not change such records.
        Invalid: the field, its value, the task or the new manager do not pass.
    """
    if not records.may(session, entity, "edit"):
        raise NotAllowed(gettext("You have no right to change these records."))
    if act == "set":
        _value(session, entity, values)
    elif act == "action":
        _action(session, entity, values)
    elif entity.code != "client":
        raise Invalid({"act": gettext("This is done with clients only.")})
    elif act == "task":
        _task(session, values)
    elif type(values.get("owner_id")) is not int:
        raise Invalid({"owner_id": gettext("Choose who takes the clients.")})


def apply(
    session: Session, entity: Entity, act: Act, values: Mapping[str, Any], ids: Sequence[int]
) -> Outcome:
    """Do it with one chunk of records, in the caller's transaction.

    A few statements for the chunk; where a record refuses, the chunk is done one by one.
    """
    if act == "set":
        name, value = _value(session, entity, values)
        return _set(session, entity, ids, {name: value})
    if act == "task":
        return _give_tasks(session, values, ids)
    if act == "action":
        return _run(session, entity, _action(session, entity, values), ids)
    note = str(values.get("note") or "")[:500]
    moved = hand_over(session, ids, values["owner_id"], note)
    return Outcome(done=moved, same=len(ids) - moved)


def _value(session: Session, entity: Entity, values: Mapping[str, Any]) -> tuple[str, Any]:
    name = str(values.get("field") or "")
    item = settable(session, entity).get(name)
    if item is None:
        text = gettext("%(name)r can not be set for many records.", name=name[:60])
        raise Invalid({"field": text})
    value = records.read_values(session, entity, {name: values.get("value")})[name]
    if value is None and item.required:
        raise Invalid({name: gettext("Fill this in.")})
    return name, value


def _action(session: Session, entity: Entity, values: Mapping[str, Any]) -> Action:
    for action in actions_of(session, entity):
        if action.code == values.get("action"):
            return action
    raise NotAllowed(gettext("There is no such action, or you have no right to it."))


def _run(session: Session, entity: Entity, action: Action, ids: Sequence[int]) -> Outcome:
    """Run an action over records together; when it refuses, over each by itself."""
    model = entity.model
    wanted = select(model).where(model.id.in_(sorted(ids))).order_by(model.id)
    found = list(session.scalars(wanted))
    outcome = Outcome()
    if not found:
        return outcome
    if not _done(session, action, found):
        outcome.done += len(found)
        return outcome
    for record in found:
        if reason := _done(session, action, [record]):
            outcome.refused[reason] += 1
        else:
            outcome.done += 1
    return outcome


def _done(session: Session, action: Action, found: Sequence[Any]) -> str:
    """Run an action in a savepoint; return why it refused, empty when it did not."""
    assert action.run is not None
    try:
        with session.begin_nested():
            action.run(session, found)
            flush(session, found[0])
    except EditConflict:
        return gettext("Somebody else was saving at the same moment.")
    except Refused as error:
        return str(error)
    return ""


def _set(
    session: Session, entity: Entity, ids: Sequence[int], values: Mapping[str, Any]
) -> Outcome:
    model = entity.model
    found = session.scalars(select(model).where(model.id.in_(sorted(ids))).order_by(model.id))
    return _each(session, list(found), lambda _record: values)


def _each(
    session: Session, found: Sequence[Any], values_of: Callable[[Any], Mapping[str, Any]]
) -> Outcome:
    """Write values to records together; when one refuses, to each by itself."""
    outcome = Outcome()
    wanted: list[tuple[Any, Mapping[str, Any]]] = []
    for record in found:
        values = values_of(record)
        if all(getattr(record, name) == value for name, value in values.items()):
            outcome.same += 1
        else:
            wanted.append((record, values))
    if not wanted:
        return outcome
    if not _write(session, wanted):
        outcome.done += len(wanted)
        return outcome
    for pair in wanted:
        if reason := _write(session, [pair]):
            outcome.refused[reason] += 1
        else:
            outcome.done += 1
    return outcome


def _write(session: Session, wanted: Sequence[tuple[Any, Mapping[str, Any]]]) -> str:
    """Write values in a savepoint; return why it was refused, empty when it was not."""
    try:
        with session.begin_nested():
            for record, values in wanted:
                for name, value in values.items():
                    setattr(record, name, value)
            flush(session, wanted[0][0])
    except EditConflict:
        return gettext("Somebody else was saving at the same moment.")
    except Refused as error:
        return str(error)
    return ""


def _task(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    entity = records.registry_of(session).entity("task")
    given = {name: values.get(name) for name in ("title", "due_at")}
    if missing := [name for name, value in given.items() if not str(value or "").strip()]:
        raise Invalid({name: gettext("Fill this in.") for name in missing})
    return records.read_values(session, entity, given)


def _give_tasks(session: Session, values: Mapping[str, Any], ids: Sequence[int]) -> Outcome:
    """Add a task for each client; it is the task of the client's manager."""
    clean = _task(session, values)
    entity = records.registry_of(session).entity("task")
    client = records.registry_of(session).entity("client").model
    rows = session.execute(select(client.id, client.owner_id).where(client.id.in_(sorted(ids))))
    new = [
        records.build(session, entity, {**clean, "client_id": number, "owner_id": owner})
        for number, owner in rows
    ]
    session.add_all(new)
    if new:
        flush(session, new[0])
    return Outcome(done=len(new))


# Taking back


def written_by(session: Session, batch: str, after: int, most: int = CHUNK) -> Sequence[Change]:
    """Return the next acts of a mass action by their number; the caller acted, or sees all."""
    with unscoped(session, "which records did this mass action write?"):
        found = session.scalars(
            select(Change).where(Change.batch == batch, Change.id > after)
            .order_by(Change.id).limit(most)
        ).all()  # fmt: skip
        for change in found:
            session.expunge(change)
    return found


def take_back(session: Session, changes: Sequence[Change]) -> Outcome:
    """Put back what a mass action wrote, where nobody has changed it since.

    Fields get the value they had; tasks that nobody has touched are deleted; clients go back to
    the manager they had.
    """
    outcome = Outcome()
    registry = records.registry_of(session)
    by_entity: dict[str, list[Change]] = {}
    for change in changes:
        by_entity.setdefault(change.entity, []).append(change)
    for code, some in by_entity.items():
        entity = registry.entities.get(code)
        if entity is None:
            continue
        owners = [c for c in some if code == "client" and "owner_id" in c.changes]
        created = [c for c in some if c.action == "create" and code == Task.__tablename__]
        if owners:
            outcome.add(_hand_back(session, entity, owners))
        elif created:
            outcome.add(_remove_tasks(session, [change.record_id for change in created]))
        elif not any("owner_id" in change.changes for change in some):
            outcome.add(_put_back(session, entity, [c for c in some if c.action == "update"]))
    return outcome


def _put_back(session: Session, entity: Entity, changes: Sequence[Change]) -> Outcome:
    fields = settable(session, entity)
    model = entity.model
    by_id = {change.record_id: change.changes for change in changes}
    found = session.scalars(select(model).where(model.id.in_(sorted(by_id)))).all()

    def was(record: Any) -> Mapping[str, Any]:
        return {
            name: fields[name].kind.parse(old)
            for name, (old, new) in by_id[record.id].items()
            if name in fields and fields[name].kind.plain(getattr(record, name)) == new
        }

    outcome = _each(session, found, was)
    outcome.same += len(by_id) - len(found)
    return outcome


def _remove_tasks(session: Session, ids: Sequence[int]) -> Outcome:
    untouched = session.scalars(
        select(Task).where(Task.id.in_(sorted(ids)), Task.version == 1, Task.done_at.is_(None))
    ).all()
    for task in untouched:
        session.delete(task)
    session.flush()
    return Outcome(done=len(untouched), same=len(ids) - len(untouched))


def _hand_back(session: Session, entity: Entity, changes: Sequence[Change]) -> Outcome:
    model = entity.model
    pairs = {change.record_id: change.changes["owner_id"] for change in changes}
    rows = session.execute(select(model.id, model.owner_id).where(model.id.in_(sorted(pairs))))
    now_with: dict[int, int | None] = {row[0]: row[1] for row in rows}
    back: dict[int, list[int]] = {}
    for number, (old, new) in pairs.items():
        if old is not None and now_with.get(number) == new:
            back.setdefault(old, []).append(number)
    outcome = Outcome(same=len(pairs) - sum(map(len, back.values())))
    for owner, ids in back.items():
        try:
            with session.begin_nested():
                outcome.done += hand_over(session, ids, owner, gettext("Taken back"))
        except Refused as error:
            outcome.refused[str(error)] += len(ids)
    return outcome


def batch_of(job: StartedJob) -> str:
    """Return what joins the history of one mass action; numbers of old jobs may come again."""
    return f"mass-{job.id}-{job.created_at:%Y%m%d%H%M%S}"


def signed(session: Session, batch: str) -> None:
    """Sign everything the session writes from here on with the batch."""
    session.info["actor"] = actor_of(session).by("job", batch)


__all__ = [
    "ACTS", "CHUNK", "Act", "Outcome", "actions_of", "apply", "batch_of", "checked", "settable",
    "signed", "take_back", "written_by",
]  # fmt: skip
