"""Name thousands of rows by their numbers in one statement, whatever the limit of parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.types import UserDefinedType

#: Fewer numbers are written out: databases plan for a short list what suits a short list.
FEW = 500


def among(column: Any, ids: Iterable[int], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these numbers; one parameter for them all."""
    wanted = sorted(set(ids))
    if len(wanted) <= FEW:
        return column.in_(wanted)
    if dialect == "postgresql":
        return column.in_(select(func.unnest(literal(wanted, _Numbers()))))
    listed = func.json_each(json.dumps(wanted)).table_valued("value")
    return column.in_(select(listed.c.value))


def numbers_of(ids: Iterable[int]) -> str:
    """Return numbers as PostgreSQL writes an array; the driver would look at each of them."""
    return f"{{{','.join(map(str, ids))}}}"


class _Numbers(UserDefinedType[list[int]]):
    """An array of numbers as a parameter."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_given: Any) -> str:
        return "INTEGER[]"

    def bind_processor(self, dialect: Any) -> Any:
        return numbers_of


__all__ = ["FEW", "among", "numbers_of"]
