"""A person brings a messy list into the base by the wizard, gets back what was wrong, undoes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from kartoteka.api import Client, ContactPoint, Employment, Staff
from kartoteka.testing import Firm, always_in_schema
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportRun
from kartoteka_excel_import.running import work
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import has_no_sideways_scroll
from tests.browser.workers import working

pytestmark = pytest.mark.browser
always_in_schema(excel_import)

#: Work of a worker, on a machine that has other work.
LONG = 60_000
#: Where the pictures of docs/import.md are written, when they are to be made anew.
PICTURES = os.environ.get("KARTOTEKA_DOCS_PICTURES", "")
HEADS = ("№ п/п", "Наименование организации", "ИНН", "Телефоны", "Эл. почта", "Контактное лицо",
         "Должность", "Адрес", "Прим.")  # fmt: skip
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, "ООО «Ромашка»", "7707083893", "8 (495) 123-45-67, +7 916 123-45-68",
     "info@romashka.example", "Иванова Мария Петровна", "Закупщик", "Москва, Лесная ул., 5", ""),
    (2, "ИП Петров С. А.", 500100732259, "8-903-111-22-33", "petrov@mail.example",
     "Петров Сергей", "Директор", "Тула, пр. Ленина, 12", "звонить после 11"),
    (3, "АО «Северный ветер»", "", "(4842) 55-12-13; 8 910 222 33 44", "office@veter.example", "",
     "", "Калуга, ул. Кирова, 1", ""),
    (4, "ООО «Мебель Плюс»", "7728168971", "+7 (495) 987-65-43", "zakaz@mebel.example",
     "Смирнова Ольга", "Менеджер", "Москва, Тверская, 7", ""),
    (5, "Ромашка ООО", "7707083893", "8 495 123 45 67", "", "", "", "", "повтор"),
    (6, "ООО «Без цифр»", "1234567890", "не знаю", "нет почты", "", "", "", ""),
    (7, "", "", "8 495 700-00-00", "", "Некто", "", "", ""),
    (8, "ООО «Луч»", "", "84957001122 84957001133", "luch@example.com", "Лучин Пётр",
     "Коммерческий директор", "Москва", ""),
)  # fmt: skip


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    firm = make("wholesale", excel_import)
    with firm.session() as session:
        # Known already; its e-mail, its people and one phone are not.
        mine = Client(name="Мебель Плюс", tax_id="7728168971", owner_id=firm.users["manager1"])
        session.add(mine)
        # Jobs speak the language that a person has chosen.
        staff = session.get_one(Staff, firm.users["manager1"])
        staff.language = "en" if PICTURES else "ru"
        session.commit()
    return firm


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """A list as an office keeps it: titles above, several phones in a cell, a total, bad rows."""
    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Клиенты"
    sheet.append(["Торговый дом «Север»"])
    sheet.append(["Список клиентов на 15.05.2026"])
    sheet.append([])
    for row in (HEADS, *ROWS, ("Итого", "8 клиентов")):
        sheet.append(row)
    notes = book.create_sheet("Заметки", 0)
    notes.append(["Список вёл Фёдор, вопросы к нему"])
    path = tmp_path / "Клиенты мая.xlsx"
    book.save(path)
    return path


def shown(site: Site, page: Page, name: str) -> None:
    """Keep the picture of a page: for the documentation, or for people to look at."""
    assert has_no_sideways_scroll(page), name
    page.evaluate("scrollTo(0, 0)")
    if PICTURES and not name.startswith("phone"):
        page.screenshot(path=str(Path(PICTURES) / f"import-{name}.png"))
    site.picture(page, f"import-{name}")


def clients(site: Site) -> list[str]:
    with site.firm.session() as session:
        return list(session.scalars(select(Client.name).order_by(Client.id)))


def begin(page: Page, file: Path) -> None:
    page.goto("/import/")
    page.set_input_files("#ei-file", file)
    page.wait_for_url("**/table")


def go_on(page: Page) -> None:
    page.locator("main form button.btn-main").last.click()


def check(page: Page, file: Path) -> None:
    """Go through the wizard to the preview."""
    begin(page, file)
    go_on(page)
    page.wait_for_url("**/columns")
    go_on(page)
    page.wait_for_url("**/options")
    go_on(page)
    expect(page.locator(".ei-tiles")).to_be_visible(timeout=LONG)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_messy_list_comes_in_and_goes_again(
    site: Site, messy: Path, size: Any, tmp_path: Path
) -> None:
    locale = "en-GB" if PICTURES else "ru-RU"
    name = f"{'' if size is WIDE else 'phone-'}"
    with working(site.firm):
        page = site.log_in("manager1", size, locale)
        page.goto("/import/")
        shown(site, page, f"{name}1-file")
        page.set_input_files("#ei-file", messy)
        page.wait_for_url("**/table")
        # The sheet with remarks is passed over, and so are the titles.
        assert page.locator("select[name=sheet]").input_value() == "Клиенты"
        assert page.locator("input[name=header]:checked").get_attribute("value") == "4"
        shown(site, page, f"{name}2-table")
        go_on(page)
        page.wait_for_url("**/columns")
        assert page.locator("#to-B").input_value() == "client.name"
        assert page.locator("#to-C").input_value() == "client.tax_id"
        assert page.locator("#to-D").input_value() == "client.phone"
        assert page.locator("#to-F").input_value() == "contact.name"
        assert page.locator("#to-A").input_value() == ""
        page.select_option("#to-I", "client.note")
        shown(site, page, f"{name}3-columns")
        go_on(page)
        page.wait_for_url("**/options")
        shown(site, page, f"{name}4-settings")
        go_on(page)
        page.wait_for_url("**/check")
        expect(page.locator(".ei-tiles")).to_be_visible(timeout=LONG)
        before = clients(site)
        assert before == ["Мебель Плюс"]
        shown(site, page, f"{name}5-check")
        page.locator(".ei-rejected").click()
        expect(page.locator("#rows").get_by_text("не знаю").first).to_be_visible()
        shown(site, page, f"{name}6-rejected")
        assert has_no_sideways_scroll(page)
        page.locator(".ei-foot button.btn-main").click()
        page.wait_for_url(lambda address: "/check" not in address)
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
        assert len(clients(site)) > 3
        shown(site, page, f"{name}7-result")
        page.locator(".ei-rejected").click()
        expect(page.locator("#rows").get_by_text("не знаю").first).to_be_visible()
        with page.expect_download() as waiting:
            page.locator("a[href$='/rejected']").click()
        mended = tmp_path / "rejected.xlsx"
        waiting.value.save_as(mended)
        sheet: Any = openpyxl.load_workbook(mended).active
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
        assert any("1234567890" in text for text in texts)
        page.reload()
        again = clients(site)
        page.locator("form[action$='/undo'] button").click()
        page.locator("#ask button[value=yes]").click()
        expect(page.locator(".alert-info").first).to_be_visible(timeout=LONG)
        expect(page.locator("form[action$='/undo']")).to_have_count(0)
        assert len(again) > 3
        assert clients(site) == before
        with site.firm.session() as session:
            assert session.scalar(select(func.count(Employment.id))) == 0
            assert session.scalar(select(func.count(ContactPoint.id))) == 0
    assert site.complaints == []


def test_a_second_click_and_a_reload_import_once(site: Site, messy: Path) -> None:
    with working(site.firm):
        page = site.log_in("manager1")
        check(page, messy)
        address = page.url
        page.locator(".ei-foot button.btn-main").click()
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
        imported = clients(site)
        # The preview is still in the history of the browser; it leads to the result now.
        page.go_back()
        page.reload()
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
        page.goto(address)
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
        page.reload()
    assert clients(site) == imported
    with site.firm.session() as session:
        assert session.scalar(select(func.count(ImportRun.id))) == 1
    assert site.complaints == []


@pytest.mark.slow
def test_a_long_import_shows_its_progress_is_cancelled_and_goes_on(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_pressed = Event()
    write = work.Writer.write

    def unhurried(*given: Any) -> Any:
        # So long that a person finds the button, on the quickest machine too.
        is_pressed.wait(0.4)
        return write(*given)

    monkeypatch.setattr(work, "ROWS", 50)
    monkeypatch.setattr(work.Writer, "write", unhurried)
    file = tmp_path / "long.csv"
    lines = [f"Фирма {number};info{number}@firma{number}.example" for number in range(3000)]
    file.write_text("\n".join(["Название;Эл. почта", *lines]), encoding="utf-8")
    with working(site.firm):
        page = site.log_in("manager1")
        check(page, file)
        page.locator(".ei-foot button.btn-main").click()
        block = page.locator("[data-jobs]")
        moved = block.locator(".bar[aria-valuenow]:not([aria-valuenow='0'])")
        expect(moved).to_be_visible(timeout=LONG)
        block.get_by_role("button", name="Остановить").click()
        page.locator("#ask button[value=yes]").click()
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
        assert "/import/" in page.url
        written = len(clients(site))
        site.picture(page, "import-cancelled")
        assert 1 < written < 3001
        page.locator(".ei-acts button.btn-main").click()
        expect(page.locator(".alert-success")).to_be_visible(timeout=LONG)
    assert len(clients(site)) == len(set(clients(site))) == 3001
    assert site.complaints == []


def test_what_was_chosen_is_remembered_and_the_way_back_keeps_it(site: Site, messy: Path) -> None:
    page = site.log_in("manager1")
    begin(page, messy)
    go_on(page)
    page.wait_for_url("**/columns")
    expect(page.locator(".alert-info")).to_have_count(0)
    page.select_option("#to-I", "client.industry")
    expect(
        page.locator("tr", has=page.locator("#to-I")).get_by_text("Вы выбрали сами")
    ).to_be_visible()
    go_on(page)
    page.wait_for_url("**/options")
    page.go_back()
    assert page.locator("#to-I").input_value() == "client.industry"
    begin(page, messy)
    go_on(page)
    page.wait_for_url("**/columns")
    expect(page.locator(".alert-info")).to_be_visible()
    assert page.locator("#to-I").input_value() == "client.industry"
    assert site.complaints == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.xlsx", b""), ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(200)),
     ("broken.xlsx", b"PK\x03\x04" + bytes(500))],
)  # fmt: skip
def test_a_file_that_can_not_be_read_is_refused_in_a_sentence(
    site: Site, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    page = site.log_in("manager1")
    page.goto("/import/")
    page.set_input_files("#ei-file", file)
    expect(page.locator(".alert-danger").filter(has_text=name)).to_be_visible()
    assert page.url.endswith("/import/")
    with site.firm.session() as session:
        assert session.scalar(select(func.count(ImportRun.id))) == 0
    assert site.complaints == []


def test_two_columns_for_one_field_are_refused_where_they_stand(site: Site, messy: Path) -> None:
    page = site.log_in("manager1")
    begin(page, messy)
    go_on(page)
    page.wait_for_url("**/columns")
    page.select_option("#to-I", "client.tax_id")
    go_on(page)
    expect(page.locator("#wrong-I")).to_be_visible()
    expect(page.locator("#wrong-C")).to_be_visible()
    assert page.locator("#to-I").input_value() == "client.tax_id"
    assert site.complaints == []
