"""Sheets and cells of workbooks: the right sheet, the right types, nothing made up."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from kartoteka.api import Unreadable
from kartoteka_excel_import.reading.cells import cell_text
from tests.plugins.excel_import.making import (
    contents,
    open_cell,
    open_document,
    repacked,
    workbook,
)

LIST = [["Название", "Город", "Сумма"], ["Ромашка", "Уфа", 5]]


def test_hidden_sheets_are_listed_and_not_chosen(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book.worksheets[0].sheet_state = "hidden"
        book.worksheets[1].sheet_state = "veryHidden"

    other = [["secret", "x"], ["a", "b"]]
    found = contents(workbook(tmp_path / "list.xlsx", other, other, LIST, change=hide))
    sheets = [(sheet.name, sheet.is_hidden) for sheet in found.layout.sheets]
    assert sheets == [("Sheet1", True), ("Sheet2", True), ("Sheet3", False)]
    assert (found.layout.sheet, found.heads) == ("Sheet3", LIST[0])


def test_explanations_before_the_list_are_passed_over(tmp_path: Path) -> None:
    pages = [["Как заполнить"], ["Не меняйте названия столбцов"]]
    found = contents(workbook(tmp_path / "list.xlsx", [], pages, LIST))
    assert found.layout.sheet == "Sheet3"


def test_a_person_chooses_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", LIST, [["Имя"], ["Анна"]], [])
    assert contents(path, sheet="Sheet2").heads == ["Имя"]
    with pytest.raises(Unreadable, match=r"no sheet Nowhere\. Choose one of: Sheet1, Sheet2"):
        contents(path, sheet="Nowhere")
    with pytest.raises(Unreadable, match=r"The sheet Sheet3 of list\.xlsx is empty"):
        contents(path, sheet="Sheet3")


def test_numbers_and_texts_stay_what_they_are(tmp_path: Path) -> None:
    rows = [
        ["code", "phone", "sum", "flag"],
        ["0042", 79161234567, 0.1 + 0.2, True],
        ["1.0", 1e15, 7.0, False],
        ["1e5", 12, -3.5, None],
    ]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert found.cells[0] == ("0042", 79161234567, pytest.approx(0.3), True)
    assert found.cells[1] == ("1.0", 10**15, 7, False)
    assert found.cells[2] == ("1e5", 12, -3.5, None)
    assert [cell_text(cell) for cell in found.cells[0]] == ["0042", "79161234567", "0.3", "TRUE"]
    assert [type(cell) for cell in found.cells[1]] == [str, int, int, bool]


def test_a_number_of_more_than_fifteen_digits_is_doubted(tmp_path: Path) -> None:
    rows = [["name", "account"], ["Alfa", 40702810900000012345]]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert [(fault.row, fault.letter, fault.code) for fault in found.faults] == [
        (2, "B", "rounded")
    ]


def test_a_number_shown_with_zeros_keeps_them(tmp_path: Path) -> None:
    def show(book: Any) -> None:
        for row in (2, 3):
            book.worksheets[0][f"B{row}"].number_format = "000000"

    rows = [["name", "zip"], ["Alfa", 42], ["Beta", 1234567], ["Gamma", 42]]
    found = contents(workbook(tmp_path / "list.xlsx", rows, change=show))
    assert [row.cells[1] for row in found.rows] == ["000042", 1234567, 42]


def test_days_and_times_come_as_such(tmp_path: Path) -> None:
    values = [date(2026, 2, 1), datetime(2026, 2, 1, 10, 30), time(9, 15)]
    found = contents(workbook(tmp_path / "list.xlsx", [["a", "b", "c"], values]))
    assert found.cells == [tuple(values)]
    assert type(found.cells[0][0]) is date


def test_days_since_1904_come_right(tmp_path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    def since_1904(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904

    rows = [["name", "born"], ["Alfa", date(2026, 2, 1)]]
    found = contents(workbook(tmp_path / "list.xlsx", rows, change=since_1904))
    assert found.cells == [("Alfa", date(2026, 2, 1))]


def test_errors_are_empty_with_their_place(tmp_path: Path) -> None:
    rows = [["name", "phone"], ["Alfa", "#N/A"], ["Beta", "text"], ["#REF!", "#DIV/0!"]]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert found.cells == [("Alfa", None), ("Beta", "text"), (None, None)]
    assert [(fault.row, fault.letter, fault.text) for fault in found.faults] == [
        (2, "B", "#N/A"), (4, "A", "#REF!"), (4, "B", "#DIV/0!"),
    ]  # fmt: skip


def test_errors_of_an_open_document_are_named(tmp_path: Path) -> None:
    wrong = open_cell("#DIV/0!", 'office:string-value="" calcext:value-type="error"')
    rows = "".join(
        f"<table:table-row>{row}</table:table-row>"
        for row in (
            open_cell("name") + open_cell("sum"),
            open_cell("Alfa") + wrong,
            open_cell("Beta", 'table:number-columns-repeated="2"'),
        )
    )
    found = contents(open_document(tmp_path / "list.ods", rows))
    assert found.cells == [("Alfa", None), ("Beta", "Beta")]
    assert [(fault.row, fault.letter, fault.text) for fault in found.faults] == [
        (2, "B", "#DIV/0!")
    ]


def test_an_error_in_the_row_of_the_heads_does_no_harm(tmp_path: Path) -> None:
    rows = [["name", "#REF!", "city"], ["Alfa", "x", "Ufa"], ["Beta", "y", "Omsk"]]
    found = contents(workbook(tmp_path / "list.xlsx", rows))
    assert found.heads == ["name", "B", "city"]


def test_formulas_give_what_was_computed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "plain.xlsx", [["a", "b"], ["x", "=1+1"]])
    path = repacked(
        tmp_path / "list.xlsx", path,
        lambda name, data: data.replace(b"<v />", b"<v>2</v>").replace(b"<v></v>", b"<v>2</v>"),
    )  # fmt: skip
    assert contents(path).cells == [("x", 2)]


def test_macros_and_links_to_elsewhere_are_not_followed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "plain.xlsx", LIST)
    bad = tmp_path / "list.xlsx"
    link = (
        b'<Relationship Id="rIdX" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/externalLink" Target="file:///etc/passwd" TargetMode="External"/>'
    )
    repacked(
        bad, path,
        lambda name, data: data.replace(b"</Relationships>", link + b"</Relationships>")
        if name.endswith("workbook.xml.rels") else data,
    )  # fmt: skip
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Auto_Open")
        archive.writestr("../../../tmp/evil.xml", b"<x/>")
        archive.writestr("/etc/cron.d/evil.xml", b"<x/>")
    found = contents(bad)
    assert found.cells == [("Ромашка", "Уфа", 5)]


def test_a_sheet_whose_name_looks_like_a_path_is_a_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "plain.xlsx", LIST)
    path = repacked(
        tmp_path / "list.xlsx", path,
        lambda name, data: data.replace(b'name="Sheet1"', b'name="../../etc/passwd"')
        if name == "xl/workbook.xml" else data,
    )  # fmt: skip
    found = contents(path)
    assert found.layout.sheet == "../../etc/passwd"
    assert found.cells == [("Ромашка", "Уфа", 5)]
