"""Turn the filters a person sets on a list into conditions of the criteria language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false
from sqlalchemy.orm import Session

from kartoteka.criteria import binding, sql
from kartoteka.criteria.binding import Broken, Leaf
from kartoteka.criteria.operators import OPERATORS
from kartoteka.criteria.tree import Condition, field_is
from kartoteka.errors import Invalid
from kartoteka.fields.kinds import Phone
from kartoteka.fields.text import digits, fold
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services.criteria import reader_of
from kartoteka.services.records import visible_fields

MAX_FILTERS = 20


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
