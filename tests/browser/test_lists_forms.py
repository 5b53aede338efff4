"""People of every role find their way in the browser: log in, add, find, edit, be refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from kartoteka.api import Client, create
from kartoteka.testing import Firm
from tests.browser.conftest import PASSWORD, PHONE, WIDE, Site

pytestmark = pytest.mark.browser


def add_client(firm: Firm, who: str, name: str, **values: object) -> int:
    with firm.session(who) as session:
        client = create(session, firm.made.registry.entity("client"), {"name": name, **values})
        session.commit()
        return client.id


def has_no_sideways_scroll(page: Page) -> bool:
    page.wait_for_load_state()  # before its styles are there a page is as wide as it likes
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("who", ["director", "curator1", "manager1", "assistant1", "admin"])
def test_each_role_logs_in_and_sees_the_clients_of_its_reach(site: Site, who: str) -> None:
    add_client(site.firm, "manager1", "Северная фирма")
    add_client(site.firm, "manager3", "Южная фирма")

    page = site.log_in(who)
    page.goto("/client/list/")

    expect(page.get_by_role("link", name="Северная фирма")).to_be_visible()
    sees_all = who in ("director", "admin")
    expect(page.get_by_text("Южная фирма")).to_have_count(1 if sees_all else 0)
    assert site.complaints == []


def test_a_wrong_password_is_said_and_nothing_more(site: Site) -> None:
    page = site.page()
    page.goto("/client/list/")
    page.fill("input[name=username]", "manager1")
    page.fill("input[name=password]", "wrong")
    page.click("form[data-login] button")

    expect(page.locator(".toasts")).to_contain_text("Invalid user name or password")
    page.fill("input[name=username]", "manager1")
    page.fill("input[name=password]", PASSWORD)
    page.click("form[data-login] button")
    expect(page.get_by_role("heading", name="Clients")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_cyrillic_client_is_added_found_and_edited(site: Site, size: object) -> None:
    with site.firm.session() as session:
        region = site.firm.made.registry.entity("region")
        create(session, region, {"name": "Московская область", "kind": "region"})
        session.commit()
    page = site.log_in("manager1", size)
    page.goto("/client/list/")
    expect(page.get_by_text("No clients yet.")).to_be_visible()
    page.get_by_role("link", name="Add").first.click()

    page.get_by_label("Name").fill("ООО «Ёлочка»")
    page.get_by_role("combobox", name="Region").press_sequentially("моск")
    page.get_by_role("option", name="Московская область").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("/client/show/"))
    page.goto("/client/list/")
    expect(page.get_by_role("link", name="ООО «Ёлочка»")).to_be_visible()
    expect(page.get_by_role("link", name="Московская область")).to_be_visible()
    assert has_no_sideways_scroll(page)

    page.keyboard.press("/")
    page.keyboard.type("елоч")
    page.locator(".suggest .hit", has_text="Ёлочка").click()
    page.wait_for_url(re.compile("/client/show/"))
    assert has_no_sideways_scroll(page)
    page.get_by_role("link", name="Edit").first.click()
    page.get_by_label("Name").fill("ООО «Сосна»")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="ООО «Сосна»").first).to_be_visible()
    with site.firm.session() as session:
        assert [client.name for client in session.query(Client)] == ["ООО «Сосна»"]
    assert site.complaints == []


def test_another_managers_client_is_refused(site: Site) -> None:
    foreign = add_client(site.firm, "manager3", "Чужая фирма")
    page = site.log_in("manager1")

    answer = page.goto(f"/client/show/{foreign}")

    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("you have no right to it")).to_be_visible()
    expect(page.get_by_text("Чужая фирма")).to_have_count(0)


def test_a_wrong_value_is_marked_and_the_rest_stays(site: Site) -> None:
    page = site.log_in("manager1")
    page.goto("/client/add")
    page.get_by_label("Name").fill("Ромашка")
    page.get_by_label("Tax number").fill("7707083890")
    page.get_by_role("button", name="Save").click()

    expect(page.locator("#error-tax_id", has_text="check digit is wrong")).to_be_visible()
    expect(page.get_by_label("Tax number")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Ромашка")
    page.get_by_label("Tax number").fill("7707083893")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Ромашка").first).to_be_visible()


def test_a_filter_is_put_together_and_taken_away(site: Site) -> None:
    add_client(site.firm, "manager1", "Большая", size_class="A")
    add_client(site.firm, "manager1", "Малая", size_class="C")
    page = site.log_in("manager1")
    page.goto("/client/list/")

    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Field").select_option("size_class")
    page.get_by_label("Value", exact=True).select_option("A")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("link", name="Size is A: large", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Малая")).to_have_count(0)

    page.get_by_label("Remove the filter: Size is A: large").click()
    expect(page.get_by_role("link", name="Малая")).to_be_visible()
    assert site.complaints == []


def test_a_row_is_previewed_by_keyboard_and_opened_by_a_click(site: Site) -> None:
    add_client(site.firm, "manager1", "Ромашка", note="Звонить после обеда")
    page = site.log_in("manager1")
    page.goto("/client/list/")

    page.locator("tr[data-href]").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog").get_by_text("Звонить после обеда").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("tr[data-href] td").nth(2).click()
    page.wait_for_url(re.compile("/client/show/"))
    assert site.complaints == []


def test_two_people_edit_one_client_in_two_browsers(site: Site) -> None:
    number = add_client(site.firm, "manager1", "Ромашка", industry="Куклы")
    mine, theirs = site.log_in("manager1"), site.log_in("director")
    mine.goto(f"/client/edit/{number}")
    theirs.goto(f"/client/edit/{number}")
    theirs.get_by_label("Line of business").fill("Мячи")
    theirs.get_by_role("button", name="Save").click()
    theirs.wait_for_url(re.compile("/client/show/"))

    mine.get_by_label("Line of business").fill("Кубики")
    mine.get_by_role("button", name="Save").click()

    expect(mine.get_by_text("Director Test saved it while you were editing")).to_be_visible()
    mine.get_by_label("Мячи").check()
    mine.get_by_role("button", name="Save what is chosen").click()
    mine.wait_for_url(re.compile("/client/show/"))
    with site.firm.session() as session:
        assert session.get_one(Client, number).industry == "Мячи"


def test_a_date_is_typed_by_hand_and_kept(site: Site) -> None:
    number = add_client(site.firm, "manager1", "Ромашка")
    page = site.log_in("manager1")
    page.goto(f"/contract/add?client_id={number}")
    page.get_by_label("Number").fill("7")
    page.get_by_label("Ends").fill("2026-12-31")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("/contract/show/"))

    expect(page.get_by_text("31 Dec 2026").first).to_be_visible()


def test_leaving_the_deletion_question_keeps_the_record(site: Site) -> None:
    number = add_client(site.firm, "manager1", "Ромашка")
    page = site.log_in("manager1")
    page.goto(f"/client/delete/{number}")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(re.compile("/client/show/"))
    page.goto(f"/client/delete/{number}")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".toasts")).to_contain_text("Deleted: Ромашка.")


def test_the_language_is_changed_in_the_menu_of_the_person(site: Site) -> None:
    page = site.log_in("manager1")
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert site.complaints == []


def test_the_navigation_is_a_drawer_on_a_phone(site: Site) -> None:
    page = site.log_in("manager1", PHONE)
    expect(page.locator(".nav")).not_to_be_in_viewport()
    page.get_by_label("Menu", exact=True).click()
    page.locator(".nav").get_by_role("link", name="Contacts").click()
    page.wait_for_url(re.compile("/contact/list/"))
    assert has_no_sideways_scroll(page)
