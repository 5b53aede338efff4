"""The expression tree of criteria: groups of conditions on fields and facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

How = Literal["all", "any", "none"]
Source = Literal["field", "fact"]
Scalar = str | int | bool | None
Value = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operand:
    """What is asked about: a field by its name, or a fact by its code with its parameters."""

    source: Source
    code: str
    given: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One claim: the operand, the code of an operator, the value in its plain form."""

    operand: Operand
    op: str
    value: Value = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Parts of which all, any or none must hold. An empty `all` or `none` always holds."""

    how: How
    parts: tuple[Tree, ...] = ()


Tree = Group | Condition


def all_of(*parts: Tree) -> Group:
    """Return the tree that holds when every part does."""
    return Group(how="all", parts=parts)


def any_of(*parts: Tree) -> Group:
    """Return the tree that holds when at least one part does."""
    return Group(how="any", parts=parts)


def none_of(*parts: Tree) -> Group:
    """Return the tree that holds when no part does."""
    return Group(how="none", parts=parts)


def field_is(name: str, op: str, value: Any = None) -> Condition:
    """Return a condition on a field: `field_is("size_class", "in", ["A", "B"])`."""
    operand = Operand(source="field", code=name)
    return Condition(operand=operand, op=op, value=_plain(value))


def fact_is(code: str, op: str, value: Any = None, **given: Any) -> Condition:
    """Return a condition on a fact: `fact_is("purchases", "ge", 3, days=365)`."""
    pairs = tuple(sorted((name, _plain(one)) for name, one in given.items()))
    operand = Operand(source="fact", code=code, given=pairs)
    return Condition(operand=operand, op=op, value=_plain(value))


def conditions_in(tree: Tree) -> Iterator[Condition]:
    """Yield the conditions of a tree, from left to right."""
    if isinstance(tree, Condition):
        yield tree
        return
    for part in tree.parts:
        yield from conditions_in(part)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_plain(one) for one in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | float) else value


__all__ = [
    "Condition", "Group", "How", "Operand", "Scalar", "Source", "Tree", "Value", "all_of",
    "any_of", "conditions_in", "fact_is", "field_is", "none_of",
]  # fmt: skip
