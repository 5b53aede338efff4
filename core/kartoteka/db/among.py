"""Name thousands of rows by their numbers in one statement, whatever the limit of parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, func, literal, select

#: Fewer numbers are written out: databases plan for a short list what suits a short list.
FEW = 500


def among(column: Any, ids: Iterable[int], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these numbers; one parameter for them all."""
    wanted = sorted(set(ids))
    if len(wanted) <= FEW:
        return column.in_(wanted)
    if dialect == "postgresql":
        return column.in_(select(func.unnest(literal(wanted, ARRAY(Integer)))))
    listed = func.json_each(json.dumps(wanted)).table_valued("value")
    return column.in_(select(listed.c.value))


__all__ = ["FEW", "among"]
