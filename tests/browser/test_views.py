"""Views, segments and the call queue on screen: kept, opened, shared, on a phone too."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from kartoteka.api import Client, Norm, PluginInfo, Segment, field_is, hookimpl, now
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import add_client, has_no_sideways_scroll
from tests.conftest import sale_plugin

pytestmark = pytest.mark.browser


def ringing() -> Any:
    norm = Norm(code="rings_all", title="Everybody is called", most=30, fact="days_since_call",
                never="was never called", unit="days")  # fmt: skip
    segment = Segment(code="rings_large", title="Important ones",
                      criteria=field_is("important", "eq", True))  # fmt: skip
    return SimpleNamespace(
        PLUGIN=PluginInfo(name="rings", title="Rings", version="1", requires_core=">=0.1,<1"),
        norms=hookimpl(lambda: [norm]),
        segments=hookimpl(lambda: [segment]),
    )


@pytest.fixture
def site(serve: Any, make: Any) -> Site:
    return serve(make(sale_plugin(), ringing()))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_list_is_kept_as_a_view_shared_and_opened(site: Site, size: object) -> None:
    add_client(site.firm, "manager1", "Large shop", important=True)
    add_client(site.firm, "manager1", "Small shop")
    add_client(site.firm, "manager2", "Works", important=True)
    phone = "phone" if size == PHONE else "wide"
    page = site.log_in("manager1", size)
    page.goto("/client/list/?f=important:eq:1")
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Save as a new view").fill("Important")
    page.get_by_label("Open the list with it").check()
    site.picture(page, f"view-menu-{phone}")
    page.locator(".view-menu").get_by_role("button", name="Save", exact=True).click()

    page.wait_for_url(re.compile("view="))
    expect(page.get_by_role("link", name="Important", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    page.goto("/client/list/")
    expect(page.get_by_text("Small shop")).to_have_count(0)
    page.get_by_text("View", exact=True).click()
    page.get_by_role("link", name="Rename, share").click()
    page.get_by_label("Shared with").select_option("everybody")
    page.get_by_label("Segment").check()
    site.picture(page, f"view-form-{phone}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".values")).to_contain_text("Important: yes")
    assert has_no_sideways_scroll(page)
    other = site.log_in("manager2", size)
    other.goto("/client/list/")
    other.get_by_role("link", name="Important", exact=True).click()
    expect(other.get_by_role("link", name="Works")).to_be_visible()
    expect(other.get_by_text("Large shop")).to_have_count(0)
    site.picture(other, f"view-list-{phone}")
    other.goto("/segments/")
    expect(other.get_by_role("link", name="Important ones")).to_be_visible()
    expect(other.locator("tbody tr")).to_have_count(2)
    site.picture(other, f"segments-{phone}")
    assert has_no_sideways_scroll(other)
    assert site.complaints == []


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_queue_says_whom_to_call_and_the_head_sees_how_norms_are_kept(
    site: Site, size: object
) -> None:
    number = add_client(site.firm, "manager1", "Large shop", important=True)
    with site.firm.session() as session:
        begun = now() - timedelta(days=90)
        session.execute(update(Client).where(Client.id == number).values(created_at=begun))
        session.commit()
    phone = "phone" if size == PHONE else "wide"
    page = site.log_in("manager1", size)
    expect(page.get_by_text("was never called")).to_be_visible()
    site.picture(page, f"home-{phone}")
    page.get_by_role("link", name="Large shop").click()
    expect(page.get_by_text("Belongs to segments")).to_be_visible()
    page.locator(".segment summary").press("Enter")
    expect(page.get_by_text("Important: yes")).to_be_visible()
    site.picture(page, f"card-{phone}")
    director = site.log_in("director", size)
    director.goto("/norms/")
    expect(director.get_by_text("0 %")).to_be_visible()
    site.picture(director, f"norms-{phone}")
    director.get_by_role("link", name="Numbers").click()
    director.get_by_label("At most: Everybody is called").fill("120")
    site.picture(director, f"numbers-{phone}")
    director.get_by_role("button", name="Save").click()
    expect(director.get_by_text("at most 120")).to_be_visible()
    assert has_no_sideways_scroll(director)
    page.goto("/call-now/")
    expect(page.get_by_text("as often as the norms ask")).to_be_visible()
    site.picture(page, f"queue-{phone}")
    assert site.complaints == []
