"""Files that nobody here wrote are read as a person would read them, or refused in words."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from kartoteka.api import Unreadable
from tests.plugins.excel_import.making import contents


@pytest.fixture
def sheets(shared_data: Path) -> Path:
    return shared_data / "02-spreadsheets"


@pytest.fixture
def lists(shared_data: Path) -> Path:
    return shared_data / "03-contact-lists"


#: File: row of the heads, first heads, how many rows, number of the first, its first cells.
TABLES = [
    ("51626_contact.xlsx", 1, ["First Name", "Last Name"], 2, 3, ("Frank2", "McKee")),
    ("60405.xls", 3, ["Col1", "Col2"], 2, 4, ("1241574", "0020537")),
    ("Attendance.xlsx", 2, ["Date", "Ben Ashley"], 23, 3, (date(2020, 10, 1), False)),
    ("DataTypesFormats.xlsx", 0, ["A", "B"], 6, 1, ("Date", date(2020, 7, 23))),
    ("bg_Ek_obl.xls", 1, ["oblast", "ekatte"], 28, 2, ("BLG", "04279", "Благоевград")),
    ("blank_line.ods", 1, ["Name", "Age", "When"], 3, 2, ("Bob", 20, date(2010, 10, 10))),
    ("cast-int-to-string-issue-1251.xlsx", 1, ["A", "B"], 2, 2, ("001", "b", 1, "a", 1)),
    ("date.ods", 0, ["A", "B"], 4, 1, (date(2021, 1, 1), 15)),
    ("date_1904.xlsx", 0, ["A", "B"], 3, 1, (date(2021, 1, 1), 15)),
    ("defective-rows.csv", 1, ["id", "name", "age", "D"], 2, 2, ("1101", "John", None, None)),
    ("errors.xlsx", 0, ["A"], 7, 1, (None,)),
    ("example.tsv", 1, ["hour", "expr1_0_imp"], 140, 2, ("2012-06-22 00:00:00", "15955")),
    ("excel_pasting.csv", 4, ["Year", "2000", "2001"], 15, 5, ("Timber", "2,666")),
    ("founders.xlsx", 1, ["first_name", "last_name", "gpa"], 3, 2, ("John", "Adams", 90)),
    ("header-row.xlsx", 9, ["Columns", "Column A"], 1, 10, ("put data here", 1, 2, 3)),
    ("issue-870.xlsx", 1, ["0", "First Name"], 9, 2, (1, "Dulce", "Abril")),
    ("issue_174.xlsx", 1, ["Your Ref #", "Contact Name"], 1, 2, (123, "Test Contact Name")),
    ("leading-zeros.csv", 1, ["value"], 3, 2, ("01",)),
    ("merge_cells.xlsx", 1, ["Row Merge", "Row Merge 2", "Not Merged"], 1, 2,
     ("Column Merge", "Chunk Merged", None)),
    ("null.csv", 0, ["A", "B", "C", "D"], 10, 1, ("1", "null", "0", "0")),
    ("number_rows_repeated.ods", 1, ["A", "B"], 4, 2, ("C", "D")),
    ("ru_regions_cp1251_semicolon.csv", 1, ["name", "type"], 86, 2, ("Адыгея", "Респ")),
    ("simple.ssv", 1, ["date", "temperature", "place"], 6, 2, ("2011-01-01", "1", "Galway")),
    ("skip-rows.xlsx", 2, ["A", "B"], 1, 3, (8, 9)),
    ("small.csv", 1, ["a"], 0, 0, ()),
    ("special_cells.ods", 1, ["Split Line"], 4, 2, ("Value  With spaces",)),
    ("utf8bom.csv", 1, ["kitten", "win"], 0, 0, ()),
    ("whitespace_trim.xlsx", 1, ["trimmed value", "value with tabs"], 2, 2,
     ("line1\nline2", "line1\nline2", None, None)),
    ("Таблица.csv", 1, ["id", "name"], 2, 2, ("1", "english")),
]  # fmt: skip
REFUSED = {
    "empty_file.xlsx": "is empty",
    "empty_sheet.xlsx": "is empty",
    "pass_protected.xlsx": "password-protected",
    "simple.unknown": "is empty",
    "too_small.xls": "not a spreadsheet",
    "xlsx-corrupted.xlsx": "is damaged",
}
#: Those with a test of their own below.
APART = {"base.xlsx"}


@pytest.mark.parametrize(("name", "header", "heads", "rows", "number", "cells"), TABLES)
def test_a_table_is_found(
    sheets: Path, name: str, header: int, heads: list[str], rows: int, number: int,
    cells: tuple[Any, ...],
) -> None:  # fmt: skip
    found = contents(sheets / name)
    assert found.layout.header_row == header
    assert found.heads[: len(heads)] == heads
    assert found.counts.rows == len(found.rows) == rows
    if rows:
        assert found.numbers[0] == number
        assert found.cells[0][: len(cells)] == cells


@pytest.mark.parametrize("kept", ["as it is named", "upload", "upload.xls"])
@pytest.mark.parametrize(("name", "why"), REFUSED.items())
def test_what_can_not_be_read_is_refused_in_words(
    sheets: Path, tmp_path: Path, name: str, why: str, kept: str
) -> None:
    path = sheets / name
    if kept != "as it is named":
        path = tmp_path / kept
        path.write_bytes((sheets / name).read_bytes())
    with pytest.raises(Unreadable, match=why) as refusal:
        contents(path, name=name)
    assert name in str(refusal.value)


def test_no_file_is_left_out(sheets: Path) -> None:
    named = {name for name, *_ in TABLES} | set(REFUSED) | APART
    assert {path.name for path in sheets.iterdir() if path.is_file()} <= named


@pytest.mark.parametrize("kind", [
    "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "newlines_crlf",
    "quotes_and_newlines", "simple", "simple_crlf", "utf8",
])  # fmt: skip
def test_quotes_and_line_ends_are_read_as_rfc_4180_says(sheets: Path, kind: str) -> None:
    folder = sheets / "csv-spectrum"
    found = contents(folder / f"{kind}.csv")
    expected = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    assert [dict(zip(found.heads, row, strict=True)) for row in found.cells] == [
        {head: value.replace("\r\n", "\n") or None for head, value in row.items()}
        for row in expected
    ]


def test_errors_are_empty_and_named(sheets: Path) -> None:
    found = contents(sheets / "errors.xlsx")
    assert found.cells == [(None,)] * 7
    assert {fault.text for fault in found.faults} == {
        "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!",
    }  # fmt: skip
    assert [(fault.row, fault.letter) for fault in found.faults] == [(n, "A") for n in range(1, 8)]


def test_days_since_1904_are_right(sheets: Path) -> None:
    first, second, third = contents(sheets / "date_1904.xlsx").cells
    assert (first[0], second[0]) == (date(2021, 1, 1), date(2021, 1, 2))
    assert third[0] == timedelta(days=10, hours=15, minutes=10, seconds=10)


def test_each_type_is_kept(sheets: Path) -> None:
    found = contents(sheets / "base.xlsx")
    assert found.layout.sheet == "Sheet1"
    assert found.cells == [(
        "String", 1, 1.1, True, False, date(2010, 10, 10), datetime(2010, 10, 10, 10, 10, 10),
        time(10, 10, 10), timedelta(seconds=36610, milliseconds=100),
        timedelta(days=10, hours=15, minutes=10, seconds=10),
    )]  # fmt: skip


def test_a_total_is_set_apart(sheets: Path) -> None:
    found = contents(sheets / "skip-rows.xlsx")
    assert [total.number for total in found.totals] == [4]
    assert found.layout.notes == ("Table 1",)
    found = contents(sheets / "excel_pasting.csv")
    assert [total.cells[0] for total in found.totals] == ["Total"]
    assert (found.counts.blank, found.counts.totals) == (1, 1)


#: File: first heads, how many rows, what a cell of the first row is.
LISTS = [
    ("1c_kontragenty.csv", ["ГруппаКонтрагента", "Наименование"], 3, "ИП Самылин"),
    ("atomic_crm_import_template.csv", ["first_name", "last_name"], 2, "influencer, developer"),
    ("bg_sofia_police_offices.csv", ["name", "address"], 9, "02/98-24160, 02/866-2227"),
    ("customers-100.csv", ["Index", "Customer Id"], 100, "397.884.0519x718"),
    ("leads-100.csv", ["Index", "Account Id"], 100, "Grimes, Madden and Huff"),
    ("organizations-100.csv", ["Index", "Organization Id"], 100, "Ferrell LLC"),
    ("people-100.csv", ["Index", "User Id"], 100, "Games developer"),
    ("products-100.csv", ["Index", "Name"], 100, "2091465262179"),
    ("ru_moscow_libraries_10.csv", ["CommonName", "FullName"], 10, "7728812089"),
]


@pytest.mark.parametrize(("name", "heads", "rows", "cell"), LISTS)
def test_a_contact_list_is_read(
    lists: Path, name: str, heads: list[str], rows: int, cell: str
) -> None:
    found = contents(lists / name)
    assert (found.layout.header_row, found.heads[:2], found.counts.rows) == (1, heads, rows)
    assert cell in found.cells[0]
    assert found.faults == []


@pytest.mark.parametrize(
    "name", ["John_Doe_GMAIL.vcf", "rfc2426-example.vcf", "rfc6350-example.vcf"]
)
def test_a_vcard_is_not_taken_for_a_table(lists: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="a list of vCards"):
        contents(lists / "vcard" / name)
