"""What stays of an undone import is named; held rows of a whole list are decided about at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert, select

from kartoteka.api import Client, Staff, as_system, update
from kartoteka.testing import Firm, always_in_schema
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.models import ImportHeld
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_import_wizard import PICTURES, shown
from tests.browser.test_lists_forms import has_no_sideways_scroll
from tests.plugins.excel_import.batches import new_run
from tests.plugins.excel_import.test_decisions_for_the_rest import choices
from tests.plugins.excel_import.test_undo import imported, taken_back
from tests.plugins.excel_import.test_writing import whole_rows

pytestmark = pytest.mark.browser
always_in_schema(excel_import)


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    firm = make("wholesale", excel_import)
    with firm.session() as session:
        language = "en" if PICTURES else "ru"
        session.get_one(Staff, firm.users["manager1"]).language = language
        session.commit()
    return firm


def test_what_stays_of_an_undone_import_is_named(site: Site) -> None:
    firm = site.firm
    number = imported(firm, lambda session: whole_rows(session, 3))
    with firm.session("curator1") as session:
        client = session.scalars(select(Client)).one()
        values = {"note": "rang twice", "industry": "toys"}
        update(session, firm.made.registry.entity("client"), client, values)
        session.commit()
    assert {how for _row, how, *_rest in taken_back(firm, number)} == {"kept"}
    with firm.session("manager1") as session:
        new_run(session, state="uploaded", batch=None, file_name="waiting.csv")
        session.commit()
    page = site.log_in("manager1", WIDE, "en-GB" if PICTURES else "ru-RU")
    page.goto(f"/import/{number}")
    expect(page.locator("#rows tbody tr")).to_have_count(3)
    expect(page.locator("#rows")).to_contain_text("Curator1 Test")
    shown(site, page, "8-undone")
    page.set_viewport_size(PHONE)
    shown(site, page, "phone-8-undone")
    page.goto("/import/")
    expect(page.locator("#waiting")).to_contain_text("waiting.csv")
    shown(site, page, "phone-waiting")
    page.set_viewport_size(WIDE)
    shown(site, page, "phone-waiting-wide")
    page.goto(f"/import/{number}")
    page.locator("#rows a", has_text="Ромашка").first.click()
    expect(page.locator("h1")).to_contain_text("Ромашка")
    assert site.complaints == []


def held_back(firm: Firm, count: int) -> int:
    """Return a checked list whose rows are all similar to one client."""
    found = {"rows_total": count, "possible": count, "duplicate": count}
    with firm.session("manager1") as session:
        client = Client(name="Ромашка", address="Москва")
        session.add(client)
        run = new_run(session, state="checked", batch=None, preview=found)
        session.flush()
        rows = [
            {"run_id": run.id, "row": row, "about": {
                "reason": "It may be the client Ромашка.", "clients": [client.id], "cells": [],
                "said": {"name": "Ромашка", "address": f"Тула, {row}"},
            }}
            for row in range(2, count + 2)
        ]  # fmt: skip
        with as_system(session, "test"):
            session.execute(insert(ImportHeld), rows)
        session.commit()
        return run.id


def test_the_rest_of_the_held_rows_is_decided_and_taken_back(site: Site) -> None:
    firm = site.firm
    number = held_back(firm, 52)
    page = site.log_in("manager1", WIDE, "ru-RU")
    page.goto(f"/import/{number}/check?show=possible")
    page.locator(".ei-rest button[value=new]").click()
    expect(page.locator("#ask")).to_contain_text("52")
    page.locator("#ask button[value=yes]").click()
    expect(page.locator(".ei-together")).to_contain_text("52")
    assert choices(firm) == {"new": 52}
    site.picture(page, "import-rest-wide")
    page.wait_for_load_state()  # the script asks before anything is taken back
    page.locator(".ei-together button").click()
    page.locator("#ask button[value=yes]").click()
    expect(page.locator(".ei-together")).to_have_count(0)
    assert choices(firm) == {None: 52}
    page.set_viewport_size(PHONE)
    assert has_no_sideways_scroll(page)
    site.picture(page, "import-rest-phone")
    assert site.complaints == []
