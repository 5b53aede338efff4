"""Evaluate criteria in Python, from values at hand; the proof that the SQL means the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from kartoteka.criteria.binding import Bound, Branch, Broken, Leaf, Subject, whole
from kartoteka.criteria.reader import Reader
from kartoteka.criteria.tree import Operand, Tree
from kartoteka.errors import Invalid
from kartoteka.hooks.contributions import Entity


def evaluate(tree: Tree, values: Mapping[Operand, Any], entity: Entity, reader: Reader) -> bool:
    """Say whether a tree holds for a record with these values.

    Args:
        values: value of each operand; None or left out: there is none. Of facts told in days,
            the days.

    Raises:
        Invalid: a sentence for each broken part.
    """
    return holds(whole(tree, entity, reader), values, reader)


def holds(bound: Bound, values: Mapping[Operand, Any], reader: Reader) -> bool:
    """Say whether a bound tree holds."""
    if isinstance(bound, Leaf):
        subject = bound.subject
        found = values.get(subject.operand)
        return bool(bound.operator.holds(subject.side(reader), found, bound.value))
    if isinstance(bound, Broken):
        raise Invalid({bound.path: bound.reason})
    return together(bound, [holds(part, values, reader) for part in bound.parts])


def together(branch: Branch, parts: list[bool]) -> bool:
    """Say whether a group holds whose parts hold or not."""
    if branch.how == "all":
        return all(parts)
    return any(parts) if branch.how == "any" else not any(parts)


def value_found(subject: Subject, raw: Any, reader: Reader) -> Any:
    """Return what the database answered as the value of an operand."""
    if subject.fact is None:
        return raw
    if raw is None:
        return subject.fact.missing
    if subject.fact.since:
        day: date = reader.day_of(raw) if isinstance(raw, datetime) else raw
        return (reader.today - day).days
    return raw


__all__ = ["evaluate", "holds", "together", "value_found"]
