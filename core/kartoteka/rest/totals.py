"""Answer figures over a list: what is asked for, and the figures as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from kartoteka.fields.field import Field
from kartoteka.rest import queries
from kartoteka.services.figures import Figures, Group, Table

FIGURES = ("sum", "mean", "least", "most", "product", "deviation", "variance")
_OWN = ("fields", "by")


@dataclass(frozen=True, kw_only=True, slots=True)
class Over:
    """Which fields are reckoned, and by which they are grouped; empty: all, none."""

    fields: Sequence[str] = ()
    by: str = ""


def asked(
    arguments: MultiDict[str, str], fields: Mapping[str, Field[Any]]
) -> tuple[Over, queries.Asked]:
    """Return what is reckoned and of which records: `?fields=a,b&by=c` beside those of lists.

    Raises:
        BadRequest: a parameter that does not exist or can not be read, by name.
    """
    names = arguments.get("fields", "")
    over = Over(
        fields=tuple(dict.fromkeys(name for name in names.split(",") if name)),
        by=arguments.get("by", ""),
    )
    rest = MultiDict((n, v) for n, v in arguments.items(multi=True) if n not in _OWN)
    return over, queries.asked(rest, fields, plain=queries.NARROWING)


def answered(table: Table) -> dict[str, Any]:
    """Return figures as JSON values; numbers are texts, so that none loses digits."""
    return {
        "fields": [item.name for item in table.fields],
        "whole": _group(table, table.whole),
        "by": table.by.name if table.by is not None else None,
        "groups": [
            {"value": table.by.kind.plain(one.value), "label": one.label, **_group(table, one)}
            for one in table.groups
            if table.by is not None
        ],
    }


def _group(table: Table, group: Group) -> dict[str, Any]:
    return {
        "count": group.count,
        "figures": [
            {"field": item.name, "currency": currency, "count": found.count, **_figures(found)}
            for item in table.fields
            for currency, found in group.of(item.name)
        ],
    }


def _figures(found: Figures) -> dict[str, str | None]:
    return {name: _number(getattr(found, name)) for name in FIGURES}


def _number(value: Decimal | None) -> str | None:
    if value is None:
        return None
    plain = value.normalize()
    return f"{plain:f}" if abs(plain.adjusted()) < 30 else str(plain)


__all__ = ["FIGURES", "Over", "answered", "asked"]
