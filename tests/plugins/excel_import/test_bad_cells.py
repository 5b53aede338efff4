"""A cell that does not pass rejects its row, or is left out and told: nothing is lost silently."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from kartoteka.api import Client, ContactPoint, Reading
from kartoteka.testing import Firm
from kartoteka_excel_import.checking.pieces import in_pieces
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.orders import ordered
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.mapping.targets import targets_for
from kartoteka_excel_import.models import ImportProblem
from kartoteka_excel_import.reading.table import open_table
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.rejected import write_rejected
from kartoteka_excel_import.running.report import run_as_json
from kartoteka_excel_import.running.start import begin
from kartoteka_excel_import.running.uploads import keep
from kartoteka_excel_import.running.work import import_rows
from tests.plugins.excel_import.checked import acting, checked, previewed

HEADS = ("Название", "ИНН", "Телефон", "Почта", "Примечание")
TARGETS = ("client.name", "client.tax_id", "client.phone", "client.email", "client.note")
ORDERS = list(zip(HEADS, TARGETS, strict=True))
ROWS = (
    ("Ромашка", "7743842112", "8 495 123-45-67", "a@firma.example", "всё верно"),
    ("Лютик", "7728812089", "не знаю", "", "плохой телефон"),
    ("Клевер", "123", "8 495 123-45-69; абв", "нет почты", "три плохих"),
    ("", "7717694852", "абв", "", "без имени"),
)


def test_by_default_a_bad_cell_rejects_its_row_and_it_is_told_which_could_come_in(
    importing: Firm,
) -> None:
    with acting(importing) as session:
        found = checked(session, HEADS, ROWS, TARGETS)
    (batch,) = found.batches
    assert found.verdicts == ["create", "rejected", "rejected", "rejected"]
    assert batch.left_out == frozenset()
    assert batch.spoilt == {1, 2}  # the last one has no name


def test_bad_cells_are_left_out_and_the_rest_is_taken(importing: Firm) -> None:
    with acting(importing) as session:
        found = checked(session, HEADS, ROWS, TARGETS, bad_cells="leave")
    (batch,) = found.batches
    assert found.verdicts == ["create", "create", "create", "rejected"]
    assert batch.left_out == {1, 2}
    client = found.part("client")
    assert client.columns["tax_id"] == ["7743842112", "7728812089", None, "7717694852"]
    assert client.columns["note"][2] == "три плохих"
    # What passes of a cell with several is taken; the cell is told all the same.
    assert client.points["phone"][2] == (("8 495 123-45-69", "+74951234569"),)
    told = [(one.row, one.column) for one in found.problems if one.is_left_out]
    assert told == [(3, "Телефон"), (4, "ИНН"), (4, "Телефон"), (4, "Почта"), (5, "Телефон")]
    assert not any(one.is_rejection and one.is_left_out for one in found.problems)


def test_a_bad_cell_of_a_necessary_field_rejects_the_row_all_the_same(importing: Firm) -> None:
    rows = [("Ромашка", "1", "вчера", "12"), ("Лютик", "2", "1.5.2026", "много"),
            ("Клевер", "3", "1.5.2026", "5")]  # fmt: skip
    targets = ("client.name", "purchase.number", "purchase.bought_on", "purchase.amount")
    with acting(importing) as session:
        found = checked(session, ("Кто", "Счёт", "Дата", "Сумма"), rows, targets,
                        bad_cells="leave")  # fmt: skip
    assert found.verdicts == ["rejected", "rejected", "create"]


@pytest.mark.parametrize(
    ("cell", "points", "labels"),
    [
        ("495-777-88-99 (секретарь)", {"+74957778899": "495-777-88-99"},
         {"+74957778899": "секретарь"}),
        ("Мария Петровна: 8 (495) 777-88-99", {"+74957778899": "8 (495) 777-88-99"},
         {"+74957778899": "Мария Петровна"}),
        ("8 495 777-88-99 доб. 12 (секретарь)",
         {"+74957778899;ext=12": "8 495 777-88-99 доб. 12"},
         {"+74957778899;ext=12": "секретарь"}),
        ("495-777-88-99 (секретарь, Анна), 8 916 123-45-67 - склад",
         {"+74957778899": "495-777-88-99", "+79161234567": "8 916 123-45-67"},
         {"+74957778899": "секретарь, Анна", "+79161234567": "склад"}),
    ],
)  # fmt: skip
def test_words_beside_a_phone_become_its_label(
    cell: str, points: dict[str, str], labels: dict[str, str]
) -> None:
    found = in_pieces("phone", cell, Reading(region="RU"))
    assert found.is_whole
    assert {key: value for value, key in found.points} == points
    assert found.labels == labels


@pytest.mark.parametrize("cell", ["абв", "5 человек 89161234567", "112", "звонить", "дом 5 кв 3"])
def test_what_is_no_phone_stays_none(cell: str) -> None:
    assert not in_pieces("phone", cell, Reading(region="RU")).is_whole


def _imported(firm: Firm, tmp_path: Path, rows: Any, **how: Any) -> tuple[dict[str, Any], Path]:
    path = tmp_path / "list.csv"
    lines = [";".join(f'"{cell}"' for cell in row) for row in (HEADS, *rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with acting(firm) as session:
        shown = previewed(session, path, ORDERS, **how).as_json()
        with path.open("rb") as source:
            run = keep(session, tmp_path, path.name, source)
        run.plan = _plan_of(session, path, how).as_json()
        begin(session, run)
        run.state = "running"
        session.commit()
        run = import_rows(Foreground(session), run.id, path)
        session.commit()
        told = run_as_json(session, run)
        book = tmp_path / "rejected.xlsx"
        write_rejected(session, run, book)
    for key in ("rows_total", "create", "update", "unchanged", "duplicate", "rejected", "left_out"):
        assert told[key] == shown[key], key
    return told, book


def _plan_of(session: Any, path: Path, how: Any) -> Plan:
    with open_table(path) as table:
        plan = guess(session, table.layout, list(table.chunks()))
        return replace(ordered(plan, ORDERS, targets_for(session)), **how)


def test_left_out_cells_are_counted_kept_and_given_back(importing: Firm, tmp_path: Path) -> None:
    told, book = _imported(importing, tmp_path, ROWS, bad_cells="leave")
    five = [told[key] for key in ("create", "update", "unchanged", "duplicate", "rejected")]
    assert sum(five) == told["rows_total"] == 4
    assert (told["create"], told["rejected"], told["left_out"]) == (3, 1, 2)
    assert sum("is_left_out" in one for one in told["problems"]) == 4
    sheet: Any = openpyxl.load_workbook(book).active
    heads, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    fate, reason = heads[-2:]
    assert fate.startswith("Kartoteka:")
    assert reason.startswith("Kartoteka:")
    assert [(row[0], row[-2]) for row in rows] == [
        ("Лютик", "Imported without the bad cell"), ("Клевер", "Imported without the bad cell"),
        (None, "Not imported"),
    ]  # fmt: skip
    assert "Телефон" in rows[0][-1]
    assert "не знаю" in rows[0]
    # Mended and sent again it completes the clients that came in without the cells.
    mended = tmp_path / "mended.xlsx"
    again: Any = openpyxl.load_workbook(book)
    again.active.cell(2, 3).value = "8 495 123-45-68"
    again.save(mended)
    with acting(importing) as session:
        found = previewed(session, mended, ORDERS, bad_cells="leave")
        assert found.as_json()["update"] == 1
        assert [(one.title, one.old, one.new) for one in found.changes] == [
            ("Phone", "", "8 495 123-45-68")
        ]


def test_the_word_beside_a_phone_is_kept_as_its_label(importing: Firm, tmp_path: Path) -> None:
    rows = [("Ромашка", "7743842112", "495-777-88-99 (секретарь)", "", ""),
            ("Ромашка", "7743842112", "8 916 123-45-67 - склад", "", "")]  # fmt: skip
    told, _book = _imported(importing, tmp_path, rows)
    assert (told["create"], told["update"], told["rejected"]) == (1, 1, 0)
    with importing.session() as session:
        kept = session.execute(
            select(ContactPoint.normalised, ContactPoint.label).order_by(ContactPoint.id)
        )
        assert sorted(map(tuple, kept)) == [
            ("+74957778899", "секретарь"), ("+79161234567", "склад"),
        ]  # fmt: skip
        assert session.scalars(select(ImportProblem.id)).all() == []
        assert len(session.scalars(select(Client.id)).all()) == 1
