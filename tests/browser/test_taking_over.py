"""Clients change hands and come back; two people edit at once; two cards become one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from kartoteka.api import Client
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_lists_forms import add_client, has_no_sideways_scroll

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


def owners(site: Site) -> dict[str, str]:
    """Return whose client each one is."""
    users = {number: name for name, number in site.firm.users.items()}
    with site.firm.session() as session:
        found = session.execute(select(Client.name, Client.owner_id)).all()
        return {name: users[owner] for name, owner in found if owner is not None}


def agree(page: Page) -> None:
    page.locator("#ask button[value=yes]").click()


@SIZES
def test_ticked_clients_go_to_another_manager(site: Site, size: object) -> None:
    for name in ("Ромашка", "Василёк", "Лютик"):
        add_client(site.firm, "manager1", name)
    page = site.log_in("curator1", size)
    page.goto("/client/list/")
    for name in ("Ромашка", "Лютик"):
        page.locator("tr", has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Hand over…").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hand over 2 clients")
    assert has_no_sideways_scroll(page)
    page.get_by_label("Who takes them").select_option(str(site.firm.users["manager2"]))
    page.get_by_label("Why").fill("На время отпуска")
    site.picture(page, f"handover-{size['width']}")  # type: ignore[index]
    page.locator("form.narrow .btn-main").click()

    expect(page.locator(".toasts")).to_contain_text("2 clients were handed over")
    assert owners(site) == {"Ромашка": "manager2", "Василёк": "manager1", "Лютик": "manager2"}
    page.get_by_role("link", name="Ромашка").click()
    expect(page.get_by_text("На время отпуска").first).to_be_visible()
    assert site.complaints == []


@SIZES
def test_a_deleted_client_comes_back_from_the_bin(site: Site, size: object) -> None:
    number = add_client(site.firm, "manager1", "Ромашка", note="Помнить о скидке")
    page = site.log_in("director", size)
    page.goto(f"/client/delete/{number}")
    page.locator("form .btn-danger").click()
    assert owners(site) == {}

    page.goto("/bin/")
    assert has_no_sideways_scroll(page)
    site.picture(page, f"bin-{size['width']}")  # type: ignore[index]
    page.get_by_role("button", name="Restore").click()
    page.wait_for_url(re.compile(f"/client/show/{number}"))
    expect(page.get_by_text("Помнить о скидке").first).to_be_visible()
    page.goto("/bin/")
    expect(page.get_by_text("The bin is empty.")).to_be_visible()
    assert site.complaints == []


@SIZES
def test_the_second_of_two_writers_chooses_field_by_field(site: Site, size: object) -> None:
    number = add_client(site.firm, "manager1", "Ромашка", industry="toys")
    mine, theirs = site.log_in("manager1", size), site.log_in("curator1")
    for page in (mine, theirs):
        page.goto(f"/client/edit/{number}")
    theirs.get_by_label("Line of business").fill("games")
    theirs.get_by_role("button", name="Save").first.click()
    theirs.wait_for_url(re.compile("/client/show/"))
    mine.get_by_label("Line of business").fill("sports")
    mine.locator("input[name=name]").fill("Ромашка-2")
    mine.get_by_role("button", name="Save").first.click()

    expect(mine.get_by_role("heading", level=1)).to_have_text("Somebody changed this record too")
    assert has_no_sideways_scroll(mine)
    site.picture(mine, f"conflict-{size['width']}")  # type: ignore[index]
    mine.get_by_label("games").check()
    mine.get_by_role("button", name="Save what is chosen").click()
    mine.wait_for_url(re.compile("/client/show/"))
    with site.firm.session() as session:
        client = session.get_one(Client, number)
        assert (client.name, client.industry) == ("Ромашка-2", "games")
    assert site.complaints == []


@SIZES
def test_two_cards_become_one_and_two_again(site: Site, size: object) -> None:
    kept = add_client(site.firm, "manager1", "ООО Ромашка", industry="toys")
    other = add_client(site.firm, "manager1", "Ромашка", note="Звонить утром")
    page = site.log_in("curator1", size)
    page.goto("/client/list/")
    for row in page.locator("tbody tr", has_text="Ромашка").all():
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Merge…").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Merge: clients")
    assert has_no_sideways_scroll(page)
    site.picture(page, f"merge-{size['width']}")  # type: ignore[index]
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".toasts")).to_be_visible()
    assert list(owners(site)) == ["ООО Ромашка"]
    page.goto(f"/client/show/{other}")
    expect(page).to_have_url(re.compile(f"/client/show/{kept}"))
    expect(page.get_by_text("Звонить утром").first).to_be_visible()
    page.get_by_role("button", name="Take the merge back").click()
    agree(page)
    page.wait_for_url(re.compile("/client/"))
    expect(page.locator(".toasts")).to_be_visible()
    assert sorted(owners(site)) == ["ООО Ромашка", "Ромашка"]
    assert site.complaints == []
