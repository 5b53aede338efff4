"""A person adds up the list in sight, as a whole and in groups."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kartoteka.api import Client
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import add_client, has_no_sideways_scroll
from tests.plugins.funnel_colors.making import buy

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_figures_are_grouped_on_demand(site: Site, size: object) -> None:
    for name, size_class, bought in (("One", "C", 1), ("Two", "C", 2), ("Big", "A", 40)):
        number = add_client(site.firm, "manager1", name, size_class=size_class)
        with site.firm.session() as session:
            buy(session, session.get_one(Client, number), *range(1, bought + 1))
            session.commit()
    page = site.log_in("manager1", size)
    page.goto("/client/list/")
    page.get_by_role("link", name="Totals").click()
    expect(page.get_by_text("3 rows")).to_be_visible()
    expect(page.locator("tr", has_text="Purchases").first).to_contain_text("43")
    page.get_by_label("Group by").select_option("size_class")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tr.whole", has_text="43").first).to_be_visible()
    expect(page.locator("tr", has_text="C: small").first).to_contain_text("3")
    site.picture(page, "totals-grouped")
    assert has_no_sideways_scroll(page)
    assert site.complaints == []
