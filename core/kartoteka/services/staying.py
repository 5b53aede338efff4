"""Find what stays of records that are taken back: what was worked on since, and what hangs on it.

A client whose name somebody has mended is in use, and without its people and phones it would be of
no use. So what was worked on stays with all that the same batch hung on it, and what it hangs on
itself stays with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import OPTION
from kartoteka.db.among import among
from kartoteka.fields.kinds import Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.models.change import Change
from kartoteka.services import records
from kartoteka.services.referring import referred_to

#: A record by the code of its entity and its number.
RecordKey = tuple[str, int]
#: A handover moves what belongs to the client along; that is no work on it.
OWNERSHIP = frozenset({"owner_id", "department_id"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What one person did to a record since: which fields they changed, and when for the last time.

    Without fields they added something that hangs on the record.
    """

    by_id: int | None
    at: datetime | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """Why a record stays.

    Args:
        how: `changed`: somebody edited it; `hung`: somebody added what hangs on it; `along`: it
            belongs to such a record, or such a one belongs to it.
        edits: who did what; with `along` to the record it stays with.
        hangs: the kind of what somebody added.
        root: the record it stays with.
    """

    how: Literal["changed", "hung", "along"]
    edits: tuple[Edit, ...] = ()
    hangs: str = ""
    root: RecordKey | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What is taken back: the marks of its history, and the last number there of this part."""

    marks: Collection[str]
    until: int


def edits_since(
    session: Session, begun: Mapping[RecordKey, int], marks: Collection[str]
) -> dict[RecordKey, tuple[Edit, ...]]:
    """Return what was changed since by others than a batch; one statement for each kind.

    Args:
        begun: number in the history from which each record is asked about.
        marks: of the batch; what it wrote does not count.
    """
    found: dict[RecordKey, dict[int | None, Edit]] = {}
    for code, numbers in _by_code(begun).items():
        rows = session.execute(
            select(Change.record_id, Change.id, Change.changes, Change.user_id, Change.at)
            .where(
                Change.entity == code, _among(session, Change.record_id, numbers),
                Change.batch.is_(None) | Change.batch.not_in(marks),
            )
            .order_by(Change.id)
            .execution_options(**{OPTION: True})
        )  # fmt: skip
        for number, at_number, pairs, user_id, at in rows:
            names = [name for name in pairs if name not in OWNERSHIP]
            if at_number > begun[code, number] and names:
                people = found.setdefault((code, number), {})
                before = people.pop(user_id, None)  # who worked last stands last
                known = before.fields if before is not None else ()
                people[user_id] = Edit(
                    by_id=user_id, at=at, fields=tuple(dict.fromkeys((*known, *names)))
                )
    return {key: tuple(people.values()) for key, people in found.items()}


def stays(
    session: Session, there: Mapping[str, Collection[int]], begun: Mapping[RecordKey, int],
    batch: Batch, whole: bool,
) -> dict[RecordKey, Stay]:  # fmt: skip
    """Return which of the records that a batch added stay, and why; first those worked on.

    Args:
        there: the records by the code of their entity.
        begun: number in the history at which each was added.
        whole: what stays keeps what was added to it; else only what was edited is named.
    """
    if not whole:
        known = {key: at for key, at in begun.items() if key[1] in there.get(key[0], ())}
        edits = edits_since(session, known, batch.marks)
        return {key: Stay(how="changed", edits=some) for key, some in edits.items()}
    return _Staying(session, there, begun, batch).found()


@dataclass(kw_only=True, slots=True)
class _Ties:
    """What refers to what among the records.

    Args:
        holder: the record to which a record belongs in the first place: a phone to whom it reaches,
            a place of work to the client.
        up: all records to which a record refers.
        own: records whose holder a record is.
        all: those too that belong to it beside their holder.
    """

    holder: dict[RecordKey, RecordKey] = field(default_factory=dict[RecordKey, RecordKey])
    up: dict[RecordKey, list[RecordKey]] = field(default_factory=dict[RecordKey, list[RecordKey]])
    own: dict[RecordKey, list[RecordKey]] = field(default_factory=dict[RecordKey, list[RecordKey]])
    all: dict[RecordKey, list[RecordKey]] = field(default_factory=dict[RecordKey, list[RecordKey]])


class _Staying:
    """The records of one part of a batch, and those of earlier parts they belong to."""

    def __init__(
        self, session: Session, there: Mapping[str, Collection[int]],
        begun: Mapping[RecordKey, int], batch: Batch,
    ) -> None:  # fmt: skip
        self.session = session
        self.there = {code: set(numbers) for code, numbers in there.items() if numbers}
        self.batch = batch
        self.ties = self._ties()
        self.begun = {key: begun[key] for key in self._keys()} | self._added_before()

    def found(self) -> dict[RecordKey, Stay]:
        """Return what stays."""
        found: dict[RecordKey, Stay] = {}
        for key, edits in edits_since(self.session, self.begun, self.batch.marks).items():
            found[key] = Stay(how="changed", edits=edits)
        for code, numbers in _by_code(self.begun).items():
            for number, other in referred_to(self.session, code, numbers, self._is_ours).items():
                edit = Edit(by_id=other.by_id, at=other.at)
                found.setdefault(
                    (code, number), Stay(how="hung", edits=(edit,), hangs=other.entity)
                )
        waiting = deque(found)
        # A person who only works at a client that stays does not hold the other employers.
        whole = set(found)
        came: dict[RecordKey, RecordKey] = {}
        while waiting:
            key = waiting.popleft()
            why = found[key]
            below = self.ties.all if key in whole else self.ties.own
            for other in (*below.get(key, ()), *self.ties.up.get(key, ())):
                is_holder = other == self.ties.holder.get(key) != came.get(key)
                if other in found and (other in whole or not is_holder):
                    continue
                if is_holder:
                    whole.add(other)
                if other not in found:
                    came[other] = key
                    found[other] = Stay(
                        how="along", edits=why.edits, hangs=why.hangs, root=why.root or key
                    )
                waiting.append(other)
        return {key: why for key, why in found.items() if key[1] in self.there.get(key[0], ())}

    def _keys(self) -> Iterator[RecordKey]:
        for code, numbers in self.there.items():
            yield from ((code, number) for number in numbers)

    def _is_ours(self, other: Entity) -> ColumnElement[bool]:
        """Return the condition that the batch added a row, in this part or before it.

        What later parts added is taken back already; what is left of it stays.
        """
        return exists().where(
            and_(
                Change.entity == other.code, Change.record_id == other.model.id,
                Change.action == "create", Change.batch.in_(self.batch.marks),
                Change.id <= self.batch.until,
            )
        )  # fmt: skip

    def _ties(self) -> _Ties:
        """Read to which records these refer: one statement for each kind."""
        ties = _Ties()
        registry = records.registry_of(self.session)
        for code, numbers in self.there.items():
            entity = registry.entity(code)
            links = {
                name: item
                for name, item in registry.fields(entity).items()
                if isinstance(item.kind, Reference) and item.kind.table in registry.entities
            }
            if not links:
                continue
            # What a record belongs to in the first place comes first.
            names = sorted(links, key=lambda name: name != entity.parent)
            holds = [getattr(links[name].kind, "on_delete", "") == "CASCADE" for name in names]
            tables: list[str] = [getattr(links[name].kind, "table", "") for name in names]
            model = entity.model
            rows = self.session.execute(
                select(model.id, *(links[name].column() for name in names))
                .where(_among(self.session, model.id, numbers))
                .execution_options(**{OPTION: True})
            )
            for number, *meant in rows:
                self._tie(ties, (code, number), zip(tables, meant, holds, strict=True))
        return ties

    def _tie(self, ties: _Ties, key: RecordKey, links: Any) -> None:
        for table, number, holds in links:
            if number is None:
                continue
            other = (table, number)
            ties.up.setdefault(key, []).append(other)
            if holds:
                ties.all.setdefault(other, []).append(key)
                if key not in ties.holder:
                    ties.holder[key] = other
                    ties.own.setdefault(other, []).append(key)

    def _added_before(self) -> dict[RecordKey, int]:
        """Return the records of earlier parts to which these belong, and when they were added."""
        wanted = _by_code(
            key for key in self.ties.all if key[1] not in self.there.get(key[0], ())
        )  # fmt: skip
        found: dict[RecordKey, int] = {}
        for code, numbers in wanted.items():
            rows = self.session.execute(
                select(Change.record_id, func.max(Change.id))
                .where(
                    Change.entity == code, _among(self.session, Change.record_id, numbers),
                    Change.action == "create", Change.batch.in_(self.batch.marks),
                )
                .group_by(Change.record_id)
                .execution_options(**{OPTION: True})
            )  # fmt: skip
            found |= {(code, number): at for number, at in rows}
        return found


def _by_code(keys: Any) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for code, number in keys:
        found.setdefault(code, set()).add(number)
    return found


def _among(session: Session, column: Any, numbers: Collection[int]) -> ColumnElement[bool]:
    return among(column, numbers, session.get_bind().dialect.name)


__all__ = ["OWNERSHIP", "Batch", "Edit", "RecordKey", "Stay", "edits_since", "stays"]
