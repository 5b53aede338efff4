"""A manager opens a report, chooses days, clicks a number and lands on the rows it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kartoteka.api import Activity, now
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import add_client, has_no_sideways_scroll

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_number_of_a_report_opens_its_rows(site: Site, size: object) -> None:
    number = add_client(site.firm, "manager1", "Ромашка")
    me = site.firm.users["manager1"]
    with site.firm.session() as session:
        for days, kind in ((2, "call"), (3, "call"), (3, "meeting"), (40, "call")):
            session.add(Activity(client_id=number, kind=kind, author_id=me,
                                 subject=f"{kind} of {days} days",
                                 happened_at=now() - timedelta(days=days)))  # fmt: skip
        session.commit()
    page = site.log_in("manager1", size)
    page.goto("/reports/")
    page.get_by_role("link", name="A manager's week").click()
    page.get_by_label("Period").select_option("last_30_days")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("img", name="Calls, Meetings, Letters")).to_be_visible()
    assert has_no_sideways_scroll(page)
    site.picture(page, "report-week")
    page.locator("tfoot td[data-title=Calls] a").click()
    expect(page.get_by_role("link", name="call of 2 days")).to_be_visible()
    expect(page.get_by_role("link", name="call of 3 days")).to_be_visible()
    expect(page.get_by_role("link", name="meeting of 3 days")).to_have_count(0)
    expect(page.get_by_role("link", name="call of 40 days")).to_have_count(0)
    # Days that are typed go before the period that is chosen beside them.
    page.goto("/reports/week")
    day = (now() - timedelta(days=40)).date().isoformat()
    page.get_by_label("First day").fill(day)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_label("Period")).to_have_value("days")
    expect(page.locator("tfoot td[data-title=Calls]")).to_contain_text("3")
    assert site.complaints == []
