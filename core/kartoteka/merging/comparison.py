"""Two records side by side: where they differ, and whose value stays unless somebody chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Money
from kartoteka.hooks.contributions import Entity
from kartoteka.merging.alike import says_nothing
from kartoteka.merging.ways import ways_to
from kartoteka.services import records


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One field in which two records differ."""

    name: str
    kept: Any
    merged: Any
    default: Literal["kept", "merged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Belonging:
    """How many records of one kind lead to each of two."""

    entity: Entity
    kept: int
    merged: int


def compare(
    session: Session, entity: Entity, kept: Any, merged: Any, *, everything: bool = False
) -> Sequence[Compared]:
    """Return the fields a person fills in which two records differ.

    A filled value wins over none, that of the record that stays over the other.

    Args:
        everything: also fields that do not exist for the actor; not to be shown.
    """
    registry = records.registry_of(session)
    fields = registry.fields(entity) if everything else records.visible_fields(session, entity)
    found: dict[str, Compared] = {}
    for name, item in fields.items():
        mine, theirs = getattr(kept, name), getattr(merged, name)
        if item.readonly or mine == theirs:
            continue
        wins = says_nothing(item, mine) and not says_nothing(item, theirs)
        found[name] = Compared(
            name=name, kept=mine, merged=theirs, default="merged" if wins else "kept"
        )
    for money, currency in _companions(fields).items():
        if currency in found:
            one = found[currency]
            side = found[money].default if money in found else "kept"
            found[currency] = Compared(
                name=currency, kept=one.kept, merged=one.merged, default=side
            )
    return list(found.values())


def companions_with(fields: Mapping[str, Field[Any]], choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return a choice in which each amount brings its currency along."""
    found = dict(choice)
    for money, currency in _companions(fields).items():
        found.pop(currency, None)
        if money in choice:
            found[currency] = choice[money]
    return found


def belongings(
    session: Session, entity: Entity, kept_id: int, merged_id: int
) -> Sequence[Belonging]:
    """Return what leads to two records, whoever may see it: a statement for each kind of record."""
    registry = records.registry_of(session)
    connection = connection_of(session)
    counts: dict[str, dict[int, int]] = {}
    for way in ways_to(entity.code):
        if registry.entity_of_table(way.table.name) is None or "id" not in way.table.c:
            continue
        column = way.table.c[way.column]
        for target, count in connection.execute(
            select(column, func.count()).where(column.in_((kept_id, merged_id))).group_by(column)
        ):
            mine = counts.setdefault(way.table.name, {})
            mine[target] = mine.get(target, 0) + count
    return [
        Belonging(entity=one, kept=counts[code].get(kept_id, 0),
                  merged=counts[code].get(merged_id, 0))
        for code, one in registry.entities.items()
        if code in counts
    ]  # fmt: skip


def _companions(fields: Mapping[str, Field[Any]]) -> dict[str, str]:
    return {
        name: item.kind.currency_column(name)
        for name, item in fields.items()
        if isinstance(item.kind, Money) and item.kind.has_own_currency
    }


__all__ = ["Belonging", "Compared", "belongings", "companions_with", "compare"]
