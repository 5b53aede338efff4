"""Filters of a list: what the address says, in words, and the input for a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Choice, Choices, Day, Kind, Moment_, Reading, Reference, YesNo
from kartoteka.i18n import gettext
from kartoteka.services import records
from kartoteka.services.filtering import Filter

VALUELESS = ("empty", "filled")


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


def operator_words(op: str, kind: Kind[Any]) -> str:
    """Return an operator in words that fit the kind of field."""
    if isinstance(kind, Day | Moment_):
        dates = {
            "gt": gettext("after"), "ge": gettext("on or after"),
            "lt": gettext("before"), "le": gettext("on or before"),
        }  # fmt: skip
        if op in dates:
            return dates[op]
    return {
        "contains": gettext("contains"), "starts": gettext("begins with"), "eq": gettext("is"),
        "ne": gettext("is not"), "gt": gettext("more than"), "ge": gettext("at least"),
        "lt": gettext("less than"), "le": gettext("at most"), "has": gettext("has"),
        "empty": gettext("is empty"), "filled": gettext("is filled"), "in": gettext("is one of"),
    }.get(op, op)  # fmt: skip


def parse(text: str) -> Filter | None:
    """Read `field:operator:value` of an address; None when it is not of this form."""
    name, _sep, rest = text.partition(":")
    op, _sep, value = rest.partition(":")
    return Filter(field=name, op=op, value=value) if name and op else None


def written(item: Filter) -> str:
    """Return a filter as addresses hold it."""
    return f"{item.field}:{item.op}:{item.value}"


def in_words(session: Session, item: Filter, fields: Mapping[str, Field[Any]]) -> str:
    """Return a filter as a sentence: `Region is Moscow`."""
    field = fields.get(item.field)
    if field is None:
        return f"{item.field} {item.op} {item.value}"
    start = f"{field.title} {operator_words(item.op, field.kind)}"
    if item.op in VALUELESS:
        return start
    return f"{start} {_value_in_words(session, field, str(item.value))}"


def filter_input(session: Session, field: Field[Any], op: str = "", value: str = "") -> FilterInput:
    """Return how a filter on this field is typed."""
    kind = field.kind
    options: list[tuple[str, str]] = []
    widget = {"textarea": "text", "money": "number", "checkbox": "select", "checkboxes": "select"}
    if isinstance(kind, Choice | Choices):
        options = [(code, str(title)) for code, title in kind.options.items()]
    elif isinstance(kind, YesNo):
        options = [("1", gettext("Yes")), ("0", gettext("No"))]
    operators = [(code, operator_words(code, kind)) for code in kind.operators]
    return FilterInput(
        field=field.name,
        operators=operators,
        op=op if op in kind.operators else operators[0][0],
        value=value,
        widget=widget.get(kind.widget, kind.widget),
        options=options,
        lookup=kind.table if isinstance(kind, Reference) else "",
        label=_value_in_words(session, field, value) if value else "",
    )


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
    "operator_words",
    "parse",
    "written",
]
