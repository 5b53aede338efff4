"""Turn criteria into SQL: a condition for each record, or a join for the whole base.

Two forms of the same meaning. `compiled` asks each fact by a correlated subquery: right for one
client, for a page of a list, for anything that stops early. `joined` groups each ledger once for
all records and joins the result: right for counting, recolouring, exporting the whole base.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    inspect as sa_inspect,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased, outerjoin

from kartoteka.criteria.binding import Bound, Broken, Leaf, Subject, leaves, whole
from kartoteka.criteria.facts import Ask, Tally
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.tree import Operand, Tree
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions import Entity

Expressions = Callable[[Subject], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined:
    """Several trees over the whole base, each ledger read once.

    Args:
        source: what to select from: the entity with one grouped subquery for each ledger.
        conditions: condition by the name of its tree; for `where` and `case`.
        values: the value of each operand in SQL, for storing what a rule found.
    """

    source: Any
    conditions: Mapping[str, ColumnElement[bool]]
    values: Mapping[Operand, ColumnElement[Any]]


def compiled(tree: Tree, entity: Entity, reader: Reader) -> ColumnElement[bool]:
    """Return the condition of a tree for `select(entity.model).where(…)`.

    A record fits when the condition is true. To ask for the opposite, put the tree into `none_of`;
    SQL's NOT would lose records of which nothing is known.

    Raises:
        Invalid: a sentence for each broken part.
    """
    return condition_of(whole(tree, entity, reader), entity, reader)


def condition_of(bound: Bound, entity: Entity, reader: Reader) -> ColumnElement[bool]:
    """Return the condition of a bound tree, its facts asked for each record."""
    return _condition(bound, reader, lambda subject: expression(subject, entity, reader))


def joined(trees: Mapping[str, Tree], entity: Entity, reader: Reader) -> Joined:
    """Return many trees over the whole base: one join for each ledger, whatever they ask.

    Raises:
        Invalid: a sentence for each broken part of any of them.
    """
    bound = {name: whole(tree, entity, reader) for name, tree in trees.items()}
    wanted = {
        leaf.subject.operand: leaf.subject
        for one in bound.values()
        for leaf in leaves(one)
        if isinstance(leaf, Leaf)
    }
    source, values = _joins(list(wanted.values()), entity, reader)
    conditions = {
        name: _condition(one, reader, lambda subject: values[subject.operand])
        for name, one in bound.items()
    }
    return Joined(source=source, conditions=conditions, values=values)


def ids_of(tree: Tree, entity: Entity, reader: Reader) -> Select[tuple[int]]:
    """Return the SELECT of the ids of all records that fit, for work on the whole base.

    Raises:
        Invalid: a sentence for each broken part.
    """
    found = joined({"": tree}, entity, reader)
    return select(entity.model.id).select_from(found.source).where(found.conditions[""])


def _condition(bound: Bound, reader: Reader, of: Expressions) -> ColumnElement[bool]:
    if isinstance(bound, Broken):
        raise Invalid({bound.path: bound.reason})
    if isinstance(bound, Leaf):
        subject = bound.subject
        item = subject.field
        key = item.order_column() if item is not None and item.sort_key else None
        return bound.operator.sql(subject.side(reader, of(subject), key), bound.value)
    parts = [_condition(part, reader, of) for part in bound.parts]
    if bound.how == "all":
        return and_(true(), *parts)
    if bound.how == "any":
        return or_(false(), *parts)
    # Unknown counts as false before it is turned round: a condition without a value does not
    # hold, so none of it holds.
    return not_(func.coalesce(or_(false(), *parts), false(), type_=Boolean()))


# A fact for each record


def expression(subject: Subject, entity: Entity, reader: Reader) -> Any:
    """Return the value of an operand in SQL, for a SELECT from its entity."""
    if subject.field is not None:
        return subject.field.column()
    assert subject.fact is not None
    model = entity.model
    statement = subject.fact.statement(_ask(subject, reader, model, for_one=True))
    if isinstance(statement, Tally):
        rows = select(statement.of).select_from(_class(statement))
        rows = rows.where(statement.of == model.id, *statement.where)
        if statement.value is None:
            return exists(rows.with_only_columns(literal(1)).correlate(model))
        value = rows.with_only_columns(statement.value).correlate(model).scalar_subquery()
    elif isinstance(statement, Select):
        _id, found = statement.selected_columns
        value = statement.with_only_columns(found).correlate(model).scalar_subquery()
    else:
        value = statement
    return _or_missing(value, subject.fact.missing)


def _ask(subject: Subject, reader: Reader, record: Any, *, for_one: bool) -> Ask:
    return Ask(
        registry=reader.registry, given=subject.given, today=reader.today, tz=reader.reading.tz,
        record=record, for_one=for_one, dialect=reader.dialect,
    )  # fmt: skip


def _class(tally: Tally) -> Any:
    return sa_inspect(tally.of).parent.entity


def _or_missing(value: Any, missing: Any) -> Any:
    if missing is None:
        return value
    return func.coalesce(value, literal(missing, value.type), type_=value.type)


# Facts for the whole base


def _joins(
    wanted: list[Subject], entity: Entity, reader: Reader
) -> tuple[Any, dict[Operand, ColumnElement[Any]]]:
    model = entity.model
    source: Any = model
    record = aliased(model, name="of_record")
    values: dict[Operand, ColumnElement[Any]] = {}
    ledgers: dict[Any, list[tuple[Subject, Tally]]] = {}
    for subject in wanted:
        if subject.fact is None:
            values[subject.operand] = expression(subject, entity, reader)
            continue
        statement = subject.fact.statement(_ask(subject, reader, record, for_one=False))
        if isinstance(statement, Tally):
            ledgers.setdefault(statement.of, []).append((subject, statement))
        elif isinstance(statement, Select):
            found = statement.subquery()
            of, value = found.c
            source = _outer(source, model, found, of)
            values[subject.operand] = _or_missing(value, subject.fact.missing)
        else:
            values[subject.operand] = _or_missing(statement, subject.fact.missing)
    for tallies in ledgers.values():
        found = _ledger([tally for _subject, tally in tallies], record, reader.dialect)
        of, *columns = found.c
        source = _outer(source, model, found, of)
        for (subject, tally), column in zip(tallies, columns, strict=True):
            assert subject.fact is not None
            is_there = tally.value is None
            missing = False if is_there else subject.fact.missing
            values[subject.operand] = _or_missing(column > 0 if is_there else column, missing)
    return source, values


def _outer(source: Any, model: Any, found: Any, of: Any) -> Any:
    return outerjoin(source, found, of == model.id)


def _ledger(tallies: list[Tally], record: Any, dialect: str) -> Any:
    """Return one grouping of a ledger with a column for each tally."""
    of = tallies[0].of
    statement = select(of).select_from(_class(tallies[0]))
    if any(tally.with_record for tally in tallies):
        statement = statement.join(record, record.id == of)
    # SQLite would take the index of any narrowing column and then sort the rows to group them;
    # walking the ledger by its record is many times faster, except where few rows count.
    narrowed = all(tally.where for tally in tallies) and (
        dialect != "sqlite" or all(tally.value is None for tally in tallies)
    )
    alone = narrowed and len(tallies) == 1
    columns = [_tallied(one, alone).label(f"value{place}") for place, one in enumerate(tallies)]
    if narrowed:
        statement = statement.where(or_(*(and_(*tally.where) for tally in tallies)))
    return statement.add_columns(*columns).group_by(of).subquery()


def _tallied(tally: Tally, alone: bool) -> Any:
    value: Any = func.count() if tally.value is None else tally.value
    return value if alone or not tally.where else value.filter(*tally.where)


__all__ = ["Joined", "compiled", "condition_of", "expression", "ids_of", "joined"]
