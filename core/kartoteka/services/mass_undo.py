"""Take a mass action or an import back: where nobody worked on what it wrote since.

Fields get the value they had, what was added is deleted. It goes by the history, newest first: what
was added last may hang on what was added before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import OPTION, actor_of
from kartoteka.db.among import among
from kartoteka.errors import Refused
from kartoteka.fields.field import Field
from kartoteka.history.log import SILENT
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import records
from kartoteka.services.handover import hand_over
from kartoteka.services.many import collector_waits, delete_many, update_many
from kartoteka.services.mass import Outcome, all_or_each
from kartoteka.services.past_acts import PastAct
from kartoteka.services.referring import referred_to
from kartoteka.services.search_texts import refreshed_later
from kartoteka.services.staying import (
    OWNERSHIP,
    Batch,
    Edit,
    RecordKey,
    edits_since,
    stays,
)
from kartoteka.services.writing import refusing

#: What follows from other fields and comes back with them.
_FOLLOWS: Mapping[str, frozenset[str]] = {
    "client": frozenset({"owner_id"}), "deal": frozenset({"stage_since", "closed_at"}),
}  # fmt: skip
How = Literal["reversed", "kept", "failed"]
Cause = Literal["", "changed", "hung", "along", "gone", "manager", "right"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenBack:
    """What became of one record.

    Args:
        how: `reversed`: it is as it was before, or gone again; `kept`: somebody worked on it since,
            so all or some of it was left; `failed`: it could not be taken back.
        why: a sentence for what was not reversed.
        cause: the same in one word; empty where a rule refused. `changed`: somebody changed it;
            `hung`: somebody added what hangs on it; `along`: it belongs to what stays, or that to
            it; `gone`: somebody deleted it; `manager`: it has another manager; `right`: the person
            may not see it any more.
        fields: those that were left because they were changed since.
        edits: who worked on it since, or on what it stays with, and when; the last one last.
        hangs: the kind of what was added to it since, or to what it stays with.
        root: the record it stays with.
    """

    entity: str
    record_id: int
    how: How = "reversed"
    why: str = ""
    cause: Cause = ""
    fields: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    hangs: str = ""
    root: RecordKey | None = None

    @property
    def by_id(self) -> int | None:
        """Who worked on it last, where that is known."""
        return self.edits[-1].by_id if self.edits else None


Tell = Callable[[TakenBack], None]


def take_back(
    session: Session, changes: Sequence[PastAct], *, keep_added: bool = False,
    keep_whole: bool = False, tell: Tell | None = None,
) -> Outcome:  # fmt: skip
    """Take back a part of what a batch wrote, in the caller's transaction.

    Fields get the value they had; clients go back to the manager they had; what was added is
    deleted. Left as it is: what somebody has changed since, and what others refer to.

    Args:
        changes: acts of one batch, newest first; those that came later are taken back already.
        keep_added: leave what was added: the notes of a handover tell what happened.
        keep_whole: what was added and stays keeps what was added to it, as a client its people.
        tell: is told what became of each record.
    """
    with collector_waits():
        return _TakingBack(session, changes, tell).run(keep_added, keep_whole)


class _TakingBack:
    """One part of a batch on its way back."""

    def __init__(self, session: Session, changes: Sequence[PastAct], tell: Tell | None) -> None:
        self.session = session
        self.changes = changes
        self.tell = tell
        self.outcome = Outcome()
        self.entities = records.registry_of(session).entities
        marks = {change.batch for change in changes} | {actor_of(session).batch}
        self.ours = {mark for mark in marks if mark}

    def run(self, keep_added: bool, keep_whole: bool) -> Outcome:
        """Put fields back, then delete what was added."""
        added = {(c.entity, c.record_id): c for c in self.changes if c.action == "create"}
        by_entity: dict[str, list[PastAct]] = {}
        for change in self.changes:
            by_entity.setdefault(change.entity, []).append(change)
        for code, some in by_entity.items():
            if (entity := self.entities.get(code)) is None:
                continue
            # What was added and changed at once goes as a whole.
            rest = [c for c in some if (code, c.record_id) not in added]
            changed = [c for c in rest if c.action == "update"]
            owners = [c for c in changed if code == "client" and "owner_id" in c.changes]
            if owners:
                self.hand_back(entity, owners)
            if changed:
                put = [c for c in changed if set(c.changes) - OWNERSHIP or not keep_added]
                self.put_back(entity, put)
            for change in rest:
                if change.action == "delete":
                    why = gettext("It was deleted, which can not be taken back.")
                    self.outcome.refused[why] += 1
                    self.say(code, change.record_id, "failed", why=why)
        if added and not keep_added:
            self.remove(list(added.values()), keep_whole)
        return self.outcome

    def say(self, entity: str, number: int, how: How = "reversed", **more: Any) -> None:
        """Tell what became of a record; `more` are further fields of `TakenBack`."""
        if self.tell is not None:
            self.tell(TakenBack(entity=entity, record_id=number, how=how, **more))

    def among(self, model: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
        """Return the condition that a record is one of these."""
        return self.are_among(model.id, numbers)

    def are_among(self, column: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
        """Return the condition that a column holds one of these numbers."""
        return among(column, numbers, self.session.get_bind().dialect.name)

    # Fields

    def put_back(self, entity: Entity, changes: Sequence[PastAct]) -> None:
        """Give fields the value they had before, those that nobody changed since."""
        fields = _restorable(self.session, entity)
        model = entity.model
        # Newest first: of several changes of a field the last says what is there, the first what
        # was.
        by_id: dict[int, dict[str, tuple[Any, Any]]] = {}
        for change in changes:
            for name in change.changes.keys() & fields.keys():
                pairs = by_id.setdefault(change.record_id, {})
                old, new = change.changes[name]
                pairs[name] = old, pairs.get(name, (None, new))[1]
        if not by_id:
            return
        names = sorted({name for pairs in by_id.values() for name in pairs})
        asked = select(model.id, *(getattr(model, name) for name in names))
        # What is written goes by what is read here: on PostgreSQL nobody changes it in between.
        asked = asked.where(self.among(model, by_id)).with_for_update(of=model)
        here = {row[0]: row for row in self.session.execute(asked.order_by(model.id))}
        left: dict[int, tuple[str, ...]] = {}
        back: dict[int, dict[str, Any]] = {}
        for number, row in here.items():
            holds = dict(zip(names, row[1:], strict=True))
            plain = {name: fields[name].kind.plain(holds[name]) for name in by_id[number]}
            pairs = by_id[number].items()
            if others := tuple(name for name, pair in pairs if plain[name] not in pair):
                left[number] = others
            due = {
                name: fields[name].kind.parse(old)
                for name, (old, new) in pairs
                if plain[name] == new
            }
            if any(value != holds[name] for name, value in due.items()):
                back[number] = {**holds, **due}
        refused: dict[int, str] = {}

        def write(numbers: Sequence[int]) -> None:
            columns = {name: [back[number][name] for number in numbers] for name in names}
            with refusing(model.__table__):
                update_many(self.session, entity, numbers, columns)

        done = all_or_each(self.session, list(back), write, refused.__setitem__)
        self.outcome.add(done)
        missing = by_id.keys() - here.keys()
        same = {_changed(): len(here) - len(back), _gone(): len(missing)}
        self.outcome.left.update(+Counter(same))
        if self.tell is None:
            return
        self.say_gone(entity, missing)
        begun = {(c.entity, c.record_id): c.id for c in changes if c.record_id in left}
        edits = edits_since(self.session, begun, self.ours)
        for number in here:
            names_left = left.get(number, ())
            if refused.get(number):
                self.say(entity.code, number, "failed", why=refused[number])
            elif names_left:
                found = edits.get((entity.code, number), ())
                self.say(entity.code, number, "kept", why=_changed(), cause="changed",
                         fields=names_left, edits=_only(found, names_left))  # fmt: skip
            else:
                self.say(entity.code, number)

    def hand_back(self, entity: Entity, changes: Sequence[PastAct]) -> None:
        """Give clients to the manager they had."""
        model, session = entity.model, self.session
        pairs = {change.record_id: change.changes["owner_id"] for change in changes}
        rows = session.execute(select(model.id, model.owner_id).where(self.among(model, pairs)))
        now_with: dict[int, int | None] = {row[0]: row[1] for row in rows}
        back: dict[int, list[int]] = {}
        reason = gettext("They have another manager since, or had none.")
        for number, (old, new) in pairs.items():
            if old is not None and now_with.get(number) == new:
                back.setdefault(old, []).append(number)
            else:
                self.outcome.left[reason] += 1
                self.say(entity.code, number, "kept", why=reason, cause="manager",
                         fields=("owner_id",))  # fmt: skip
        for owner, ids in back.items():
            try:
                with session.begin_nested():
                    self.outcome.done += hand_over(session, ids, owner, gettext("Taken back"))
            except Refused as error:
                self.outcome.refused[str(error)] += len(ids)
                for number in ids:
                    self.say(entity.code, number, "failed", why=str(error))

    # What was added

    def remove(self, added: Sequence[PastAct], keep_whole: bool) -> None:
        """Delete added records; those that hang on others first."""
        ids: dict[str, set[int]] = {}
        found: dict[str, list[int]] = {}
        for change in added:
            if change.entity in self.entities:
                ids.setdefault(change.entity, set()).add(change.record_id)
        for code, some in ids.items():
            model = self.entities[code].model
            # On PostgreSQL nobody changes them any more, or adds something to them.
            asked = select(model.id).where(self.among(model, some)).order_by(model.id)
            found[code] = list(self.session.scalars(asked.with_for_update(of=model)))
        begun = {(change.entity, change.record_id): change.id for change in added}
        until = max(change.id for change in self.changes)
        staying = stays(self.session, found, begun, Batch(marks=self.ours, until=until), keep_whole)
        words = {"changed": _changed(), "hung": _hung(), "along": _along()}
        for (code, number), stay in staying.items():
            self.outcome.left[words[stay.how]] += 1
            self.say(code, number, "kept", why=words[stay.how], cause=stay.how, edits=stay.edits,
                     hangs=stay.hangs, root=stay.root)  # fmt: skip
        waiting: dict[str, set[int]] = {}
        for code, there in found.items():
            waiting[code] = {number for number in there if (code, number) not in staying}
            missing = ids[code].difference(there)
            self.outcome.left.update(+Counter({_gone(): len(missing)}))
            if self.tell is not None:
                self.say_gone(self.entities[code], missing, was_added=True)
        with refreshed_later(self.session):
            while any(self.remove_free(code, some) for code, some in waiting.items()):
                continue
        still = sum(map(len, waiting.values()))
        self.outcome.left.update(+Counter({_hung(): still}))
        for code, some in waiting.items():
            for number in sorted(some):
                self.say(code, number, "kept", why=_hung(), cause="hung")

    def remove_free(self, code: str, some: set[int]) -> bool:
        """Delete those of some records to which nothing refers; say whether there were any."""
        free = sorted(some - referred_to(self.session, code, some).keys())
        if not free:
            return False
        some.difference_update(free)
        entity = self.entities[code]

        def delete(numbers: Sequence[int]) -> None:
            with refusing(entity.model.__table__):
                delete_many(self.session, entity, numbers)

        def told(number: int, reason: str) -> None:
            self.say(code, number, "failed" if reason else "reversed", why=reason)

        self.outcome.add(all_or_each(self.session, free, delete, told))
        return True

    def say_gone(self, entity: Entity, missing: Iterable[int], *, was_added: bool = False) -> None:
        """Tell of records that are not found: somebody deleted them, or this person has no right.

        One that the batch had added and that is gone is as it was before.
        """
        wanted = sorted(missing)
        if not wanted:
            return
        model = entity.model
        there = set(
            self.session.scalars(
                select(model.id)
                .where(self.among(model, wanted))
                .execution_options(**{OPTION: True})
            )
        )
        for number in wanted:
            if number in there:
                why = gettext("You have no right to it any more.")
                self.say(entity.code, number, "failed", why=why, cause="right")
            elif was_added:
                self.say(entity.code, number)
            else:
                self.say(entity.code, number, "kept", why=_gone(), cause="gone")


def _restorable(session: Session, entity: Entity) -> dict[str, Field[Any]]:
    """Return the fields whose old values can be written: not what follows from others."""
    follows = SILENT | {"department_id"} | _FOLLOWS.get(entity.code, set())
    return {
        name: item
        for name, item in records.registry_of(session).fields(entity).items()
        if name not in follows and not (name == "owner_id" and item.readonly)
    }


def _only(edits: Iterable[Edit], names: Iterable[str]) -> tuple[Edit, ...]:
    """Return the edits of these fields; all of them, when none says which it was."""
    wanted = set(names)
    some = tuple(
        replace(edit, fields=tuple(name for name in edit.fields if name in wanted))
        for edit in edits
        if wanted & set(edit.fields)
    )
    return some or tuple(edits)


def _gone() -> str:
    return gettext("It is not there any more.")


def _changed() -> str:
    return gettext("Somebody has changed it since.")


def _hung() -> str:
    return gettext("Other records hang on it by now.")


def _along() -> str:
    return gettext("It belongs to what stays.")


__all__ = ["TakenBack", "take_back"]
