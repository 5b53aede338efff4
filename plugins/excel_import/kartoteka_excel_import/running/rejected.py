"""Give back the rows that were not imported, or not whole: as the file had them, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Sheet, gettext, write_sheet
from kartoteka_excel_import.mapping.plan import plan_of
from kartoteka_excel_import.mapping.reasons import MARK, is_reason
from kartoteka_excel_import.models import ImportProblem, ImportRun
from kartoteka_excel_import.reading.cells import cell_text
from kartoteka_excel_import.reading.shapes import Cell
from kartoteka_excel_import.running.kept_cells import cell_of

_DAY, _MOMENT, _ANY = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "General"
_BEGIN = datetime(1899, 12, 30)
_ROWS = 2000
_LONGEST = 32_000


def fate_head() -> str:
    """Return the head of the column that says whether a row was imported."""
    return " ".join((MARK, gettext("what became of the row")))


def reason_head() -> str:
    """Return the head of the column of reasons in the language of the person."""
    return " ".join((MARK, gettext("why it was not imported")))


def write_rejected(session: Session, run: ImportRun, path: Path) -> int:
    """Write the rejected and held rows of a run as a workbook; return how many they are.

    Rows that were imported without a cell stand among them, marked so in a column of their own.
    Sent again when they are mended, they are read as the first file was: the heads are the same.

    Raises:
        OSError: the file can not be written.
    """
    plan = plan_of(run.plan)
    heads = [column.head or column.letter for column in plan.columns]
    kept = [place for place, head in enumerate(heads) if not is_reason(head)]
    forms = _formats(session, run, kept)
    count = 0

    def chunks() -> Iterator[Sequence[Sequence[Any]]]:
        nonlocal count
        for rows in _rows(session, run):
            count += len(rows)
            columns: list[list[Any]] = [
                [_written(_at(cells, place), form) for cells, _reason, _is_in in rows]
                for place, form in zip(kept, forms, strict=True)
            ]
            if run.left_out:
                columns.append([_fate(is_in) for _cells, _reason, is_in in rows])
            columns.append([reason[:_LONGEST] for _cells, reason, _is_in in rows])
            yield columns

    fates = [fate_head()] if run.left_out else []

    sheet = Sheet(
        path=str(path), title=gettext("Not imported")[:31],
        heads=[*(heads[place] for place in kept), *fates, reason_head()],
        formats=[*forms, *("@" for _head in fates), "@"],
        widths=[*[18.0] * len(kept), *(36.0 for _head in fates), 80.0],
    )  # fmt: skip
    write_sheet(sheet, chunks())
    return count


def _rows(session: Session, run: ImportRun) -> Iterator[list[tuple[list[Cell], str, bool]]]:
    """Yield rows with all that was wrong with them, some thousand at a time."""
    after = -1
    while True:
        wanted = (
            select(ImportProblem.row)
            .where(
                ImportProblem.run_id == run.id, ImportProblem.row > after,
                ImportProblem.cells.is_not(None),
            )
            .order_by(ImportProblem.row)
            .limit(_ROWS)
        )  # fmt: skip
        numbers = list(session.scalars(wanted))
        if not numbers:
            return
        after = numbers[-1]
        found = session.execute(
            select(
                ImportProblem.row,
                ImportProblem.column,
                ImportProblem.reason,
                ImportProblem.cells,
                ImportProblem.is_left_out,
            )
            .where(ImportProblem.run_id == run.id, ImportProblem.row.in_(numbers))
            .order_by(ImportProblem.row, ImportProblem.id)
        )
        yield [_one(list(group)) for _row, group in groupby(found, key=attrgetter("row"))]


def _fate(is_in: bool) -> str:
    return gettext("Imported without the bad cell") if is_in else gettext("Not imported")


def _one(problems: Sequence[Any]) -> tuple[list[Cell], str, bool]:
    cells = next((one.cells for one in problems if one.cells is not None), [])
    words = dict.fromkeys(
        f"{one.column}: {one.reason}" if one.column else str(one.reason) for one in problems
    )
    is_in = any(one.is_left_out for one in problems)
    return [cell_of(cell) for cell in cells], " ".join(words), is_in


def _formats(session: Session, run: ImportRun, kept: Sequence[int]) -> list[str]:
    """Return how each column is shown: as days or moments where it holds nothing else."""
    kinds: list[set[type[Any]]] = [set() for _place in kept]
    for rows in _rows(session, run):
        for cells, _reason, _is_in in rows:
            for place, found in zip(kept, kinds, strict=True):
                if (cell := _at(cells, place)) is not None:
                    found.add(type(cell))
    known = {frozenset({date}): _DAY, frozenset({datetime}): _MOMENT, frozenset({str}): "@"}
    return [known.get(frozenset(found), _ANY) for found in kinds]


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def _written(cell: Cell, form: str) -> Any:
    if isinstance(cell, datetime) and form == _MOMENT:
        return (cell.replace(tzinfo=None) - _BEGIN) / timedelta(days=1)
    if isinstance(cell, date) and not isinstance(cell, datetime) and form == _DAY:
        return (datetime(cell.year, cell.month, cell.day) - _BEGIN).days
    if isinstance(cell, (date, datetime, time, timedelta)):
        return cell_text(cell)
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**15:
        return str(cell)  # a spreadsheet would round it
    return cell


__all__ = ["reason_head", "write_rejected"]
