"""A person changes many records at once: asked first, done by a job, taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kartoteka.api import Client
from tests.browser.conftest import Site
from tests.browser.test_lists_forms import add_client
from tests.browser.workers import working

pytestmark = pytest.mark.browser


def important(site: Site) -> list[str]:
    with site.firm.session() as session:
        wanted = select(Client.name).where(Client.important).order_by(Client.name)
        return list(session.scalars(wanted))


def test_many_are_changed_after_a_question_and_put_back(site: Site) -> None:
    for name in ("One", "Two", "Three"):
        add_client(site.firm, "manager1", name)
    with working(site.firm):
        page = site.log_in("manager1")
        page.goto("/client/list/")
        for name in ("One", "Two"):
            page.locator("tr", has_text=name).get_by_role("checkbox").check()
        page.get_by_role("button", name="Change…").click()
        page.locator("select[name=field]").select_option("important")
        page.get_by_role("button", name="Next").click()
        page.locator("form.form [name=important]").first.check()
        page.get_by_role("button", name="Change 2 records").click()
        page.locator("#ask").get_by_role("button", name="Cancel").click()
        assert important(site) == []
        page.get_by_role("button", name="Change 2 records").click()
        page.locator("#ask").get_by_role("button", name="Yes").click()
        page.wait_for_url("**/job/show/*")
        take_back = page.get_by_role("button", name="Take back")
        expect(take_back).to_be_visible()
        assert important(site) == ["One", "Two"]
        first = page.url
        take_back.click()
        page.locator("#ask").get_by_role("button", name="Yes").click()
        page.wait_for_url(lambda address: "/job/show/" in address and address != first)
        expect(page.locator("[data-jobs]").get_by_text("Done", exact=True)).to_be_visible()
    assert important(site) == []
    assert site.complaints == []
