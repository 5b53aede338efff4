"""The table in a sheet is found: its heads, its rows, its end, whatever stands around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kartoteka.api import Unreadable
from kartoteka_excel_import.reading.table import open_table
from tests.plugins.excel_import.making import contents, text_file, workbook

LIST = [["Название", "Телефон", "Город"], ["Ромашка", "+7 495 123-45-67", "Москва"]]


def test_titles_and_remarks_above_are_notes(tmp_path: Path) -> None:
    above = [["База клиентов"], [], ["Менеджер:", "Иванова"], [None, "Дата:", "01.02.2026"], []]
    wide = [[*row, "розница", "да", "x@y.ru"] for row in LIST]
    wide[0][3:] = ["Сегмент", "Важный", "Почта"]
    found = contents(workbook(tmp_path / "list.xlsx", [*above, *wide]))
    assert (found.layout.header_row, found.heads[:2]) == (6, ["Название", "Телефон"])
    assert found.layout.notes == ("База клиентов", "Менеджер: Иванова", "Дата: 01.02.2026")
    assert (found.numbers, found.counts.rows) == ([7], 1)


def test_heads_with_gaps_are_found_above_full_rows(tmp_path: Path) -> None:
    rows = [[f"Фирма {n}", f"Город {n}", f"Улица {n}", f"Имя {n}", f"Дело {n}"] for n in range(9)]
    heads = ["Название", "Город", "", "Контакт", "Занятие"]
    found = contents(workbook(tmp_path / "list.xlsx", [heads, *rows]))
    assert found.heads == ["Название", "Город", "C", "Контакт", "Занятие"]
    assert [head.is_named for head in found.layout.heads] == [True, True, False, True, True]


def test_equal_heads_are_numbered_and_lines_joined(tmp_path: Path) -> None:
    heads = ["Телефон", "Телефон", "Телефон 2", "Почта\nрабочая", "телефон"]
    found = contents(workbook(tmp_path / "list.xlsx", [heads, ["1", "2", "3", "a@b.ru", "5"]]))
    assert found.heads[0] == "Телефон"
    assert found.heads[3] == "Почта рабочая"
    assert len({head.casefold() for head in found.heads}) == 5
    assert all("телефон" in found.heads[n].casefold() for n in (1, 2, 4))


def test_merged_heads_fill_their_columns(tmp_path: Path) -> None:
    rows = [["Название", "Телефоны", None, "Город"], ["Ромашка", "123-45-67", "765-43-21", "Уфа"]]

    def merge(book: Any) -> None:
        book.worksheets[0].merge_cells("B1:C1")

    found = contents(workbook(tmp_path / "list.xlsx", rows, change=merge))
    assert found.heads == ["Название", "Телефоны", "Телефоны 2", "Город"]
    assert found.cells == [("Ромашка", "123-45-67", "765-43-21", "Уфа")]


def test_heads_of_two_levels_are_told_apart(tmp_path: Path) -> None:
    rows = [
        ["Клиенты 2026"],
        ["Название", "Директор", None, "Бухгалтер", None, "Город"],
        [None, "Имя", "Телефон", "Имя", "Телефон", None],
        ["Ромашка", "Пётр", "123-45-67", "Анна", "765-43-21", "Уфа"],
        ["Лютик", "Иван", "223-45-67", "Ольга", "865-43-21", "Омск"],
    ]

    def merge(book: Any) -> None:
        for cells in ("A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3"):
            book.worksheets[0].merge_cells(cells)

    found = contents(workbook(tmp_path / "list.xlsx", rows, change=merge))
    assert found.heads == [
        "Название", "Директор: Имя", "Директор: Телефон", "Бухгалтер: Имя", "Бухгалтер: Телефон",
        "Город",
    ]  # fmt: skip
    assert (found.layout.header_row, found.numbers) == (3, [4, 5])
    assert found.layout.notes == ("Клиенты 2026",)


def test_a_list_without_heads_loses_no_row(tmp_path: Path) -> None:
    rows = [["Ромашка", "+7 495 123-45-67", "a@b.ru"], ["Лютик", "8 916 123 45 67", "c@d.ru"]]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert (found.layout.header_row, found.heads) == (0, ["A", "B", "C"])
    assert found.cells == [tuple(row) for row in rows]


def test_a_person_names_the_row_of_the_heads(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", [["x", "y"], ["Имя", "Город"], ["Анна", "Уфа"]])
    found = contents(path, header_row=2)
    assert (found.heads, found.numbers) == (["Имя", "Город"], [3])
    found = contents(path, header_row=0)
    assert (found.heads, found.numbers) == (["A", "B"], [1, 2, 3])
    with pytest.raises(Unreadable, match="Row 9 can not be the row of the heads"):
        contents(path, header_row=9)


def test_known_words_decide_between_rows(tmp_path: Path) -> None:
    rows = [["alfa", "beta"], ["gamma", "delta"], ["name", "town"], ["Anna", "Ufa"]]
    path = workbook(tmp_path / "list.xlsx", rows)
    assert contents(path).layout.header_row == 1
    assert contents(path, known_heads=["Name", "Town"]).layout.header_row == 3


def test_totals_are_set_apart_and_names_like_them_are_not(tmp_path: Path) -> None:
    rows = [
        ["Название", "Город", "Сумма"],
        ["Всего хорошего ООО", "Уфа", 5],
        ["Total", "Paris", 10],
        ["Итого по Уфе", None, 15],
        [None, "ИТОГО:", 15],
        ["Всего: 2 клиента", None, None],
        ["Суматра", "Омск", 3],
    ]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert [row.cells[0] for row in found.rows] == ["Всего хорошего ООО", "Total", "Суматра"]
    assert [total.number for total in found.totals] == [4, 5, 6]


def test_blank_rows_and_empty_columns_are_left_out(tmp_path: Path) -> None:
    rows = [*LIST, [None, " \xa0 ", None], [], ["Лютик", None, "Уфа", "\u200b", " "]]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert len(found.heads) == 3
    assert (found.numbers, found.counts.blank) == ([2, 5], 2)


def test_a_table_that_begins_far_from_the_corner_is_found(tmp_path: Path) -> None:
    rows = [[], *[[] for _ in range(1500)], *[[None, None, *row] for row in LIST]]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert (found.layout.header_row, found.heads[2:]) == (1502, LIST[0])
    assert (found.numbers, found.cells[0][2:]) == ([1503], tuple(LIST[1]))


def test_rows_of_many_chunks_keep_their_numbers(tmp_path: Path) -> None:
    text = "name,city\n" + "".join(f"Firm {n},Ufa\n" for n in range(50_000))
    with open_table(text_file(tmp_path / "list.csv", text)) as table:
        chunks = list(table.chunks())
    assert len(chunks) > 2
    numbers = [number for chunk in chunks for number in chunk.numbers]
    assert numbers == list(range(2, 50_002))
    assert chunks[-1].columns[0][-1] == "Firm 49999"


def test_the_counts_are_known_at_the_end_only(tmp_path: Path) -> None:
    with open_table(workbook(tmp_path / "list.xlsx", LIST)) as table:
        with pytest.raises(RuntimeError, match="not read to their end"):
            _ = table.counts
        list(table.chunks())
        assert table.counts.rows == 1
