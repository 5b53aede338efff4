"""Tell programs what became of a list: the same keys as its preview has."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kartoteka_excel_import.mapping.plan import plan_of
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running.jobs import counts_of
from kartoteka_excel_import.running.undone import NamedRecord, UndoneRow, undone_rows
from kartoteka_excel_import.running.work import problems_of


def run_as_json(session: Session, run: ImportRun, most_problems: int = 1000) -> dict[str, Any]:
    """Return the counts of a run with how the file was read and what was wrong.

    The first five counts make all rows: `duplicate` holds what is only a possible duplicate too.
    `left_out` rows were taken without a cell that did not pass; each is among those five.
    """
    plan = plan_of(run.plan)
    counts = counts_of(run)
    return {
        "import": run.id, "state": run.state, "batch": run.batch, "mode": plan.mode,
        "rows_total": counts["rows_total"], "create": counts["create"],
        "update": counts["update"], "unchanged": counts["unchanged"],
        "duplicate": counts["duplicate"] + counts["possible"], "rejected": counts["rejected"],
        "possible": counts["possible"], "left_out": run.left_out, "blank": run.blank,
        "totals": run.totals, "sheet": plan.wish.sheet,
        "header_row": plan.wish.header_row, "encoding": plan.wish.encoding,
        "columns": [
            {"header": column.head, "field": column.target, "confidence": column.confidence}
            for column in plan.columns
        ],
        "problems": [
            {
                "row": one.row, "column": one.column, "reason": one.reason,
                **({"is_left_out": True} if one.is_left_out else {}),
            }
            for one in problems_of(session, run, most_problems)
        ],
    }  # fmt: skip


def undo_as_json(session: Session, run: ImportRun) -> dict[str, Any]:
    """Return what became of each row that was imported, when the run was undone."""
    counts = {"reversed": 0, "kept": 0, "failed": 0}
    counts.update((run.undone or {}).get("counts", {}))
    return {
        "import": run.id, "state": run.state, **counts,
        "rows": [_undone_as_json(one) for one in undone_rows(session, run)],
    }  # fmt: skip


def _undone_as_json(one: UndoneRow) -> dict[str, Any]:
    found: dict[str, Any] = {
        "row": one.row, "outcome": one.how, "reason": one.why, "by": one.by,
    }  # fmt: skip
    if one.how != "reversed":
        found |= {
            "client": _record_as_json(one.client), "record": _record_as_json(one.record),
            "edits": [
                {
                    "fields": list(edit.fields), "titles": list(edit.fields.values()),
                    "by": edit.by, "at": edit.at.isoformat() if edit.at else None,
                }
                for edit in one.edits
            ],
        }  # fmt: skip
    return found


def _record_as_json(one: NamedRecord | None) -> dict[str, Any] | None:
    return None if one is None else {"entity": one.entity, "id": one.id, "name": one.name}


__all__ = ["run_as_json", "undo_as_json"]
