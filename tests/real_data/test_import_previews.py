"""Lists that nobody here wrote: what an import would do with each, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kartoteka.api import Unreadable
from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.checking.preview import Preview
from tests.conftest import SALE
from tests.plugins.excel_import.checked import acting, previewed

NAMES = {"First Name": "contact.name", "Last Name": "contact.name"}
#: File: what its columns fill, and how many rows are to be created, updated, twice, rejected.
LISTS: dict[str, tuple[dict[str, str], tuple[int, int, int, int]]] = {
    "02-spreadsheets/51626_contact.xlsx": (
        {**NAMES, "Company": "client.name", "Address 1": "client.address",
         "City": "client.address", "Home": "contact.phone", "Office": "contact.phone",
         "Fax": "client.fax", "Mobile": "contact.mobile", "E-Mail Address": "contact.email"},
        (2, 0, 0, 0),
    ),
    "02-spreadsheets/60405.xls": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/Attendance.xlsx": ({}, (0, 0, 0, 23)),
    "02-spreadsheets/DataTypesFormats.xlsx": ({}, (0, 0, 0, 6)),
    "02-spreadsheets/base.xlsx": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/bg_Ek_obl.xls": ({"name": "client.name"}, (28, 0, 0, 0)),
    "02-spreadsheets/blank_line.ods": ({"Name": "client.name"}, (3, 0, 0, 0)),
    "02-spreadsheets/cast-int-to-string-issue-1251.xlsx": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/date.ods": ({}, (0, 0, 0, 4)),
    "02-spreadsheets/date_1904.xlsx": ({}, (0, 0, 0, 3)),
    "02-spreadsheets/defective-rows.csv": (
        {"id": "client.external_id", "name": "client.name"}, (2, 0, 0, 0),
    ),
    "02-spreadsheets/errors.xlsx": ({}, (0, 0, 0, 7)),
    "02-spreadsheets/example.tsv": ({}, (0, 0, 0, 140)),
    "02-spreadsheets/excel_pasting.csv": ({}, (0, 0, 0, 15)),
    "02-spreadsheets/founders.xlsx": (
        {"first_name": "contact.name", "last_name": "contact.name"}, (3, 0, 0, 0),
    ),
    "02-spreadsheets/header-row.xlsx": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/issue-870.xlsx": (NAMES, (9, 0, 0, 0)),
    "02-spreadsheets/issue_174.xlsx": (
        {"Contact Name": "contact.name", "Address": "client.address", "City": "client.address",
         "Your Company": "client.name", "Remarks": "client.note"},
        (1, 0, 0, 0),
    ),
    "02-spreadsheets/leading-zeros.csv": ({}, (0, 0, 0, 3)),
    "02-spreadsheets/merge_cells.xlsx": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/null.csv": ({}, (0, 0, 0, 10)),
    "02-spreadsheets/number_rows_repeated.ods": ({}, (0, 0, 0, 4)),
    "02-spreadsheets/ru_regions_cp1251_semicolon.csv": (
        {"name": "client.name", "postal_code": "client.address"}, (86, 0, 0, 0),
    ),
    "02-spreadsheets/simple.ssv": ({}, (0, 0, 0, 6)),
    "02-spreadsheets/skip-rows.xlsx": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/small.csv": ({}, (0, 0, 0, 0)),
    "02-spreadsheets/special_cells.ods": ({}, (0, 0, 0, 4)),
    "02-spreadsheets/utf8bom.csv": ({}, (0, 0, 0, 0)),
    "02-spreadsheets/whitespace_trim.xlsx": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/Таблица.csv": (
        {"id": "client.external_id", "name": "client.name"}, (2, 0, 0, 0),
    ),
    "02-spreadsheets/csv-spectrum/comma_in_quotes.csv": (
        {"first": "contact.name", "last": "contact.name", "address": "contact.address"},
        (1, 0, 0, 0),
    ),
    "02-spreadsheets/csv-spectrum/empty.csv": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/csv-spectrum/empty_crlf.csv": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/csv-spectrum/escaped_quotes.csv": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/csv-spectrum/json.csv": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/csv-spectrum/newlines.csv": ({}, (0, 0, 0, 3)),
    "02-spreadsheets/csv-spectrum/newlines_crlf.csv": ({}, (0, 0, 0, 3)),
    "02-spreadsheets/csv-spectrum/quotes_and_newlines.csv": ({}, (0, 0, 0, 2)),
    "02-spreadsheets/csv-spectrum/simple.csv": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/csv-spectrum/simple_crlf.csv": ({}, (0, 0, 0, 1)),
    "02-spreadsheets/csv-spectrum/utf8.csv": ({}, (0, 0, 0, 2)),
    "03-contact-lists/1c_kontragenty.csv": ({"Наименование": "client.name"}, (3, 0, 0, 0)),
    "03-contact-lists/atomic_crm_import_template.csv": (
        {"first_name": "contact.name", "last_name": "contact.name", "company": "client.name",
         "title": "employment.position", "email_work": "contact.email",
         "phone_work": "contact.phone"},
        (2, 0, 0, 0),
    ),
    "03-contact-lists/bg_sofia_police_offices.csv": (
        {"name": "client.name", "address": "client.address", "telephone": "client.phone",
         "url": "client.website"},
        (8, 0, 0, 1),
    ),
    "03-contact-lists/customers-100.csv": (
        {**NAMES, "Customer Id": "client.external_id", "Company": "client.name",
         "City": "client.address", "Country": "client.address", "Phone 1": "contact.phone",
         "Phone 2": "contact.phone", "Email": "contact.email", "Website": "client.website"},
        (64, 0, 0, 36),
    ),
    "03-contact-lists/leads-100.csv": (
        {**NAMES, "Account Id": "client.external_id", "Company": "client.name",
         "Phone 1": "contact.phone", "Email 1": "contact.email", "Website": "client.website",
         "Notes": "client.note"},
        (61, 0, 0, 39),
    ),
    "03-contact-lists/organizations-100.csv": (
        {"Organization Id": "client.external_id", "Name": "client.name",
         "Website": "client.website", "Country": "client.address",
         "Industry": "client.industry", "Description": "client.note"},
        (100, 0, 0, 0),
    ),
    "03-contact-lists/people-100.csv": (
        {**NAMES, "Email": "contact.email", "Phone": "contact.phone",
         "Date of birth": "contact.birthday"},
        (80, 0, 0, 20),
    ),
    "03-contact-lists/products-100.csv": ({"Name": "client.name"}, (99, 0, 1, 0)),
    "03-contact-lists/ru_moscow_libraries_10.csv": (
        {"CommonName": "client.name", "INN": "client.tax_id", "Address": "client.address",
         "LegalAddress": "client.postal_address", "ChiefPhone": "contact.phone",
         "PublicPhone": "client.phone", "Email": "client.email", "WebSite": "client.website"},
        (6, 0, 4, 0),
    ),
}  # fmt: skip
REFUSED = {
    "02-spreadsheets/empty_file.xlsx": "is empty",
    "02-spreadsheets/empty_sheet.xlsx": "is empty",
    "02-spreadsheets/pass_protected.xlsx": "password-protected",
    "02-spreadsheets/simple.unknown": "is empty",
    "02-spreadsheets/too_small.xls": "not a spreadsheet",
    "02-spreadsheets/xlsx-corrupted.xlsx": "is damaged",
    "03-contact-lists/vcard/John_Doe_GMAIL.vcf": "a list of vCards",
    "03-contact-lists/vcard/rfc2426-example.vcf": "a list of vCards",
    "03-contact-lists/vcard/rfc6350-example.vcf": "a list of vCards",
}


@pytest.fixture
def importing(make: Callable[..., Firm]) -> Firm:
    """A firm with the plugin of imports."""
    return make(SALE, excel_import)


def seen(firm: Firm, path: Path, **how: Any) -> Preview:
    with acting(firm, "manager1") as session:
        return previewed(session, path, **how)


def test_each_list_is_understood(importing: Firm, shared_data: Path) -> None:
    wrong: dict[str, Any] = {}
    for name, (columns, counts) in LISTS.items():
        found = seen(importing, shared_data / name)
        fills = {column.head: column.target for column in found.columns if column.target}
        told = found.as_json()
        got = tuple(told[key] for key in ("create", "update", "duplicate", "rejected"))
        assert sum(got) + told["unchanged"] == told["rows_total"] == found.rows_total
        if not columns.items() <= fills.items() or (not columns and fills) or got != counts:
            wrong[name] = fills, got
    assert wrong == {}


@pytest.mark.parametrize(("name", "why"), REFUSED.items())
def test_what_is_no_list_is_refused_in_words(
    importing: Firm, shared_data: Path, name: str, why: str
) -> None:
    with pytest.raises(Unreadable, match=why):
        seen(importing, shared_data / name)


def test_no_list_is_left_out(shared_data: Path) -> None:
    there = {
        path.relative_to(shared_data).as_posix()
        for folder in ("02-spreadsheets", "03-contact-lists")
        for path in (shared_data / folder).rglob("*")
        if path.is_file() and path.suffix != ".json"
    }
    assert there <= {*LISTS, *REFUSED}


def test_branches_with_one_tax_number_are_held_back_until_somebody_decides(
    importing: Firm, shared_data: Path
) -> None:
    found = seen(importing, shared_data / "03-contact-lists" / "ru_moscow_libraries_10.csv")
    assert found.counts["possible"] == 4
    said = [one for one in found.problems if "has the same tax number" in one.reason]
    assert len(said) == 4
    assert not any(problem.is_rejection for problem in found.problems)
    path = shared_data / "03-contact-lists" / "ru_moscow_libraries_10.csv"
    assert seen(importing, path, alike="create").counts["create"] == 10


def test_bulgarian_phones_are_read_as_bulgarian(importing: Firm, shared_data: Path) -> None:
    found = seen(importing, shared_data / "03-contact-lists" / "bg_sofia_police_offices.csv")
    rejected = [problem for problem in found.problems if problem.is_rejection]
    assert [(one.row, one.column) for one in rejected] == [(9, "telephone")]
    assert "'112'" in rejected[0].reason


def test_errors_of_formulas_are_empty_and_said(importing: Firm, shared_data: Path) -> None:
    found = seen(importing, shared_data / "02-spreadsheets" / "errors.xlsx")
    said = [problem for problem in found.problems if not problem.is_rejection]
    assert len(said) == 7
    assert "#DIV/0!" in said[0].reason
