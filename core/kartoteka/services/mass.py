"""Do one thing with many records: set a field, give a task, hand over, what plugins bring.

The rules and rights are those of single records: they are written through the session, with their
history, a chunk in one transaction. What refuses is left as it is and counted with its reason.
Everything one mass action wrote carries its batch in the history; that is what `mass_undo` goes by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any, Literal, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import EditConflict, Invalid, NotAllowed, Refused
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Currency, Money
from kartoteka.hooks.contributions import Action, Entity
from kartoteka.i18n import gettext
from kartoteka.models.job import StartedJob
from kartoteka.services import permissions, records
from kartoteka.services.handover import hand_over
from kartoteka.services.writing import flush

Item = TypeVar("Item")
CHUNK = 200
Act = Literal["set", "task", "hand_over", "action"]
ACTS: tuple[Act, ...] = ("set", "task", "hand_over", "action")
MOST_REASONS = 5


@dataclass(kw_only=True, slots=True)
class Outcome:
    """How many records were changed, and for which reasons others were left or refused."""

    done: int = 0
    left: Counter[str] = dataclass_field(default_factory=Counter[str])
    refused: Counter[str] = dataclass_field(default_factory=Counter[str])

    @property
    def same(self) -> int:
        """Return how many records were left as they were."""
        return self.left.total()

    @property
    def all(self) -> int:
        """Return of how many records it tells."""
        return self.done + self.left.total() + self.refused.total()

    def add(self, other: Outcome) -> None:
        """Take in the outcome of another chunk."""
        self.done += other.done
        self.left.update(other.left)
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
    reason = gettext("They have this manager already.")
    return Outcome(done=moved, left=+Counter({reason: len(ids) - moved}))


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

    def run(found: Sequence[Any]) -> None:
        assert action.run is not None
        action.run(session, found)
        flush(session, found[0])

    return all_or_each(session, list(session.scalars(wanted)), run)


def all_or_each(
    session: Session,
    items: Sequence[Item],
    act: Callable[[Sequence[Item]], None],
    tell: Callable[[Item, str], None] | None = None,
) -> Outcome:
    """Do something with many together; when one of them refuses, with the halves of them.

    So one that refuses costs a few statements, not one for each of the others.

    Args:
        act: is run in a savepoint and flushes; what it refuses is undone and counted.
        tell: is told of each item why it was refused, empty when it was not.
    """
    outcome = Outcome()
    if not items:
        return outcome
    reason = _refusal(session, items, act)
    if reason and len(items) > 1:
        middle = len(items) // 2
        for half in (items[:middle], items[middle:]):
            outcome.add(all_or_each(session, half, act, tell))
        return outcome
    for item in items:
        if reason:
            outcome.refused[reason] += 1
        else:
            outcome.done += 1
        if tell is not None:
            tell(item, reason)
    return outcome


def _refusal(session: Session, items: Sequence[Item], act: Callable[[Sequence[Item]], None]) -> str:
    """Return why it was refused, empty when it was done."""
    try:
        with session.begin_nested():
            act(items)
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
    reason = gettext("It is so already.")
    return write_each(session, list(found), lambda _record: values, reason)


def write_each(
    session: Session,
    found: Sequence[Any],
    values_of: Callable[[Any], Mapping[str, Any]],
    why_left: str,
    tell: Callable[[Any, str], None] | None = None,
) -> Outcome:
    """Write values to records together; when one refuses, to each by itself.

    Args:
        why_left: what is said of records that have these values.
        tell: is told of each record that was to be written why it was refused, empty when not.
    """
    outcome = Outcome()
    wanted: list[tuple[Any, Mapping[str, Any]]] = []
    for record in found:
        values = values_of(record)
        if all(getattr(record, name) == value for name, value in values.items()):
            outcome.left[why_left] += 1
        else:
            wanted.append((record, values))

    def write(some: Sequence[tuple[Any, Mapping[str, Any]]]) -> None:
        for record, values in some:
            for name, value in values.items():
                setattr(record, name, value)
        flush(session, some[0][0])

    def told(one: tuple[Any, Mapping[str, Any]], reason: str) -> None:
        if tell is not None:
            tell(one[0], reason)

    outcome.add(all_or_each(session, wanted, write, told))
    return outcome


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


# What is written together


def batch_of(job: StartedJob) -> str:
    """Return what joins the history of one mass action; numbers of old jobs may come again."""
    return f"mass-{job.id}-{job.created_at:%Y%m%d%H%M%S}"


def signed(session: Session, batch: str) -> None:
    """Sign everything the session writes from here on with the batch."""
    session.info["actor"] = actor_of(session).by("job", batch)


__all__ = [
    "ACTS", "CHUNK", "Act", "Outcome", "actions_of", "apply", "batch_of", "checked", "settable",
    "signed", "write_each",
]  # fmt: skip
