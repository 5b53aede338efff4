"""The check of a list tells what would change, what is left out, and offers what would help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from kartoteka.api import Client, ContactPoint, Staff
from kartoteka.testing import Firm, always_in_schema
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportRun
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_import_wizard import LONG, begin, go_on
from tests.browser.test_lists_forms import has_no_sideways_scroll
from tests.browser.workers import working

pytestmark = pytest.mark.browser
always_in_schema(excel_import)

ROWS: tuple[tuple[Any, ...], ...] = (
    ("Клиенты мая", None, None, None, None),
    ("Название", "ИНН", "Контакты", None, "Адрес"),
    (None, None, "Телефон", "Почта", None),
    ("ООО «Ромашка»", "7743842112", "8 495 123-45-67", "info@romashka.example", "Тула, Мира, 5"),
    ("ООО «Лютик»", "7728812089", "не знаю", "info@lutik.example", "Омск, Мира, 1"),
    ("ООО «Клевер»", "7717694852", "495-777-88-99 (секретарь)", "", "Псков, Мира, 2"),
    ("Клевер", "7717694852", "8 495 777-88-98", "", ""),
    (None, None, None, None, None),
    ("", "7724078460", "8 495 777-88-97", "", ""),
    ("Библиотека №42", "7704252261", "8 495 111-22-33", "", "Москва, Усиевича, 16"),
    ("Библиотека №30", "7704252261", "8 495 111-22-34", "", "Москва, Тверская, 10"),
    ("Итого", "7 клиентов", None, None, None),
)


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    firm = make("wholesale", excel_import)
    with firm.session() as session:
        owner = firm.users["manager1"]
        session.add(Client(name="Ромашка", tax_id="7743842112", address="Москва", owner_id=owner))
        session.get_one(Staff, owner).language = "ru"
        session.commit()
    return firm


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book: Any = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    for cells in ("A2:A3", "B2:B3", "C2:D2", "E2:E3"):
        book.active.merge_cells(cells)
    path = tmp_path / "Клиенты мая.xlsx"
    book.save(path)
    return path


def looked_at(site: Site, page: Page, name: str) -> None:
    """Keep the page as it is on a wide screen and on a phone; neither scrolls sideways."""
    for size, kind in ((PHONE, "phone"), (WIDE, "wide")):
        page.set_viewport_size(size)
        assert has_no_sideways_scroll(page), (name, kind)
        folder_name = f"import-check-{name}-{kind}"
        site.picture(page, folder_name)


def test_a_list_is_understood_from_its_heads_to_its_result(site: Site, file: Path) -> None:
    with working(site.firm):
        page = site.log_in("manager1", WIDE, "ru-RU")
        begin(page, file)
        # Both rows of the heads are marked, the title above is not.
        expect(page.locator("tr.is-head")).to_have_count(2)
        expect(page.locator("tr.is-above")).to_have_count(1)
        looked_at(site, page, "heads")
        go_on(page)
        page.wait_for_url("**/columns")
        go_on(page)
        page.wait_for_url("**/options")
        page.locator("input[name=bad_cells]").first.scroll_into_view_if_needed()
        looked_at(site, page, "settings")
        go_on(page)
        expect(page.locator(".ei-tiles")).to_be_visible(timeout=LONG)
        expect(page.get_by_text("Пропущена 1 строка итогов")).to_be_visible()
        looked_at(site, page, "rejected")
        page.get_by_role("button", name="Загрузить без неверных ячеек").click()
        expect(page.locator(".ei-left")).to_be_visible(timeout=LONG)
        page.locator(".ei-update").click()
        changes = page.locator(".ei-changes")
        expect(changes.first.locator("del")).to_have_text("Москва")
        expect(changes.first.locator("ins").first).to_have_text("Тула, Мира, 5")
        expect(changes.nth(1)).to_contain_text("строка 6 этого файла")
        page.locator(".ei-left summary").click()
        expect(page.locator(".ei-left").get_by_text("не знаю")).to_be_visible()
        looked_at(site, page, "changes")
        page.locator(".ei-possible").click()
        expect(page.locator("#rows")).to_contain_text("тот же ИНН")
        looked_at(site, page, "branches")
        page.locator(".ei-foot button.btn-main").click()
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
        page.locator(".ei-left summary").click()
        expect(page.locator(".ei-left").get_by_text("не знаю")).to_be_visible()
        looked_at(site, page, "result")
    with site.firm.session() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.left_out, run.blank, run.totals) == (1, 1, 1)
        labels = select(ContactPoint.label).where(ContactPoint.label.is_not(None))
        assert session.scalars(labels).all() == ["секретарь"]
    assert site.complaints == []
