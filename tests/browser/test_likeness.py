"""A form tells while one types who it may be, and nothing in it jumps."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kartoteka.api import Client
from tests.browser.conftest import PHONE, WIDE, Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_form_tells_and_does_not_jump(site: Site, size: object) -> None:
    with site.firm.session() as session:
        session.add(Client(name="ООО «Ромашка»", owner_id=site.firm.users["manager1"]))
        session.commit()
    page = site.log_in("manager1", size)
    page.goto("/client/add")
    place = page.locator('[data-alike="name"]')
    below = page.locator("#in-tax_id")
    before = below.bounding_box()
    page.locator("#in-name").press_sequentially("Ромашка")
    expect(place.locator("summary")).to_contain_text("ООО «Ромашка»")
    assert below.bounding_box() == before
    assert place.get_attribute("aria-live") == "polite"
    page.keyboard.press("Tab")
    expect(place.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(place.get_by_role("link")).to_have_attribute("href", "/client/show/1")
    page.fill("#in-name", "Кипарис")
    expect(place.locator("summary")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert site.complaints == []


def test_saving_asks_once_without_script(site: Site) -> None:
    with site.firm.session() as session:
        session.add(Client(name="ООО «Ромашка»", owner_id=site.firm.users["manager1"]))
        session.commit()
    with_script = site.log_in("manager1")
    bare = site.browser.new_context(
        base_url=site.url, java_script_enabled=False,
        storage_state=with_script.context.storage_state(),
    ).new_page()  # fmt: skip
    site.pages.append(bare)
    bare.goto("/client/add")
    bare.fill("#in-name", "Ромашка")
    bare.fill("[name=note]", "Пришли с выставки")
    bare.get_by_role("button", name="Save", exact=True).click()
    expect(bare.locator("[name=note]")).to_have_value("Пришли с выставки")
    bare.get_by_role("button", name="Save all the same").click()
    expect(bare.get_by_role("heading", level=1)).to_have_text("Ромашка")
