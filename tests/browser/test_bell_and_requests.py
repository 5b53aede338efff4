"""A form from outside rings the curator; one click, and it rings the manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from kartoteka.api import Client
from kartoteka.testing import Firm
from tests.browser.conftest import PHONE, WIDE
from tests.core.web_requests import ASK, site as make_site

pytestmark = pytest.mark.browser
#: The bell looks twice a minute; the browser's clock is put forward by more.
A_LOOK = 31_000


def bell_of(page: Any) -> Any:
    return page.locator("#bell > summary")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_request_rings_the_curator_and_then_the_manager(
    firm: Firm, serve: Callable[[Firm], Any], size: Any
) -> None:
    _number, address = make_site(firm)
    site = serve(firm)
    curator = site.log_in("curator1", size, "ru-RU")
    manager = site.log_in("manager1", size, "ru-RU")
    for page in (curator, manager):
        page.clock.install()
        page.goto("/contact/list/")
        expect(bell_of(page)).to_have_accessible_name("Уведомления")
    visitor = site.page(size, "ru-RU")
    visitor.goto(f"{address}?utm_source=ya&utm_campaign=spring")
    for label, text in [("Ваше имя", ASK["name"]), ("Компания", ASK["company"]),
                        ("Телефон", ASK["phone"]), ("Сообщение", ASK["message"])]:  # fmt: skip
        visitor.get_by_label(label, exact=True).fill(text)
    site.picture(visitor, f"intake-form-{size['width']}")
    visitor.get_by_role("button", name="Отправить").click()
    expect(visitor.get_by_role("heading", name="Спасибо")).to_be_visible()
    curator.clock.fast_forward(A_LOOK)
    note = curator.get_by_role("status").filter(has_text="Ромашка")
    expect(note).to_be_visible()
    expect(bell_of(curator)).to_have_accessible_name("Уведомления: 1")
    site.picture(curator, f"bell-note-{size['width']}")
    note.get_by_role("button", name="Ромашка").click()
    site.picture(curator, f"bell-open-{size['width']}")
    curator.locator(".notice").get_by_role("link", name="Ромашка").click()
    expect(curator).to_have_url(f"{site.url}/requests/")
    # What was opened is read.
    expect(bell_of(curator)).to_have_accessible_name("Уведомления")
    row = curator.locator(".request").filter(has_text="Ромашка")
    expect(row).to_contain_text("Нужна бумага")
    expect(row).to_contain_text("spring")
    row.get_by_role("combobox").select_option("Manager1 Test")
    site.picture(curator, f"requests-{size['width']}")
    row.get_by_role("button", name="Назначить").click()
    expect(curator.get_by_text("Ромашка: ответственный теперь Manager1 Test")).to_be_visible()
    expect(curator.locator(".request")).to_have_count(0)
    manager.clock.fast_forward(A_LOOK)
    told = manager.get_by_role("status").filter(has_text="Заявка для вас")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Заявка для вас").click()
    manager.locator(".notice").get_by_role("link").click()
    expect(manager.get_by_role("heading", level=1)).to_contain_text("shop.example")
    assert site.complaints == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_notifications_are_read_one_by_one_and_all_together(
    firm: Firm, serve: Callable[[Firm], Any], size: Any
) -> None:
    with firm.session("curator1") as session:
        session.add_all(
            Client(name=f"Клиент {n}", owner_id=firm.users["manager1"]) for n in range(3)
        )
        session.flush()
        session.add_all(Client(name=f"Ещё {n}", owner_id=firm.users["manager1"]) for n in range(1))
        session.commit()
    site = serve(firm)
    page = site.log_in("manager1", size, "ru-RU")
    expect(bell_of(page)).to_have_accessible_name("Уведомления: 2")
    bell_of(page).click()
    first = page.locator(".notice").first
    expect(first).to_contain_text("У вас новый клиент: Ещё 0")
    first.get_by_role("button", name="Отметить прочитанным").click()
    expect(page.locator(".notice")).to_have_count(1)
    expect(bell_of(page)).to_have_accessible_name("Уведомления: 1")
    page.get_by_role("button", name="Прочитать все").click()
    expect(bell_of(page)).to_have_accessible_name("Уведомления")
    expect(page.get_by_text("Ничего нового.")).to_be_visible()
    page.get_by_role("link", name="Все уведомления").click()
    expect(page.locator(".told-row")).to_have_count(2)
    site.picture(page, f"notifications-{size['width']}")
    page.goto("/notifications/settings")
    page.get_by_label("Мне передают клиента").select_option("Не сообщать")
    site.picture(page, f"notification-settings-{size['width']}")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_label("Мне передают клиента")).to_have_value("off")
    assert site.complaints == []


def test_a_site_gets_its_key_once_and_a_form_to_copy(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    number, _address = make_site(firm)
    site = serve(firm)
    page = site.log_in("director", WIDE, "ru-RU")
    page.goto(f"/intake_site/show/{number}")
    site.picture(page, "intake-site")
    page.get_by_role("button", name="Новый ключ").click()
    page.locator("#ask").get_by_role("button", name="Да").click()
    key = page.locator(".site-key").inner_text()
    assert key in page.locator(".source").inner_text()
    site.picture(page, "intake-key")
    visitor = site.page()
    visitor.goto(f"/api/v1/intake/{key}")
    expect(visitor.get_by_role("button", name="Send")).to_be_visible()
    assert site.complaints == []
