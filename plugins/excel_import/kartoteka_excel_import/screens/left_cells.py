"""The cells that were left out of rows which were imported without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka_excel_import.models import ImportProblem, ImportRun

MOST = 100


def left_cells(session: Session, run: ImportRun) -> tuple[Sequence[Mapping[str, Any]], int]:
    """Return row, column and reason of the first cells that were left out, and how many there are.

    Args:
        run: one the person sees.
    """
    wanted = (ImportProblem.run_id == run.id, ImportProblem.is_left_out)
    found = session.execute(
        select(ImportProblem.row, ImportProblem.column, ImportProblem.reason)
        .where(*wanted)
        .order_by(ImportProblem.row, ImportProblem.id)
        .limit(MOST)
    ).mappings()
    total = session.scalar(select(func.count(ImportProblem.id)).where(*wanted)) or 0
    return [dict(one) for one in found], total


__all__ = ["MOST", "left_cells"]
