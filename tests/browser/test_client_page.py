"""A manager works on the page of a client: adds a person, logs a call, ends a job."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


def create_client(page: Page, name: str) -> None:
    page.goto("/client/add")
    page.fill("input[name=name]", name)
    page.click("form[data-form] .btn-main")
    page.wait_for_url(re.compile(r"/client/show/\d+"))


def add_person(page: Page, name: str, *phones: str) -> None:
    page.locator("#people").get_by_role("link", name="Person", exact=True).click()
    page.fill("input[name=name]", name)
    page.fill("input[name=position]", "Закупки")
    rows = page.locator("[data-point]")
    for number, phone in enumerate(phones):
        if number >= rows.count():
            page.click("[data-more-points]")
        rows.nth(number).locator("input").fill(phone)
    page.click("form[data-form] .btn-main")
    page.wait_for_url(re.compile(r"/client/show/\d+"))


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "phone"])
def test_a_manager_fills_a_card_and_logs_a_call(site: Any, size: Any) -> None:
    page = site.log_in("manager1", size)
    create_client(page, "Ромашка")
    expect(page.locator("#people")).to_contain_text("Nobody is known there.")
    page.locator("#people").get_by_role("link", name="Add a person").click()
    page.fill("input[name=name]", "Анна Иванова")
    page.locator("[data-point]").nth(0).locator("input").fill("8 912 345-67-89")
    page.click("[data-more-points]")
    page.locator("[data-point]").nth(3).locator("input").fill("+7 495 123-45-67")
    page.click("form[data-form] .btn-main")
    people = page.locator("#people")
    expect(people).to_contain_text("Анна Иванова")
    expect(people.locator("a[href^='tel:']")).to_have_count(2)

    opener = ".thumb a" if size else ".page-head .btn-main"
    page.locator(opener).first.click()
    page.fill("#log input[name=subject]", "Просит цены")
    page.fill("#log textarea[name=text]", "Нужны десять коробок до пятницы")
    page.select_option("#log select[name=contact_id]", label="Анна Иванова")
    page.fill("#log input[name=next_title]", "tomorrow 10:00 отправить цены")
    page.click("#log form > .toolbar .btn-main")
    expect(page.locator("#timeline")).to_contain_text("Просит цены")
    expect(page.locator("#timeline")).to_contain_text("Анна Иванова")
    expect(page.locator("#tasks")).to_contain_text("отправить цены")
    site.picture(page, f"client-{'phone' if size else 'wide'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate(
        "document.documentElement.clientWidth"
    )
    assert site.complaints == []


def test_a_call_and_the_next_step_take_keys_alone(site: Any) -> None:
    page = site.log_in("manager1")
    create_client(page, "Ромашка")
    expect(page.locator("#purchases")).to_contain_text("Nothing bought yet.")  # came after the page
    expect(page.locator("[data-rest]")).to_have_count(0)
    page.keyboard.press("m")
    expect(page.locator("#log input[name=subject]")).to_be_focused()
    expect(page.locator("#log input[value=meeting]")).to_be_checked()
    page.keyboard.type("came by")  # letters are letters while one types
    page.keyboard.press("Alt+c")
    expect(page.locator("#log input[value=call]")).to_be_checked()
    expect(page.locator("#log input[name=subject]")).to_have_value("came by")
    quick = page.get_by_role("button", name="in a week")
    quick.click()
    expect(quick).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#log [name=next_due_at]")).to_have_value(re.compile("T09:00$"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#tasks")).to_contain_text("Call")
    expect(page.locator("[data-rest]")).to_have_count(0)  # the scripts of the page are at work
    page.keyboard.press("n")
    page.keyboard.type("likes green")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("likes green")
    page.locator("[data-kinds]").get_by_role("link", name="Note").click()
    expect(page.locator("#timeline .story-line")).not_to_contain_text("came by")
    expect(page).to_have_url(re.compile(r"kind=note#timeline$"))
    page.get_by_text("Who sees this client, and why").click()
    expect(page.locator(".part-seen")).to_contain_text("responsible manager")
    page.locator(".facts").get_by_role("link", name="Region").click()
    expect(
        page.locator("form[data-form] #in-region_id, form[data-form] [name=region_id]").first
    ).to_be_attached()
    assert site.complaints == []


def test_a_block_that_can_not_be_fetched_says_so(site: Any) -> None:
    page = site.log_in("manager1")
    create_client(page, "Ромашка")
    page.route("**/client/rest/*", lambda route: route.fulfill(status=500, body="no"))
    page.reload()
    expect(page.locator("[data-rest]")).to_contain_text("could not be loaded")
    page.locator("[data-rest] a").click()
    expect(page.locator("#purchases")).to_contain_text("Nothing bought yet.")


def test_a_refused_call_opens_the_form_with_what_was_typed(site: Any) -> None:
    page = site.log_in("manager1")
    create_client(page, "Ромашка")
    page.locator(".page-head .btn-main").first.click()
    page.fill("#log input[name=subject]", "Keep me")
    page.click(".log-more summary")
    page.fill("#log input[name=minutes]", "5000")
    page.click("#log form > .toolbar .btn-main")
    expect(page.locator("#log .error")).to_contain_text("out of range")
    expect(page.locator("#log input[name=subject]")).to_have_value("Keep me")


def test_a_task_is_finished_with_the_next_one(site: Any) -> None:
    page = site.log_in("manager1")
    create_client(page, "Ромашка")
    page.fill("#tasks .one-line input[name=line]", "tomorrow 9:00 call Anna")
    page.keyboard.press("Enter")
    expect(page.locator("#tasks")).to_contain_text("call Anna")
    page.click("#tasks .finish summary")
    page.fill("#tasks input[name=result]", "Agreed")
    page.fill("#tasks input[name=follow_up]", "tomorrow 11:00 send the contract")
    page.click("#tasks .finish .btn")
    expect(page.locator("#tasks")).to_contain_text("send the contract")
    expect(page.locator("#timeline")).to_contain_text("Agreed")


def test_a_person_who_leaves_stays_in_the_history(site: Any) -> None:
    page = site.log_in("manager1")
    create_client(page, "Ромашка")
    add_person(page, "Борис", "+7 912 111-22-33")
    page.click(".person-menu summary")
    page.locator(".person-menu").get_by_role("button", name="No longer works there").click()
    page.locator("#ask button[value=yes]").click()
    expect(page.locator("#people")).to_contain_text("Worked there before: 1")
    page.click(".former summary")
    page.locator(".former a").click()
    expect(page.locator("main")).to_contain_text("has left")


def test_the_history_of_changes_opens_on_the_page(site: Any) -> None:
    page = site.log_in("manager1")
    create_client(page, "Ромашка")
    page.click(".part-history summary")
    expect(page.locator(".part-history")).to_contain_text("Manager1 Test")
    expect(page.locator(".part-history")).to_contain_text("Ромашка")
    assert site.complaints == []
