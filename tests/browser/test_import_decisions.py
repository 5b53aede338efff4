"""Before an import a person decides about rows that look like clients of the base."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kartoteka.api import Client, ContactPoint, Staff
from kartoteka.testing import Firm, always_in_schema
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportHeld
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_import_wizard import LONG, check
from tests.browser.test_lists_forms import has_no_sideways_scroll
from tests.browser.workers import working

pytestmark = pytest.mark.browser
always_in_schema(excel_import)
LIST = (
    "Название;ИНН;Адрес;Телефон\n"
    "ООО «Ромашка»;7743842112;Тула, проспект Ленина, 5;8 495 765-43-21\n"
    "Лютик;;Омск, Мира, 1;\nВасилёк;;Псков, Мира, 2;\n"
)


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    firm = make("wholesale", excel_import)
    with firm.session() as session:
        owner = firm.users["manager1"]
        known = Client(name="Ромашка", tax_id="7728812089", address="Москва", owner_id=owner)
        session.add(known)
        session.add_all(Client(name=name, owner_id=owner) for name in ("Лютик", "ИП Лютик"))
        session.add(Client(name="Василёк", address="Казань", owner_id=owner))
        session.flush()
        session.add(ContactPoint(client_id=known.id, kind="phone", value="+7 495 123-45-67"))
        session.get_one(Staff, owner).language = "ru"
        session.commit()
    return firm


def test_rows_are_decided_about_on_a_phone_by_keyboard(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST, encoding="utf-8")
    with working(site.firm):
        page = site.log_in("manager1", PHONE, "ru-RU")
        check(page, file)
        page.goto(f"{page.url.split('?')[0]}?show=possible")
        rows = page.locator(".ei-held-row")
        expect(rows).to_have_count(3)
        expect(rows.first.locator(".is-differs")).not_to_have_count(0)
        start = page.locator("[data-ei-import]")
        expect(start).to_be_hidden()
        assert has_no_sideways_scroll(page)
        site.picture(page, "import-held-phone")
        # The first choice is reached and made without a mouse, and kept at once.
        rows.first.locator("input[type=radio]").first.focus()
        page.keyboard.press("ArrowDown")
        said = page.locator("[data-said]")
        expect(said).to_contain_text("1")
        expect(rows.first.locator("input[value=new]")).to_be_checked()
        expect(start).to_be_visible()
        rows.nth(1).get_by_role("radio", name="ИП Лютик").check()
        expect(said).to_contain_text("2")
        rows.first.locator("input[value=new]").press("Enter")
        page.wait_for_load_state()
        expect(rows.locator("input:checked")).to_have_count(2)
        page.reload()
        expect(rows.first.locator("input[value=new]")).to_be_checked()
        expect(rows.nth(1).get_by_role("radio", name="ИП Лютик")).to_be_checked()
        page.set_viewport_size(WIDE)
        assert has_no_sideways_scroll(page)
        site.picture(page, "import-held-wide")
        page.locator(".ei-every button[value=out]").click()
        expect(rows.locator("input[value=out]:checked")).to_have_count(3)
        rows.first.locator("input[value=new]").check()
        rows.nth(1).get_by_role("radio", name="ИП Лютик").check()
        expect(start).to_contain_text("2")  # it is not there before a row is to be imported
        start.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".ei-acts")).to_be_visible(timeout=LONG)
    with site.firm.session() as session:
        choices = session.scalars(select(ImportHeld.choice).order_by(ImportHeld.row)).all()
        found = session.execute(select(Client.name, Client.address).order_by(Client.id)).all()
    assert choices == ["new", "same", "out"]
    assert [tuple(one) for one in found] == [
        ("Ромашка", "Москва"), ("Лютик", None), ("ИП Лютик", "Омск, Мира, 1"),
        ("Василёк", "Казань"), ("ООО «Ромашка»", "Тула, проспект Ленина, 5"),
    ]  # fmt: skip
    assert site.complaints == []
