"""The pages of colours on screen: a number opens its clients; every column can be seen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from kartoteka.api import Region
from kartoteka.testing import Firm, always_in_schema
from kartoteka_funnel_colors import plugin as colors_plugin
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import has_no_sideways_scroll
from tests.plugins.funnel_colors.conftest import SALE
from tests.plugins.funnel_colors.making import buy, new_client, request_of

pytestmark = pytest.mark.browser
always_in_schema(colors_plugin)


@pytest.fixture
def firm(make: Any) -> Firm:
    firm = make(colors_plugin, SALE)
    mine = firm.users["manager1"]
    with firm.session() as session:
        for number in range(3):
            region = Region(name=f"Region with a rather long name {number}")
            session.add(region)
            session.flush()
            here: dict[str, Any] = {"region_id": region.id, "owner_id": mine}
            new_client(session, f"Plain {number}", **here)
            buy(session, new_client(session, f"Buyer {number}", **here), 1)
            buy(session, new_client(session, f"Regular {number}", **here), 1, 2, 3)
            buy(session, new_client(session, f"Silent {number}", **here), 300, 310)
            request_of(session, new_client(session, f"Asks {number}", **here))
        session.commit()
    return firm


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_number_opens_its_clients(site: Site, size: Any) -> None:
    page = site.log_in("manager1", size)
    page.goto("/funnel-colors/")
    page.locator("tr", has_text="Platinum").get_by_role("link", name="3", exact=True).click()
    expect(page.get_by_role("link", name="Regular 2")).to_be_visible()
    expect(page.get_by_text("Buyer 0")).to_have_count(0)
    page.goto("/funnel-colors/red")
    page.get_by_role("link", name="3", exact=True).click()
    expect(page.get_by_role("link", name="Silent 0")).to_be_visible()
    expect(page.locator("tbody tr[data-href]")).to_have_count(3)
    assert site.complaints == []


@pytest.mark.parametrize(
    "size", [WIDE, {"width": 1280, "height": 800}, PHONE], ids=["wide", "small", "phone"]
)
def test_all_ten_colours_of_a_region_are_in_sight(site: Site, size: Any) -> None:
    page = site.log_in("manager1", size)
    page.goto("/funnel-colors/regions")
    site.picture(page, f"regions-{size['width']}")
    wrap = page.locator(".table-wrap")
    assert wrap.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert has_no_sideways_scroll(page)
    line = page.locator("tbody tr", has_text="long name 1")
    line.locator('td[data-title*="Gold"]').get_by_role("link").last.click()
    expect(page.locator("tbody tr[data-href]")).to_have_count(1)
    page.goto("/region/show/1")
    site.picture(page, f"region-{size['width']}")
    here = page.locator("section", has_text="Colours of the clients here")
    here.locator("li", has_text="Platinum").get_by_role("link").click()
    expect(page.get_by_role("link", name="Regular 0")).to_be_visible()
    expect(page.locator("tbody tr[data-href]")).to_have_count(1)
    assert site.complaints == []


def test_the_second_click_leads_to_the_recolouring_that_runs(site: Site) -> None:
    page = site.log_in("director")
    for _click in range(2):
        page.goto("/funnel-colors/")
        page.get_by_role("button", name="Recolour all clients").click()
        page.wait_for_url("**/job/show/1")
    assert site.complaints == []
