"""Rows that were not imported come back as a workbook that can be mended and sent again."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.testing import Firm
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.mapping.reasons import is_reason
from kartoteka_excel_import.models import ImportProblem, ImportRun
from kartoteka_excel_import.running.kept_cells import kept_row
from kartoteka_excel_import.running.rejected import write_rejected
from tests.plugins.excel_import.batches import new_run
from tests.plugins.excel_import.making import contents

HEADS = ("Фирма", "Телефон", "Дата", "Встреча", "Код", "=SUM(A1)")
ROW: tuple[Any, ...] = (
    "=cmd|'/c calc'!A0", "0888 12", date(2026, 2, 1), datetime(2026, 2, 1, 10, 30), 12.5, True,
)  # fmt: skip


def refused(session: Session, rows: dict[int, tuple[Any, ...]], **plan: Any) -> ImportRun:
    columns = tuple(
        PlannedColumn(letter=chr(65 + place), head=head)
        for place, head in enumerate(plan.get("heads", HEADS))
    )
    run = new_run(session, plan=Plan(columns=columns).as_json())
    for number, cells in rows.items():
        kept = kept_row([[cell] for cell in cells], 0)
        session.add(
            ImportProblem(run_id=run.id, row=number, column="Телефон", reason="No phone.",
                          is_rejection=True, cells=kept)
        )  # fmt: skip
        session.add(
            ImportProblem(run_id=run.id, row=number, column="", reason="No name.",
                          is_rejection=True)
        )  # fmt: skip
    session.add(
        ImportProblem(run_id=run.id, row=99, column="", reason="Written.", is_rejection=False)
    )
    session.flush()
    return run


def test_rows_come_back_as_they_were_with_all_reasons(lists: Firm, tmp_path: Path) -> None:
    path = tmp_path / "rejected.xlsx"
    with lists.session("manager1") as session:
        assert write_rejected(session, refused(session, {7: ROW, 9: ROW}), path) == 2
    found = contents(path)
    assert found.heads == [*HEADS, "Kartoteka: why it was not imported"]
    assert found.numbers == [2, 3]
    assert found.cells[0] == (*ROW, "Телефон: No phone. No name.")


def test_the_column_of_reasons_is_known_whatever_the_language() -> None:
    assert is_reason("Kartoteka: почему не импортировано")
    assert is_reason(" Kartoteka: why it was not imported ")
    assert not is_reason("Kartoteka")


def test_sent_again_the_old_reasons_are_left_out(lists: Firm, tmp_path: Path) -> None:
    path = tmp_path / "again.xlsx"
    heads = ("Фирма", "Kartoteka: why it was not imported")
    with lists.session("manager1") as session:
        run = refused(session, {2: ("A", "old reason")}, heads=heads)
        assert write_rejected(session, run, path) == 1
    found = contents(path)
    assert found.heads == list(heads)
    assert found.cells == [("A", "Телефон: No phone. No name.")]


def test_days_among_other_values_stay_readable(lists: Firm, tmp_path: Path) -> None:
    path = tmp_path / "mixed.xlsx"
    with lists.session("manager1") as session:
        run = refused(session, {2: (date(2026, 2, 1),), 3: ("soon",), 4: (10**17,)}, heads=("D",))
        write_rejected(session, run, path)
    assert [row[0] for row in contents(path).cells] == ["2026-02-01", "soon", str(10**17)]


def test_nothing_rejected_makes_an_empty_list(lists: Firm, tmp_path: Path) -> None:
    path = tmp_path / "none.xlsx"
    with lists.session("manager1") as session:
        assert write_rejected(session, refused(session, {}), path) == 0
    assert path.exists()
