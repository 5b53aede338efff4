"""What came of an import: figures, the rows behind them, the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from babel.numbers import format_decimal
from flask import url_for
from sqlalchemy.orm import Session

from kartoteka.api import Reading, gettext, ngettext
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.screens.left_cells import left_cells
from kartoteka_excel_import.screens.result_rows import RowShown, rows_of
from kartoteka_excel_import.screens.tiles import VERDICTS, Tile, shown_first, tiles_of

ON_PAGE = 50
_ORDER = ("create", "update", "rejected", "possible", "duplicate", "unchanged")
#: Verdict: column of the run that counts its rows.
_COUNTS = {
    "create": "created", "update": "updated", "unchanged": "unchanged",
    "duplicate": "duplicate", "possible": "possible", "rejected": "rejected",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultPage:
    """The result, ready for the template."""

    is_busy: bool
    sentence: str
    alert: str
    tiles: Sequence[Tile]
    title: Any
    rows: Sequence[RowShown]
    has_records: bool
    has_reasons: bool
    rejected: int
    may_undo: bool
    may_go_on: bool
    next: str
    previous: str
    left_out: int
    left_cells: Sequence[Mapping[str, Any]]
    left_cells_total: int


def result_page(session: Session, run: ImportRun, asked: Mapping[str, str]) -> ResultPage:
    """Return what became of an import, or that it is at work.

    Args:
        asked: `show`: a verdict; `after`: number of the row behind which the page begins.
    """
    reading: Reading = session.info.get("reading") or Reading()
    counts = {code: int(getattr(run, name)) for code, name in _COUNTS.items()}
    here = shown_first(counts, asked.get("show", ""), _ORDER)
    text = asked.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 10 else 0
    is_busy = run.state in {"running", "undoing"}
    cells, cells_total = left_cells(session, run) if run.left_out and not is_busy else ((), 0)
    rows = [] if is_busy else rows_of(session, run, here, after, ON_PAGE + 1)

    def address(**more: Any) -> str:
        return url_for("ImportView.show", pk=run.id, _anchor="rows", **more)

    return ResultPage(
        is_busy=is_busy,
        sentence=_sentence(run, counts),
        alert="success" if run.state == "done" else "warning",
        tiles=tiles_of(
            counts, here, is_over=True, number=partial(format_decimal, locale=reading.babel),
            address=lambda code: address(show=code),
        ),
        title=VERDICTS[here][1],
        rows=rows[:ON_PAGE],
        has_records=any(row.links or row.more for row in rows),
        has_reasons=any(row.reasons for row in rows),
        rejected=counts["rejected"] + counts["possible"] + run.left_out,
        left_out=run.left_out, left_cells=cells, left_cells_total=cells_total,
        may_undo=run.state in {"done", "failed", "cancelled"} and bool(run.created or run.updated),
        may_go_on=run.state in {"failed", "cancelled"},
        next=address(show=here, after=rows[ON_PAGE - 1].row) if len(rows) > ON_PAGE else "",
        previous=address(show=here) if after else "",
    )  # fmt: skip


def _sentence(run: ImportRun, counts: Mapping[str, int]) -> str:
    if run.state == "running":
        return gettext("The rows are being imported.")
    if run.state == "undoing":
        return gettext("The import is being undone.")
    written = counts["create"] + counts["update"]
    if run.state == "done":
        return ngettext(
            "The list is imported: %(num)s row was written.",
            "The list is imported: %(num)s rows were written.", written,
        )  # fmt: skip
    if run.state == "cancelled":
        return ngettext(
            "The import was cancelled. %(num)s row was written before.",
            "The import was cancelled. %(num)s rows were written before.", written,
        )  # fmt: skip
    return ngettext(
        "The import broke off. %(num)s row was written before.",
        "The import broke off. %(num)s rows were written before.", written,
    )  # fmt: skip


__all__ = ["ResultPage", "result_page"]
