"""Bind a tree to an application and a reader: what it names is found, its values are read.

A part that can not be bound (a field that is gone or hidden, an operator that does not fit) is
broken, with its reason. Nothing guesses: a tree with a broken part is shown, never compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from kartoteka.criteria import document
from kartoteka.criteria.facts import Fact
from kartoteka.criteria.operators import OPERATORS, Operator, Side, operators_of
from kartoteka.criteria.periods import PERIODS
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.tree import Condition, Group, How, Operand, Tree, Value
from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Choice, Integer, Kind, Phone, Text_
from kartoteka.fields.text import digits, fold
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import Text, gettext
from kartoteka.models import catalog

DAYS = Integer(0, 36_500)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """An operand that exists for a reader. `given` are the parameters of a fact, read."""

    operand: Operand
    title: Text
    kind: Kind[Any]
    unit: Text
    field: Field[Any] | None = None
    fact: Fact | None = None
    given: Mapping[str, Any]

    @property
    def operators(self) -> Sequence[str]:
        """Codes of the operators that make sense here."""
        codes = operators_of(self.kind)
        if self.fact is None or self.fact.missing is None:
            return codes
        return [code for code in codes if code not in ("empty", "filled")]

    def side(self, reader: Reader, expression: Any = None, key: Any = None) -> Side:
        """Return the left side of conditions on this operand."""
        return Side(
            kind=self.kind, reader=reader, expression=expression, key=key,
            has_key=self.field is not None and self.field.sort_key,
            since=self.fact is not None and self.fact.since,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """A condition that can be asked. `value` is read by the kind of its operator."""

    path: str
    condition: Condition
    subject: Subject
    operator: Operator
    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A condition that can not be asked, and why."""

    path: str
    condition: Condition
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """A group of bound parts."""

    path: str
    how: How
    parts: Sequence[Bound]


Bound = Branch | Leaf | Broken


def bind(tree: Tree, entity: Entity, reader: Reader) -> Bound:
    """Return a tree with everything it names found, or said to be broken."""
    catalog.use(reader.registry)
    return _Binding(entity, reader).bind(tree, "tree", 1)


def whole(tree: Tree, entity: Entity, reader: Reader) -> Branch | Leaf:
    """Return a bound tree without broken parts.

    Raises:
        Invalid: a sentence for each broken part, under its path.
    """
    bound = bind(tree, entity, reader)
    broken = {part.path: part.reason for part in leaves(bound) if isinstance(part, Broken)}
    if broken:
        raise Invalid(broken)
    return cast("Branch | Leaf", bound)


def leaves(bound: Bound) -> Iterator[Leaf | Broken]:
    """Yield the conditions of a bound tree, from left to right."""
    if not isinstance(bound, Branch):
        yield bound
        return
    for part in bound.parts:
        yield from leaves(part)


def settled(tree: Tree, entity: Entity, reader: Reader) -> Tree:
    """Return a tree with every value in its plain form, as it is kept.

    Values as people type them ("31.12.2026", "1 000,50", a choice by its title) are read in the
    language of the reader; what comes out means the same to every other reader.

    Raises:
        Invalid: a sentence for each part that can not be bound.
    """
    return _settled(whole(tree, entity, reader))


def subjects(entity: Entity, reader: Reader) -> list[Subject]:
    """Return everything a reader may ask of an entity: its fields, then its facts.

    Parameters of facts stand at their defaults.
    """
    catalog.use(reader.registry)
    found = [_of_field(item) for item in _fields(entity, reader).values()]
    for fact in _facts(entity, reader).values():
        given = {one.code: one.default for one in fact.parameters}
        operand = Operand(source="fact", code=fact.code)
        found.append(_of_fact(fact, operand, given))
    return found


class _Binding:
    def __init__(self, entity: Entity, reader: Reader) -> None:
        self._reader = reader
        self._fields = _fields(entity, reader)
        self._facts = _facts(entity, reader)
        self._parts = 0

    def bind(self, tree: Tree, path: str, depth: int) -> Bound:
        # Trees made in Python are held to the bounds of those that were read.
        self._parts += 1
        if self._parts > document.MOST_PARTS or depth > document.DEEPEST:
            text = gettext("Criteria have at most %(most)s parts.", most=document.MOST_PARTS)
            raise Invalid({"tree": text})
        if isinstance(tree, Condition):
            try:
                return self._leaf(tree, path)
            except ValueError as error:
                return Broken(path=path, condition=tree, reason=str(error))
        parts = [
            self.bind(part, f"{path}.{tree.how}[{place}]", depth + 1)
            for place, part in enumerate(tree.parts)
        ]
        return Branch(path=path, how=tree.how, parts=parts)

    def _leaf(self, condition: Condition, path: str) -> Leaf:
        subject = self._subject(condition.operand)
        operator = OPERATORS.get(condition.op)
        if operator is None or condition.op not in subject.operators:
            raise ValueError(gettext("Operator %(op)r does not fit this field.", op=condition.op))
        value = _value(subject, operator, condition.value, self._reader)
        return Leaf(path=path, condition=condition, subject=subject, operator=operator, value=value)

    def _subject(self, operand: Operand) -> Subject:
        if operand.source == "field":
            item = self._fields.get(operand.code)
            if item is None:
                raise ValueError(gettext("There is no field %(name)r.", name=operand.code[:60]))
            return _of_field(item)
        fact = self._facts.get(operand.code)
        if fact is None:
            raise ValueError(gettext("There is no fact %(name)r.", name=operand.code[:60]))
        return _of_fact(fact, operand, _given(fact, dict(operand.given), self._reader))


