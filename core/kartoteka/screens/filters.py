"""Filters of a list: what the address says, in words, and the input for a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.criteria.operators import OPERATORS, VALUELESS, operator_words
from kartoteka.criteria.tree import all_of
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Choice, Choices, Currency, Reading, Reference, YesNo
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import criteria, records
from kartoteka.services.filtering import Filter, condition_of

#: The form has one input, made for the field: what takes days or periods needs another.
_TYPED = ("nothing", "value", "text")


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterInput:
    """What the filter form asks of one field: operators, and how a value is typed."""

    field: str
    operators: list[tuple[str, str]]
    widget: str
    op: str
    value: str
    options: list[tuple[str, str]]
    lookup: str = ""
    label: str = ""


def parse(text: str) -> Filter | None:
    """Read `field:operator:value` of an address; None when it is not of this form."""
    name, _sep, rest = text.partition(":")
    op, _sep, value = rest.partition(":")
    return Filter(field=name, op=op, value=value) if name and op else None


def written(item: Filter) -> str:
    """Return a filter as addresses hold it."""
    return f"{item.field}:{item.op}:{item.value}"


def in_words(session: Session, entity: Entity, items: Sequence[Filter]) -> list[str]:
    """Return filters as sentences: `Region is Moscow`; one that does not fit as it was typed."""
    conditions = [condition_of(item) for item in items]
    broken = {problem.path for problem in criteria.problems(session, entity, all_of(*conditions))}
    said = criteria.sentences(session, entity, conditions)
    return [
        f"{item.field} {item.op} {item.value}" if f"tree.all[{place}]" in broken else said[place]
        for place, item in enumerate(items)
    ]


def filter_input(session: Session, field: Field[Any], op: str = "", value: str = "") -> FilterInput:
    """Return how a filter on this field is typed."""
    kind = field.kind
    options: list[tuple[str, str]] = []
    widget = {"textarea": "text", "money": "number", "checkbox": "select", "checkboxes": "select"}
    if isinstance(kind, Choice | Choices):
        options = [(code, str(title)) for code, title in kind.options.items()]
    elif isinstance(kind, Currency):
        options = _in_use(session, field, value)
    elif isinstance(kind, YesNo):
        options = [("1", gettext("Yes")), ("0", gettext("No"))]
    operators = [
        (code, operator_words(code, kind))
        for code in kind.operators
        if OPERATORS[code].takes in _TYPED or code == "has"
    ]
    return FilterInput(
        field=field.name,
        operators=operators,
        op=op if op in dict(operators) else operators[0][0],
        value=value,
        widget=widget.get(kind.widget, kind.widget),
        options=options,
        lookup=kind.table if isinstance(kind, Reference) else "",
        label=_value_in_words(session, field, value) if value else "",
    )


def _in_use(session: Session, field: Field[Any], value: str) -> list[tuple[str, str]]:
    """Return the currencies that records this person sees are in, and the one asked for already."""
    column = field.column()
    codes = set(session.scalars(select(column).where(column.is_not(None)).distinct()))
    return [(code, code) for code in sorted(codes | ({value} if value else set()))]


def _value_in_words(session: Session, field: Field[Any], value: str) -> str:
    kind = field.kind
    reading: Reading = session.info.get("reading") or Reading()
    if isinstance(kind, Reference):
        if not value.isdecimal() or len(value) > 9:
            return value
        found = records.labels(session, kind.table, {int(value)})
        return found.get(int(value), gettext("hidden"))
    if isinstance(kind, Choice | Choices):
        return str(kind.options.get(value, value))
    try:
        return kind.show(kind.parse(value, reading), reading) or value
    except ValueError:
        return value


__all__ = [
    "VALUELESS",
    "FilterInput",
    "filter_input",
    "in_words",
    "parse",
    "written",
]
