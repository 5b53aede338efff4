"""Say of which records a plugin wants to be asked, so that all others are written without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
_MARK = "kartoteka_concerns"


def concerns(*entities: str) -> Callable[[Function], Function]:
    """Mark an implementation of `before_save`: it is asked about records of these kinds alone.

    Records that concern no plugin are written together, tens of thousands at a time; one that says
    nothing is asked about every record, so all are written one by one.

    Args:
        entities: codes of entities.
    """
    if not entities or any(callable(code) for code in entities):
        raise TypeError('concerns() takes codes of entities: @concerns("deal", "purchase").')

    def mark(function: Function) -> Function:
        setattr(function, _MARK, frozenset(entities))
        return function

    return mark


def named_by(function: Any) -> frozenset[str] | None:
    """Return the entities an implementation names; None: it is asked about all."""
    return getattr(function, _MARK, None)


def is_concerned(function: Any, entity: str) -> bool:
    """Say whether an implementation is asked about records of an entity."""
    named = named_by(function)
    return named is None or entity in named


__all__ = ["concerns", "is_concerned", "named_by"]
