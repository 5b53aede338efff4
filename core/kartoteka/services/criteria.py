"""Use the criteria language in a session: conditions, sentences, reasons for one record.

A saved tree is kept as `criteria.document.write(tree)`. Whoever shows it asks `problems` first; a
tree with problems is shown as broken with them, and is never compiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of, is_open
from kartoteka.criteria import binding, document, evaluation, sql, words as wording
from kartoteka.criteria.binding import Bound, Branch, Broken, Leaf, Subject
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.sql import Joined
from kartoteka.criteria.tree import How, Operand, Tree
from kartoteka.errors import NotAllowed
from kartoteka.fields.kinds import Reading, Reference
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services.records import labels_of_tables, registry_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A part of a tree that can not be asked: where it stands, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One part of a tree, looked at for one record.

    Args:
        how: of a group all, any or none; of a condition "condition"; of a broken part "broken".
        words: the part in words.
        holds: whether it holds; a broken part does not.
        found: the value found, as the reader reads it; empty: there is none.
        value: the value found, in its plain form.
    """

    path: str
    how: How | Literal["condition", "broken"]
    words: str
    holds: bool
    found: str = ""
    value: Any = None
    parts: Sequence[Part] = ()


def reader_of(session: Session, today: date | None = None) -> Reader:
    """Return who reads criteria in a session: its actor, in their language and time zone.

    Args:
        today: the day for which relative dates hold; None: this day, where the reader is.
    """
    reading: Reading = session.info.get("reading") or Reading()
    return Reader(
        registry=registry_of(session),
        actor=actor_of(session),
        today=today or now().astimezone(reading.tz).date(),
        reading=reading,
        dialect=session.get_bind().dialect.name,
    )


def read(session: Session, entity: Entity, given: Any, today: date | None = None) -> Tree:
    """Read criteria that a person or program sends, and return them as they are to be kept.

    Args:
        given: JSON text, or what was read from one.

    Raises:
        Invalid: a sentence for each part that is wrong, under its path.
    """
    return binding.settled(document.read(given), entity, reader_of(session, today))


def problems(session: Session, entity: Entity, tree: Tree) -> list[Problem]:
    """Return the parts of a tree that can not be asked, with reasons; none: the tree is whole."""
    bound = binding.bind(tree, entity, reader_of(session))
    return [
        Problem(path=part.path, reason=part.reason)
        for part in binding.leaves(bound)
        if isinstance(part, Broken)
    ]


def operands(session: Session, entity: Entity) -> list[Subject]:
    """Return everything the actor may ask of an entity: fields, then facts, with operators."""
    return binding.subjects(entity, reader_of(session))


def condition(
    session: Session, entity: Entity, tree: Tree, today: date | None = None
) -> ColumnElement[bool]:
    """Return a tree as a condition for `select(entity.model).where(…)`, `Query.where`.

    Right for a page of a list and for single records. For the whole base see `matching`.

    Raises:
        Invalid: a sentence for each broken part.
    """
    return sql.compiled(tree, entity, reader_of(session, today))


def matching(
    session: Session, entity: Entity, tree: Tree, today: date | None = None
) -> Select[tuple[int]]:
    """Return the SELECT of the ids of all records that fit: for counts, exports, mass actions.

    Raises:
        Invalid: a sentence for each broken part.
    """
    reader = reader_of(session, today)
    # SQLite walks its indexes record by record faster than it groups; rights of a person keep
    # every database from the index of a whole ledger.
    if reader.dialect == "sqlite" or not is_open(session):
        return select(entity.model.id).where(sql.compiled(tree, entity, reader))
    return sql.ids_of(tree, entity, reader)


def joined(
    session: Session, entity: Entity, trees: Mapping[str, Tree], today: date | None = None
) -> Joined:
    """Return many trees over the whole base, each ledger read once: for colours and norms.

    Raises:
        Invalid: a sentence for each broken part of any of them.
    """
    return sql.joined(trees, entity, reader_of(session, today))


def words(session: Session, entity: Entity, tree: Tree) -> str:
    """Return a tree as one sentence in the reader's language. At most one statement."""
    return sentences(session, entity, [tree])[0]


def sentences(session: Session, entity: Entity, trees: Sequence[Tree]) -> list[str]:
    """Return trees as sentences: one statement for the names of all records they speak of."""
    reader = reader_of(session)
    bound = [binding.bind(tree, entity, reader) for tree in trees]
    names = _names(session, bound, {})
    return [wording.sentence(one, reader, names) for one in bound]


def holds(
    session: Session, entity: Entity, tree: Tree, record_id: int, today: date | None = None
) -> bool:
    """Say whether a tree holds for one record. One statement.

    Raises:
        Invalid: a sentence for each broken part.
        NotAllowed: there is no such record for this person.
    """
    reader = reader_of(session, today)
    bound = binding.whole(tree, entity, reader)
    return evaluation.holds(bound, _values(session, entity, [bound], record_id, reader), reader)


