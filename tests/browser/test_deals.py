"""A deal in the browser: opened, moved, lost with a reason, its history read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

PHONE = {"width": 390, "height": 844}


def open_deal(page: Page, client: str, title: str) -> None:
    page.goto("/client/add")
    page.fill("input[name=name]", client)
    page.click("form[data-form] .btn-main")
    page.wait_for_url(re.compile(r"/client/show/\d+"))
    page.locator("#deals").get_by_role("link", name="New deal").first.click()
    page.fill("input[name=title]", title)
    page.click("form[data-form] .btn-main")
    page.wait_for_url(re.compile(r"/(client|deal)/show/\d+"))
    if "/client/" in page.url:
        page.locator("#deals").get_by_role("link", name=title).click()
    page.wait_for_url(re.compile(r"/deal/show/\d+"))


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "phone"])
def test_a_deal_goes_through_the_pipeline_and_is_lost_with_a_reason(site: Any, size: Any) -> None:
    page = site.log_in("manager1", size)
    open_deal(page, "Ромашка", "Бумага для офиса")
    here = page.locator(".stage.is-here")
    expect(here).to_contain_text("New")

    stages = page.locator(".stage-bar")
    if size:
        expect(stages).to_be_hidden()
        page.focus(".stage-menu")
        page.keyboard.press("Enter")
    stages.get_by_role("link", name="Offer sent").click()
    page.click("form[data-form] .btn-main")
    expect(page.locator(".error")).to_contain_text("needs: Amount")
    page.fill("input[name=amount]", "12500")
    page.click("form[data-form] .btn-main")
    expect(here).to_contain_text("Offer sent")
    expect(page.locator(".deal-sum")).to_contain_text("12,500")
    expect(page.locator(".deal-sum")).to_contain_text("RUB")

    if size:
        page.click(".stage-menu")
    stages.get_by_role("link", name="Refused").click()
    page.fill("textarea[name=how]", "У конкурента дешевле")
    page.evaluate("document.querySelector('[name=lost_reason_id]').required = false")
    page.click("form[data-form] .btn-main")
    expect(page.locator(".error")).to_contain_text("choose a reason")
    expect(page.locator("textarea[name=how]")).to_have_value("У конкурента дешевле")
    page.select_option("select[name=lost_reason_id]", label="Went to a competitor")
    page.click("form[data-form] .btn-main")
    expect(here).to_contain_text("Refused")

    moves = page.locator("#moves")
    for words in ("Went to a competitor", "У конкурента дешевле", "Offer sent", "Manager1 Test"):
        expect(moves).to_contain_text(words)
    site.picture(page, f"deal-{'phone' if size else 'wide'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate(
        "document.documentElement.clientWidth"
    )
    page.locator(".above a").click()
    expect(page.locator("#timeline")).to_contain_text("Went to a competitor")
    expect(page.locator("#deals")).to_contain_text("Refused")
    assert site.complaints == []


def test_a_stage_without_demands_is_entered_by_one_click(site: Any) -> None:
    page = site.log_in("manager1")
    open_deal(page, "Ромашка", "Paper")
    page.locator(".stage-bar").get_by_role("button", name="Won").click()
    expect(page.locator(".stage.is-here")).to_contain_text("Won")
    expect(page.locator(".stage-bar").get_by_role("button", name="New")).to_have_count(0)


def test_a_deferred_deal_proposes_the_day_to_come_back(site: Any) -> None:
    page = site.log_in("manager1")
    open_deal(page, "Ромашка", "Paper")
    page.locator(".stage-bar").get_by_role("link", name="Will call back").click()
    assert page.input_value("input[name=recheck_on]")
    page.click("form[data-form] .btn-main")
    expect(page.locator(".stage-now")).to_contain_text("come back on")