def _fields(entity: Entity, reader: Reader) -> dict[str, Field[Any]]:
    visible = reader.registry.fields_for(entity, reader.actor.roles)
    return {name: item for name, item in visible.items() if item.filterable}


def _facts(entity: Entity, reader: Reader) -> dict[str, Fact]:
    mine = set(reader.actor.roles)
    return {
        code: fact
        for code, fact in reader.registry.facts.items()
        if fact.entity == entity.code and not (mine and mine <= set(fact.hidden_from))
    }


def _of_field(item: Field[Any]) -> Subject:
    operand = Operand(source="field", code=item.name)
    return Subject(
        operand=operand,
        title=item.title_alone,
        kind=item.kind,
        unit=item.unit,
        field=item,
        given={},
    )


def _of_fact(fact: Fact, operand: Operand, given: Mapping[str, Any]) -> Subject:
    return Subject(
        operand=operand, title=fact.title, kind=fact.kind, unit=fact.unit, fact=fact, given=given
    )


def _given(fact: Fact, given: dict[str, Value], reader: Reader) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for parameter in fact.parameters:
        raw = given.pop(parameter.code, None)
        value = parameter.kind.parse(parameter.default if raw is None else raw, reader.reading)
        if value is None:
            raise ValueError(gettext("Fill in: %(title)s.", title=str(parameter.title)))
        found[parameter.code] = value
    if given:
        raise ValueError(gettext("This fact has no parameter %(name)r.", name=min(given)[:60]))
    return found


def _value(subject: Subject, operator: Operator, raw: Value, reader: Reader) -> Any:
    if operator.takes == "nothing":
        if raw not in (None, "", True):
            raise ValueError(gettext("This condition takes no value."))
        return None
    kind = kind_of_value(subject.kind, operator)
    value: Any
    if operator.code == "in":
        items = raw if isinstance(raw, tuple) else (raw,)
        read = [kind.parse(one, reader.reading) for one in items]
        value = tuple(dict.fromkeys(one for one in read if one is not None))
    elif isinstance(raw, tuple) and operator.takes != "values":
        raise ValueError(gettext("This condition takes one value, not a list."))
    else:
        value = kind.parse(raw, reader.reading)
    if value is None or value == ():
        raise ValueError(gettext("Give a value."))
    if operator.takes == "text":
        _demand_letters(subject.kind, value)
    return value


def _demand_letters(kind: Kind[Any], text: str) -> None:
    if isinstance(kind, Phone) and not digits(text):
        raise ValueError(gettext("Give at least one digit of the number."))
    if not fold(text):
        raise ValueError(gettext("Give a value."))


def kind_of_value(kind: Kind[Any], operator: Operator) -> Kind[Any]:
    """Return the kind by which the value of a condition is read and shown."""
    special: Mapping[str, Callable[[], Kind[Any]]] = {
        "days": lambda: DAYS,
        "period": lambda: Choice(PERIODS),
        "text": lambda: Text_(document.LONGEST_TEXT),
    }
    return special[operator.takes]() if operator.takes in special else kind


def _settled(bound: Bound) -> Tree:
    if isinstance(bound, Branch):
        return Group(how=bound.how, parts=tuple(map(_settled, bound.parts)))
    condition = bound.condition
    if isinstance(bound, Broken):
        return condition
    subject, operator = bound.subject, bound.operator
    operand = condition.operand
    if subject.fact is not None:
        kinds = {one.code: one.kind for one in subject.fact.parameters}
        pairs = sorted((name, kinds[name].plain(one)) for name, one in subject.given.items())
        operand = replace(operand, given=tuple(pairs))
    value: Any = None
    if operator.takes != "nothing":
        kind = kind_of_value(subject.kind, operator)
        many = operator.code == "in"
        value = tuple(map(kind.plain, bound.value)) if many else kind.plain(bound.value)
    return Condition(
        operand=operand, op=condition.op, value=tuple(value) if isinstance(value, list) else value
    )


__all__ = [
    "Bound", "Branch", "Broken", "Leaf", "Subject", "bind", "kind_of_value", "leaves", "settled",
    "subjects", "whole",
]  # fmt: skip
