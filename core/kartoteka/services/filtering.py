"""Turn the filters a person sets into SQL conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, true
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Choices, Phone, Reading, Reference
from kartoteka.fields.text import digits, fold
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.models import catalog
from kartoteka.services.records import registry_of, visible_fields

MAX_FILTERS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """One condition of a person: field, operator (see `OPERATORS`), typed value."""

    field: str
    op: str
    value: Any = ""


Compile = Callable[[Any, Any], ColumnElement[bool]]
OPERATORS: Mapping[str, Compile] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column.is_distinct_from(value),
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
    "in": lambda column, value: column.in_(value),
}


def conditions_of(
    session: Session, entity: Entity, filters: Sequence[Filter]
) -> list[ColumnElement[bool]]:
    """Return filters as SQL conditions.

    Raises:
        Invalid: an unknown field, an operator its kind does not have, an unreadable value.
    """
    if len(filters) > MAX_FILTERS:
        raise Invalid({"filters": gettext("Use at most %(most)s filters.", most=MAX_FILTERS)})
    catalog.use(registry_of(session))
    fields = visible_fields(session, entity)
    reading: Reading = session.info.get("reading") or Reading()
    found: list[ColumnElement[bool]] = []
    for item in filters:
        field = fields.get(item.field)
        if field is None or not field.filterable:
            raise Invalid({item.field: gettext("There is no such field to filter by.")})
        if item.op not in field.kind.operators and item.op not in ("empty", "filled", "in"):
            raise Invalid(
                {item.field: gettext("Operator %(op)r does not fit this field.", op=item.op)}
            )
        try:
            found.append(_condition(session, field, item, reading))
        except ValueError as error:
            raise Invalid({item.field: str(error)}) from error
    return found


def _condition(
    session: Session, field: Field[Any], item: Filter, reading: Reading
) -> ColumnElement[bool]:
    column = field.column()
    if item.op == "empty":
        return column.is_(None)
    if item.op == "filled":
        return column.is_not(None)
    if item.op in ("contains", "starts"):
        return _text_condition(session, field, str(item.value), item.op)
    if item.op == "has":
        code = field.kind.parse(item.value, reading)
        return and_(*(column.contains(f"|{one}|", autoescape=True) for one in code or ()))
    if item.op == "in":
        values = item.value if isinstance(item.value, list | tuple) else [item.value]
        read = [field.kind.parse(one, reading) for one in values[:1000]]
        return OPERATORS["in"](column, read)
    value = field.kind.parse(item.value, reading)
    if value is None and item.op not in ("eq", "ne"):
        return true()
    if value is None:
        return column.is_(None) if item.op == "eq" else column.is_not(None)
    if isinstance(field.kind, Choices | Reference):
        return OPERATORS[item.op](column, value)
    if field.sort_key and item.op == "eq":
        return field.order_column() == fold(str(value))
    return OPERATORS[item.op](column, value)


def _text_condition(
    session: Session, field: Field[Any], typed: str, op: str
) -> ColumnElement[bool]:
    if isinstance(field.kind, Phone):
        wanted = digits(typed)
        return field.column().contains(wanted, autoescape=True) if wanted else true()
    wanted = fold(typed)
    if not wanted:
        return true()
    if field.sort_key:
        key = field.order_column()
        if op == "starts":
            return and_(key >= wanted, key < wanted + "\U0010ffff")
        return key.contains(wanted, autoescape=True)
    return without_case(session, field.column(), wanted, op == "starts")


def without_case(
    session: Session, column: Any, wanted: str, at_start: bool = False
) -> ColumnElement[bool]:
    """Return the condition that a column holds a folded text in any letter case, ё as е."""
    if session.get_bind().dialect.name == "sqlite":
        # Its lower() and LIKE know ASCII only, a function of ours would be called for each row.
        pattern = "".join(map(_any_case, wanted))
        return column.op("GLOB")(f"{pattern}*" if at_start else f"*{pattern}*")
    folded = func.replace(func.lower(column), "ё", "е")
    match = folded.startswith if at_start else folded.contains
    return match(wanted, autoescape=True)


def _any_case(letter: str) -> str:
    """Return the GLOB pattern of one folded character."""
    if letter in "*?[":
        return f"[{letter}]"
    found = {letter, letter.upper(), letter.lower()}
    if letter == "е":
        found |= {"ё", "Ё"}
    single = "".join(sorted(one for one in found if len(one) == 1))
    return letter if len(single) < 2 else f"[{single}]"
