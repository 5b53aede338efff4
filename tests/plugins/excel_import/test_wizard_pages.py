"""The pages of the wizard: who gets to them, what they refuse in a sentence, what a reload does."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from kartoteka.api import Client, StartedJob, cancel_job
from kartoteka.testing import Firm, always_in_schema, statements
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.mapping.plan import plan_of
from kartoteka_excel_import.models import ImportRun
from tests.core.long_work import work
from tests.core.test_rest_rights import hide

always_in_schema(excel_import)
TEXT = "Name;Phone;E-mail\nRomashka;+7 495 123-45-67;a@example.com\nLuch;oops;b@example.com\n"


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    return make(excel_import)


def upload(browser: Any, content: str | bytes = TEXT, name: str = "list.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return browser.post("/import/upload", data={"file": (BytesIO(raw), name)})


def uploaded(browser: Any, content: str | bytes = TEXT) -> str:
    """Return the address of a list that was uploaded."""
    answer = upload(browser, content)
    assert answer.status_code == 302, answer.text
    return answer.location.removesuffix("/table")


def planned(browser: Any, **options: str) -> str:
    """Return the address of a list that waits for its check."""
    address = uploaded(browser)
    assert browser.post(f"{address}/table", data={"header": "1"}).location.endswith("/columns")
    chosen = {"to.A": "client.name", "to.B": "client.phone", "to.C": "client.email"}
    assert browser.post(f"{address}/columns", data=chosen).location.endswith("/options")
    if options:
        assert browser.post(f"{address}/options", data=options).location.endswith("/check")
    return address


def run_of(firm: Firm) -> ImportRun:
    with firm.session() as session:
        return session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()  # pyright: ignore[reportReturnType]


def jobs_of(firm: Firm) -> list[str]:
    with firm.session() as session:
        return list(session.scalars(select(StartedJob.kind).order_by(StartedJob.id)))


def names(firm: Firm) -> list[str]:
    with firm.session() as session:
        return list(session.scalars(select(Client.name).order_by(Client.name)))


def test_all_steps_lead_to_clients_and_back(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = planned(browser, mode="both")
    assert "data-jobs" in browser.get(f"{address}/check").text
    work(firm)
    page = browser.get(f"{address}/check").text
    assert "Romashka" in page
    assert names(firm) == []
    assert browser.post(f"{address}/run").location.endswith(address)
    work(firm)
    assert names(firm) == ["Romashka"]
    page = browser.get(address).text
    assert "1 row was written" in page
    assert "Romashka</a>" in page
    page = browser.get(f"{address}?show=rejected").text
    assert "oops" in page
    assert "Romashka" not in page
    assert "no such rows" in browser.get(f"{address}?show=update&after=x").text
    rejected = browser.get(f"{address}/rejected")
    sheet: Any = openpyxl.load_workbook(BytesIO(rejected.data)).active
    assert [cell.value for cell in sheet[2]][:2] == ["Luch", "oops"]
    browser.post(f"{address}/undo")
    work(firm)
    assert names(firm) == []
    assert "is undone: 1 row" in browser.get(address).text


def test_an_import_that_was_begun_is_not_begun_again(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = planned(browser, mode="both")
    work(firm)
    for _click in range(3):
        browser.post(f"{address}/run")
    work(firm)
    for path in ("/run", "/options", "/columns", "/table"):
        browser.post(address + path, data={"mode": "both", "header": "1"})
    work(firm)
    assert jobs_of(firm).count("excel_import.run") == 1
    assert names(firm) == ["Romashka"]
    for path in ("/table", "/columns", "/options", "/check"):
        assert browser.get(address + path).location.endswith(address)


def test_other_columns_make_the_check_void(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = planned(browser, mode="both")
    work(firm)
    assert run_of(firm).state == "checked"
    browser.post(f"{address}/columns", data={"to.A": "client.name", "to.B": "", "to.C": ""})
    assert (run_of(firm).state, run_of(firm).preview) == ("uploaded", None)
    browser.post(f"{address}/run")
    assert "excel_import.run" not in jobs_of(firm)


def test_a_list_is_its_owners_own(firm: Firm) -> None:
    address = planned(firm.browser("manager1"), mode="both")
    other = firm.browser("manager2")
    for path in ("", "/table", "/columns", "/options", "/check", "/rejected"):
        assert other.get(address + path).status_code in {403, 404}, path
    for path in ("/run", "/undo", "/table", "/columns", "/options"):
        assert other.post(address + path, data={"mode": "both"}).status_code in {403, 404}, path
    assert firm.browser("director").get(f"{address}/check").status_code == 200
    stranger = firm.app.test_client()
    assert "/login" in stranger.get("/import/").location
    assert "/login" in stranger.post("/import/upload").location


def test_a_file_over_the_limit_is_refused_with_the_limit(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: Any = firm.made.registry.settings["excel_import"]
    monkeypatch.setitem(settings, "most_megabytes", 1)
    browser = firm.browser("manager1")
    assert "up to 1 MB" in browser.get("/import/").text
    for size in (1024 * 1024 + 10, 3 * 1024 * 1024):
        upload(browser, b"name\n" + b"x" * size)
        answer = browser.post(
            "/import/upload", data={"file": (BytesIO(b"x" * size), "big.csv")},
            follow_redirects=True,
        )  # fmt: skip
        assert "larger than 1 MB" in answer.text
    assert run_of(firm) is None


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [(b"", "empty.xlsx", "is empty"), (b"%PDF-1.7 ...", "offer.pdf", "offer.pdf"),
     (b"PK\x03\x04" + b"\0" * 99, "torn.xlsx", "torn.xlsx")],
)  # fmt: skip
def test_what_can_not_be_read_leaves_a_sentence_and_nothing_else(
    firm: Firm, content: bytes, name: str, said: str
) -> None:
    browser = firm.browser("manager1")
    folder = firm.made.config.job_files / "imports"
    before = set(folder.iterdir()) if folder.exists() else set[Path]()
    upload(browser, content, name)
    assert said in browser.get("/import/").text
    assert run_of(firm) is None
    assert not folder.exists() or set(folder.iterdir()) == before


@pytest.mark.parametrize(
    "asked", ["sheet=Nowhere", "encoding=klingon", "header=9999", "header=x&delimiter=%00"]
)
def test_a_wish_that_can_not_be_met_is_told_and_the_file_is_still_shown(
    firm: Firm, asked: str
) -> None:
    browser = firm.browser("manager1")
    address = uploaded(browser)
    answer = browser.get(f"{address}/table?{asked}")
    assert answer.status_code == 200
    assert "Romashka" in answer.text


def test_a_check_that_was_cancelled_before_it_began_leads_back(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = planned(browser, mode="both")
    with firm.session("manager1") as session:
        cancel_job(session, run_of(firm).job_id or 0)
        session.commit()
    assert browser.get(f"{address}/check", follow_redirects=True).status_code == 200
    assert "data-jobs" not in browser.get(f"{address}/check").text
    assert browser.post(f"{address}/options", data={"mode": "create"}).status_code == 302
    work(firm)
    assert run_of(firm).state == "checked"


@pytest.mark.parametrize(
    ("sent", "said"),
    [({"mode": "destroy"}, "Choose one of them"), ({"region": "XX"}, "Choose a country"),
     ({"owner": "999"}, "can not give clients to this person"),
     ({"constant": "client.nonsense", "value": "1"}, "Choose the field"),
     ({"constant": "client.industry", "value": ""}, "Write the value"),
     ({"constant": "client.name", "value": "X"}, "by a column already"),
     ({"constant": "client.tax_id", "value": "123"}, "&#39;123&#39;")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_told_where_they_stand(
    firm: Firm, sent: dict[str, str], said: str
) -> None:
    browser = firm.browser("manager1")
    address = planned(browser)
    answer = browser.post(f"{address}/options", data={"mode": "both", **sent})
    assert answer.status_code == 400
    assert said in answer.text
    assert jobs_of(firm) == []


def test_values_for_all_rows_and_a_manager_are_kept(firm: Firm) -> None:
    browser = firm.browser("director")
    taker = str(firm.users["manager2"])
    planned(browser, mode="create", owner=taker, constant="client.industry", value=" Toys ")
    plan = plan_of(run_of(firm).plan)
    assert (plan.mode, plan.owner_id) == ("create", firm.users["manager2"])
    assert plan.constants == (("client.industry", "Toys"),)


def test_a_manager_gives_new_clients_to_nobody_else(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = planned(browser)
    assert 'name="owner"' not in browser.get(f"{address}/options").text
    taker = str(firm.users["manager2"])
    answer = browser.post(f"{address}/options", data={"mode": "both", "owner": taker})
    assert answer.status_code == 400


@pytest.mark.parametrize("code", ["organisation", "person"])
def test_ready_workbooks_are_downloaded(firm: Firm, code: str) -> None:
    answer = firm.browser("manager1").get(f"/import/ready/{code}")
    assert openpyxl.load_workbook(BytesIO(answer.data)).worksheets[0].max_column > 5
    assert firm.browser("manager1").get("/import/ready/nonsense").status_code == 404


def test_the_list_of_imports_costs_the_same_however_long(firm: Firm) -> None:
    browser = firm.browser("manager1")
    browser.get("/import/")
    uploaded(browser)
    with statements(firm) as few:
        page = browser.get("/import/").text
    for _more in range(5):
        uploaded(browser)
    with statements(firm) as many:
        browser.get("/import/")
    assert "list.csv" in page
    assert len(many) == len(few)
    assert browser.get("/excel_import_run/list/").status_code == 200
    assert browser.get("/excel_import_run/show/1").location.endswith("/import/1")


def test_columns_of_the_same_heads_come_as_they_were_chosen(firm: Firm, tmp_path: Path) -> None:
    browser = firm.browser("manager1")
    planned(browser)
    again = uploaded(browser, TEXT.replace("Romashka", "Another"))
    browser.post(f"{again}/table", data={"header": "1"})
    page = browser.get(f"{again}/columns").text
    assert "imported before" in page
    fresh = firm.browser("manager2")
    other = uploaded(fresh)
    fresh.post(f"{other}/table", data={"header": "1"})
    assert "imported before" not in fresh.get(f"{other}/columns").text
    with firm.session() as session:
        assert session.scalar(select(func.count(ImportRun.id))) == 3


def test_bad_cells_are_left_out_by_a_button_of_the_check(firm: Firm) -> None:
    browser = firm.browser("manager1")
    address = planned(browser, mode="both")
    work(firm)
    page = browser.get(f"{address}/check").text
    assert "1 row is rejected only because of a bad cell" in page
    answer = browser.post(f"{address}/again", data={"bad_cells": "leave"})
    assert answer.location.endswith("/check")
    work(firm)
    page = browser.get(f"{address}/check").text
    assert "1 row comes in without a bad cell" in page
    assert "Import 2 rows" in page
    browser.post(f"{address}/run")
    work(firm)
    page = browser.get(address).text
    assert "1 row came in without a bad cell" in page
    assert "oops" in page
    assert run_of(firm).left_out == 1
    sheet: Any = openpyxl.load_workbook(BytesIO(browser.get(f"{address}/rejected").data)).active
    assert [cell.value for cell in sheet[2]][-2] == "Imported without the bad cell"


def test_another_country_of_the_phones_is_chosen_by_a_button_of_the_check(firm: Firm) -> None:
    browser = firm.browser("manager1")
    lines = [f"Firm {number};02/982-27-3{number};" for number in range(5)]
    address = uploaded(browser, "\n".join(["Name;Phone;E-mail", *lines, ";;", "Total;5;"]))
    browser.post(f"{address}/options", data={"region": "RU"})
    work(firm)
    page = browser.get(f"{address}/check").text
    assert "they fit another one: Bulgaria" in page
    assert "1 empty row was passed over" in page
    assert browser.post(f"{address}/again", data={"region": "XX"}).location.endswith("/options")
    browser.post(f"{address}/again", data={"region": "BG"})
    work(firm)
    page = browser.get(f"{address}/check").text
    assert "they fit another one" not in page
    assert "Import 5 rows" in page


def test_the_check_shows_old_and_new_values_as_far_as_the_reader_may_see_them(firm: Firm) -> None:
    with firm.session() as session:
        session.add(Client(name="Romashka", address="Moscow", owner_id=firm.users["manager1"]))
        session.commit()
    browser = firm.browser("manager1")
    address = uploaded(browser, "Name;Address\nRomashka;Moscow, Lesnaya 5\n")
    browser.post(f"{address}/options", data={"mode": "both"})
    work(firm)
    page = browser.get(f"{address}/check").text
    assert "<del>Moscow</del>" in page
    assert "<ins>Moscow, Lesnaya 5</ins>" in page
    hide(firm, "client", "address", "manager")
    page = browser.get(f"{address}/check").text
    assert "<del>" not in page


def test_both_rows_of_heads_of_two_levels_are_marked(firm: Firm, tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    sheet = book.active
    for row in (["List of May"], ["Firm", "Contacts", None], [None, "Phone", "E-mail"],
                ["Romashka", "+7 495 123-45-67", "a@example.com"],
                ["Luch", "+7 495 123-45-68", "b@example.com"]):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:C2")
    path = tmp_path / "heads.xlsx"
    book.save(path)
    browser = firm.browser("manager1")
    answer = upload(browser, path.read_bytes(), "heads.xlsx")
    page = browser.get(answer.location).text
    assert "stand in rows 2 and 3" in page
    assert page.count('class="is-head"') == 2
    assert page.count('class="is-above"') == 1
    assert page.count(" checked") == 1
