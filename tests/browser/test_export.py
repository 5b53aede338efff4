"""A person exports the list in sight, follows the job and opens the file."""

from __future__ import annotations

import csv

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.test_lists_forms import add_client
from tests.browser.workers import working

pytestmark = pytest.mark.browser


def test_a_filtered_list_is_exported_and_downloaded(site: Site) -> None:
    add_client(site.firm, "manager1", "Ромашка", important=True)
    add_client(site.firm, "manager1", "Василёк")
    add_client(site.firm, "manager2", "Works", important=True)
    with working(site.firm):
        page = site.log_in("manager1")
        page.goto("/client/list/?f=important:eq:1")
        page.get_by_role("link", name="Export").click()
        expect(page.get_by_text("1 row")).to_be_visible()
        page.get_by_label("csv, for other programs").check()
        page.get_by_role("button", name="Export").click()
        page.wait_for_url("**/job/show/*")
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Download").click()
    rows = list(csv.reader(waiting.value.path().read_text("utf-8-sig").splitlines()))
    assert waiting.value.suggested_filename.endswith(".csv")
    assert len(rows) == 2
    assert "Ромашка" in rows[1]
    assert site.complaints == []
