"""Blocks of a form come and go with what is chosen; a list fits the window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kartoteka.api import Client
from kartoteka.testing import Firm
from tests.browser.conftest import PHONE, WIDE, Site

pytestmark = pytest.mark.browser


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    """A wholesale firm."""
    return make("wholesale")


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_profiles_come_and_go_with_the_type_and_lose_nothing(site: Site, size: object) -> None:
    page = site.log_in("manager1", size)
    page.goto("/client/add")
    shop = page.locator("fieldset", has=page.locator("[name=wholesale_outlets]"))
    maker = page.locator("fieldset", has=page.locator("[name=wholesale_production]"))
    expect(shop).to_be_hidden()
    expect(maker).to_be_hidden()

    page.fill("[name=name]", "Уют")
    page.select_option("[name=wholesale_type]", "shop")
    expect(shop).to_be_visible()
    expect(maker).to_be_hidden()
    page.locator("[name=wholesale_outlets]").press_sequentially("7")

    page.select_option("[name=wholesale_type]", "manufacturer")
    expect(maker).to_be_visible()
    expect(shop).to_be_visible()
    expect(shop.locator("[data-kept]")).to_be_visible()
    expect(page.locator("[name=wholesale_floor_area]")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.focus("[name=wholesale_outlets]")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Tab")
    expect(shop).to_be_hidden()
    assert site.complaints == []


def test_without_script_every_profile_is_there(site: Site) -> None:
    with_script = site.log_in("manager1")
    bare = site.browser.new_context(
        base_url=site.url, java_script_enabled=False,
        storage_state=with_script.context.storage_state(),
    ).new_page()  # fmt: skip
    site.pages.append(bare)
    bare.goto("/client/add")
    expect(bare.locator("[name=wholesale_outlets]")).to_be_visible()
    expect(bare.locator("[name=wholesale_production]")).to_be_visible()


def test_the_list_of_clients_fits_the_window_and_tells_cut_names_in_full(site: Site) -> None:
    long = "Общество с ограниченной ответственностью «Мебельный дом на Большой Садовой улице»"
    with site.firm.session("manager1") as session:
        session.add(Client(name=long, wholesale_type="manufacturer", size_class="B"))
        session.commit()
    page = site.log_in("manager1")
    page.goto("/client/list/")
    fits = "(e) => e.scrollWidth <= e.clientWidth"
    assert page.locator(".list > .table-wrap").evaluate(fits)
    cell = page.locator("td.first")
    cell.hover()
    expect(cell).to_have_attribute("title", long)
