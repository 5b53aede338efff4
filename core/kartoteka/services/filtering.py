"""Turn the filters a person sets on a list into conditions of the criteria language."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Session

from kartoteka.criteria import binding, sql
from kartoteka.criteria.binding import Broken, Leaf
from kartoteka.criteria.operators import OPERATORS
from kartoteka.criteria.tree import Condition, field_is
from kartoteka.errors import Invalid
from kartoteka.fields.kinds import MAX_INTEGER, Phone
from kartoteka.fields.text import digits, fold
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services.criteria import reader_of
from kartoteka.services.records import visible_fields

MAX_FILTERS = 20
#: Operators for the number of a record, which is no field.
ID_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "in": operator.contains, "gt": operator.gt, "ge": operator.ge,
    "lt": operator.lt, "le": operator.le,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """One condition of a person: field, operator (see `criteria.operators`), typed value."""

    field: str
    op: str
    value: Any = ""


def conditions_of(
    session: Session, entity: Entity, filters: Sequence[Filter]
) -> list[ColumnElement[bool]]:
    """Return filters as SQL conditions.

    A filter whose value is not typed yet asks nothing; `eq` and `ne` of nothing ask for records
    without and with a value.

    Raises:
        Invalid: an unknown field, an operator its kind does not have, an unreadable value.
    """
    if len(filters) > MAX_FILTERS:
        raise Invalid({"filters": gettext("Use at most %(most)s filters.", most=MAX_FILTERS)})
    reader = reader_of(session)
    fields = visible_fields(session, entity)
    found: list[ColumnElement[bool]] = []
    for item in filters:
        if item.field == "id":
            found.append(_by_id(entity, item))
            continue
        field = fields.get(item.field)
        if field is None or not field.filterable:
            raise Invalid({item.field: gettext("There is no such field to filter by.")})
        if item.op == "in" and not _listed(item.value):
            found.append(false())
            continue
        condition = condition_of(item)
        if condition.value in ("", ()) and item.op not in ("eq", "ne") and _takes(item.op):
            continue
        if (
            isinstance(field.kind, Phone)
            and _takes(item.op) == "text"
            and not digits(str(item.value))
        ):
            continue
        bound = binding.bind(condition, entity, reader)
        if isinstance(bound, Broken):
            raise Invalid({item.field: bound.reason})
        assert isinstance(bound, Leaf)
        found.append(sql.condition_of(bound, entity, reader))
    return found


def _by_id(entity: Entity, item: Filter) -> ColumnElement[bool]:
    """Return a filter by the number of the record: for programs that keep a copy."""
    column: Any = entity.model.id
    numbers = [str(one).strip() for one in _listed(item.value)]
    if item.op not in ID_OPERATORS or not all(n.isascii() and n.isdecimal() for n in numbers):
        raise Invalid({"id": gettext("Give whole numbers, by eq, in, gt, ge, lt or le.")})
    values = [min(int(number[:10]), MAX_INTEGER) for number in numbers]
    if item.op == "in":
        return column.in_(values)
    if len(values) != 1:
        raise Invalid({"id": gettext("Give one whole number.")})
    return ID_OPERATORS[item.op](column, values[0])


def condition_of(item: Filter) -> Condition:
    """Return a filter as the condition it stands for."""
    value = item.value
    if _takes(item.op) == "nothing":
        return field_is(item.field, item.op)
    if item.op == "in":
        return field_is(item.field, item.op, _listed(value))
    if item.op in ("eq", "ne") and (
        value is None or (isinstance(value, str) and not value.strip())
    ):
        return field_is(item.field, "empty" if item.op == "eq" else "filled")
    if isinstance(value, str) and not (fold(value) if _takes(item.op) == "text" else value.strip()):
        value = ""
    return field_is(item.field, item.op, value)


def _takes(op: str) -> str:
    operator = OPERATORS.get(op)
    return "" if operator is None else operator.takes


def _listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list | tuple) else [value]
    return [one for one in values[:1000] if one is not None and str(one).strip()]


__all__ = ["MAX_FILTERS", "Filter", "condition_of", "conditions_of"]