def explain(
    session: Session, entity: Entity, tree: Tree, record_id: int, today: date | None = None
) -> Part:
    """Return which parts of a tree hold for one record, with the values found.

    One statement finds all values, at most one more the names of records. A broken part is shown
    as such and does not hold; the groups above it are then not to be relied on.

    Raises:
        NotAllowed: there is no such record for this person.
    """
    return explain_all(session, entity, [tree], record_id, today)[0]


def explain_all(
    session: Session, entity: Entity, trees: Sequence[Tree], record_id: int,
    today: date | None = None,
) -> list[Part]:  # fmt: skip
    """Return what `explain` does for several trees, in the same one or two statements."""
    reader = reader_of(session, today)
    bound = [binding.bind(tree, entity, reader) for tree in trees]
    values = _values(session, entity, bound, record_id, reader)
    names = _names(session, bound, values)
    return [_part(one, values, reader, names) for one in bound]


def reasons(
    session: Session, entity: Entity, trees: Sequence[Tree], record_id: int
) -> list[Part | None]:
    """Return why each tree holds for one record, None where it does not; trees without faults.

    Raises:
        NotAllowed: there is no such record for this person.
    """
    reader = reader_of(session)
    bound = [binding.whole(tree, entity, reader) for tree in trees]
    values = _values(session, entity, bound, record_id, reader)
    held = [evaluation.holds(one, values, reader) for one in bound]
    names = _names(session, [one for one, true in zip(bound, held, strict=True) if true], values)
    return [
        _part(one, values, reader, names) if true else None
        for one, true in zip(bound, held, strict=True)
    ]


def _values(
    session: Session, entity: Entity, bound: Sequence[Bound], record_id: int, reader: Reader
) -> dict[Operand, Any]:
    """Return the values of all operands for one record, in one statement."""
    wanted: dict[Operand, Subject] = {}
    for one in bound:
        for leaf in binding.leaves(one):
            if isinstance(leaf, Leaf):
                wanted[leaf.subject.operand] = leaf.subject
    model = entity.model
    columns = [
        sql.expression(subject, entity, reader).label(f"operand{place}")
        for place, subject in enumerate(wanted.values())
    ]
    row = None
    if 0 < record_id < 2**31:
        statement = select(model.id, *columns).select_from(model).where(model.id == record_id)
        row = session.execute(statement).first()
    if row is None:
        raise NotAllowed(gettext("There is no such record, or you have no right to it."))
    return {
        operand: evaluation.value_found(subject, raw, reader)
        for (operand, subject), raw in zip(wanted.items(), row[1:], strict=True)
    }


def _part(
    bound: Bound, values: Mapping[Operand, Any], reader: Reader, names: wording.Names
) -> Part:
    said = wording.sentence(bound, reader, names)
    if isinstance(bound, Broken):
        return Part(path=bound.path, how="broken", words=said, holds=False)
    if isinstance(bound, Branch):
        parts = [_part(part, values, reader, names) for part in bound.parts]
        together = evaluation.together(bound, [part.holds for part in parts])
        return Part(path=bound.path, how=bound.how, words=said, holds=together, parts=parts)
    subject = bound.subject
    found = values[subject.operand]
    there = found not in (None, "", ())
    unit = str(subject.unit)
    return Part(
        path=bound.path,
        how="condition",
        words=said,
        holds=evaluation.holds(bound, values, reader),
        found=wording.shown(subject.kind, found, unit, reader, names) if there else "",
        value=_plain(subject, found),
    )


def _plain(subject: Subject, found: Any) -> Any:
    kept = subject.kind.plain(found)
    return kept.isoformat() if isinstance(kept, date | datetime) else kept


def _names(
    session: Session, bound: Sequence[Bound], values: Mapping[Operand, Any]
) -> wording.Names:
    wanted: dict[str, set[int]] = {}
    for one in bound:
        for table, ids in wording.references_in(one).items():
            wanted.setdefault(table, set()).update(ids)
        for leaf in binding.leaves(one):
            if isinstance(leaf, Leaf) and isinstance(leaf.subject.kind, Reference):
                found = values.get(leaf.subject.operand)
                if found is not None:
                    wanted.setdefault(leaf.subject.kind.table, set()).add(found)
    return labels_of_tables(session, wanted) if any(wanted.values()) else {}


__all__ = [
    "Joined", "Part", "Problem", "condition", "explain", "explain_all", "holds", "joined",
    "matching", "operands", "problems", "read", "reader_of", "reasons", "sentences", "words",
]  # fmt: skip
