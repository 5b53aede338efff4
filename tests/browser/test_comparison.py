"""A person sets ticked records side by side and sees where they differ."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.test_lists_forms import add_client

pytestmark = pytest.mark.browser


def test_ticked_clients_stand_side_by_side(site: Site) -> None:
    add_client(site.firm, "manager1", "Ромашка", important=True, note="same")
    add_client(site.firm, "manager1", "Василёк", note="same")
    add_client(site.firm, "manager1", "Third")
    page = site.log_in("manager1")
    page.goto("/client/list/")
    for name in ("Ромашка", "Василёк"):
        page.locator("tr", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    heads = page.locator("thead th")
    expect(heads).to_have_count(3)
    differs = page.locator("tr.differs")
    expect(differs.filter(has_text="Important")).to_be_visible()
    expect(differs.filter(has_text="same")).to_have_count(0)
    expect(page.get_by_text("Third")).to_have_count(0)
    page.get_by_role("link", name="Ромашка").first.click()
    page.wait_for_url("**/client/show/*")
    assert site.complaints == []


def test_who_comes_back_to_ticked_rows_finds_their_actions(site: Site) -> None:
    for name in ("Мячи", "Куклы"):
        add_client(site.firm, "manager1", name)
    page = site.log_in("manager1")
    page.goto("/client/list/")
    for name in ("Мячи", "Куклы"):
        page.locator("tr", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/client/compare**")
    page.go_back()
    page.locator("tr", has_text="Мячи").wait_for()
    assert page.locator("tr", has_text="Мячи").get_by_role("checkbox").is_checked()
    page.locator("[data-actions]").wait_for(state="visible")
    assert page.locator("[data-selected]").inner_text() == "2 ✓"
    assert site.complaints == []
