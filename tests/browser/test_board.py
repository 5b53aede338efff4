"""The board in the browser: moved by mouse, finger and keys, asked, refused, used by two people."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from kartoteka.api import PluginInfo, RecordChange, Rejected, hookimpl
from kartoteka.models import Client, Deal
from tests.browser.conftest import PHONE, WIDE
from tests.conftest import sale_plugin


def fill(firm: Any, *titles: str, **values: Any) -> None:
    with firm.session("manager1") as session:
        client = Client(name="Ромашка")
        session.add(client)
        session.flush()
        for title in titles:
            session.add(Deal(client_id=client.id, title=title, **values))
        session.commit()


def stage_of(firm: Any, title: str) -> str:
    with firm.session() as session:
        return session.query(Deal).filter_by(title=title).one().stage


def column(page: Page, stage: str) -> Locator:
    return page.locator(f"[data-stage={stage}]")


def card(page: Page, title: str) -> Locator:
    return page.locator(f"[data-deal][data-title='{title}']:not(.board-ghost)")


def middle(one: Locator) -> tuple[float, float]:
    box = one.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 150)


def grab(page: Page, title: str, stage: str) -> None:
    """Pick a card up with the mouse and hold it over a column."""
    page.mouse.move(*middle(card(page, title).locator(".board-foot")))
    page.mouse.down()
    x, y = middle(column(page, stage))
    page.mouse.move(x - 20, y, steps=4)
    page.mouse.move(x, y)


def drag(page: Page, title: str, stage: str) -> None:
    grab(page, title, stage)
    page.mouse.up()


def far_drag(page: Page, title: str, stage: str) -> None:
    """Drag a card to a column out of sight: at the edge the board goes on by itself."""
    grab(page, title, "offer")
    page.mouse.move(WIDE["width"] - 40, 500, steps=3)
    expect(column(page, stage)).to_be_in_viewport(ratio=0.9)
    page.mouse.move(*middle(column(page, stage)), steps=3)
    page.mouse.up()


def test_a_card_is_dragged_and_the_columns_count_anew(site: Any) -> None:
    fill(site.firm, "Paper", "Ink", amount=Decimal(1500), amount_currency="RUB")
    page = site.log_in("manager1")
    page.goto("/deal/list/?q=a")
    page.get_by_role("navigation", name="Show the deals as").get_by_role(
        "link", name="Board"
    ).click()
    page.goto("/deal/board")
    expect(column(page, "new").locator("[data-count]")).to_have_text("2")
    drag(page, "Paper", "offer")
    expect(column(page, "offer").locator("[data-deal]")).to_have_count(1)
    expect(column(page, "offer").locator("[data-sums]")).to_contain_text("1,500")
    expect(column(page, "new").locator("[data-count]")).to_have_text("1")
    expect(page.locator("#board-says")).to_have_text("Now in stage: Offer sent.")
    assert stage_of(site.firm, "Paper") == "offer"
    assert "/deal/board" in page.url  # letting go over a link opened nothing
    card(page, "Paper").locator(".board-title").click()
    page.wait_for_url("**/deal/show/*")
    assert site.complaints == []


def test_columns_that_can_not_be_entered_are_greyed_and_take_nothing(site: Any) -> None:
    fill(site.firm, "Paper")
    page = site.log_in("manager1")
    page.goto("/deal/board")
    drag(page, "Paper", "won")
    expect(column(page, "won").locator("[data-count]")).to_have_text("1")
    grab(page, "Paper", "new")
    closed = page.locator(".board-column.is-closed")
    expect(closed).to_have_count(4)
    expect(column(page, "doing")).not_to_have_class("is-closed")
    page.mouse.up()
    expect(closed).to_have_count(0)
    expect(column(page, "won").locator("[data-deal]")).to_have_count(1)
    grab(page, "Paper", "doing")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(column(page, "won").locator("[data-deal]")).to_have_count(1)
    assert stage_of(site.firm, "Paper") == "won"
    assert site.complaints == []


def test_the_reason_of_a_loss_is_asked_in_a_dialog(site: Any) -> None:
    fill(site.firm, "Paper")
    page = site.log_in("manager1")
    page.goto("/deal/board")
    far_drag(page, "Paper", "refused")
    dialog = page.locator("#board-ask")
    expect(dialog).to_contain_text("Move to «Refused»")
    page.keyboard.press("Escape")
    expect(column(page, "new").locator("[data-deal]")).to_have_count(1)
    assert stage_of(site.firm, "Paper") == "new"

    page.evaluate("document.querySelector('[data-board]').scrollLeft = 0")
    far_drag(page, "Paper", "refused")
    dialog.locator("textarea[name=how]").fill("Дорого")
    dialog.get_by_role("button", name="Move").click()
    expect(dialog.locator(".field .error")).to_contain_text("choose a reason")
    expect(dialog.locator("textarea[name=how]")).to_have_value("Дорого")
    dialog.locator("select").select_option(label="Went to a competitor")
    dialog.get_by_role("button", name="Move").click()
    expect(dialog).to_be_hidden()
    expect(column(page, "refused").locator("[data-count]")).to_have_text("1")
    assert stage_of(site.firm, "Paper") == "refused"
    assert site.complaints == []


def test_a_card_is_moved_by_the_keyboard_alone(site: Any) -> None:
    fill(site.firm, "Paper", "Ink")
    page = site.log_in("manager1")
    page.goto("/deal/board")
    first = column(page, "new").locator(".board-title").first
    title = first.inner_text()
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(column(page, "new").locator(".board-title").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    says = page.locator("#board-says")
    page.keyboard.press("Space")
    expect(says).to_contain_text(f"Picked up: {title}")
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("Over Offer sent")
    page.keyboard.press("ArrowRight")
    expect(says).to_contain_text("Over Will call back")
    page.keyboard.press("Space")
    dialog = page.locator("#board-ask")
    expect(dialog.locator("input[name=recheck_on]")).not_to_have_value("")
    page.keyboard.press("Control+Enter")
    expect(column(page, "later").locator("[data-count]")).to_have_text("1")
    expect(card(page, title).locator(".board-title")).to_be_focused()
    assert stage_of(site.firm, title) == "later"

    page.keyboard.press("m")
    menu = page.locator("#board-menu")
    menu.get_by_role("button", name="Won").focus()
    page.keyboard.press("Enter")
    expect(column(page, "won").locator("[data-count]")).to_have_text("1")
    expect(card(page, title).locator(".board-title")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(says).to_contain_text(f"Left where it was: {title}")
    assert stage_of(site.firm, title) == "won"
    assert site.complaints == []


def test_what_the_server_refuses_goes_back_with_its_sentence(serve: Any, make: Any) -> None:
    def before_save(session: Any, change: RecordChange) -> None:
        if change.new.get("stage") == "won":
            raise Rejected("Ask the director first.")

    info = PluginInfo(name="strict", title="Strict", version="1", requires_core=">=0.1,<1")
    strict = SimpleNamespace(PLUGIN=info, before_save=hookimpl(before_save))
    site = serve(make(sale_plugin(), strict))
    fill(site.firm, "Paper")
    page = site.log_in("manager1")
    page.goto("/deal/board")
    drag(page, "Paper", "won")
    expect(page.get_by_role("alert")).to_contain_text("Ask the director first.")
    expect(column(page, "new").locator("[data-deal]:not([aria-busy])")).to_have_count(1)
    assert stage_of(site.firm, "Paper") == "new"
    page.route("**/deal/move/*", lambda route: route.abort())
    drag(page, "Paper", "won")
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer")
    expect(column(page, "new").locator("[data-deal]")).to_have_count(1)
    assert site.complaints == []


def test_the_second_of_two_people_is_told_and_sees_where_the_card_is(site: Any) -> None:
    fill(site.firm, "Paper")
    mine, theirs = site.log_in("manager1"), site.log_in("curator1")
    mine.goto("/deal/board")
    theirs.goto("/deal/board")
    drag(theirs, "Paper", "won")
    expect(column(theirs, "won").locator("[data-count]")).to_have_text("1")
    drag(mine, "Paper", "offer")
    expect(mine.get_by_role("alert")).to_contain_text(
        "Curator1 Test changed this meanwhile: Stage: New → Won."
    )
    expect(column(mine, "won").locator("[data-deal]")).to_have_count(1)
    assert stage_of(site.firm, "Paper") == "won"
    drag(mine, "Paper", "doing")  # having seen it
    expect(column(mine, "doing").locator("[data-count]")).to_have_text("1")
    assert stage_of(site.firm, "Paper") == "doing"
    assert site.complaints == []


def test_more_cards_come_on_demand(site: Any) -> None:
    fill(site.firm, *(f"Deal {n:02}" for n in range(40)))
    page = site.log_in("manager1")
    page.goto("/deal/board")
    cards = column(page, "new").locator("[data-deal]")
    expect(cards).to_have_count(15)
    expect(column(page, "new").locator("[data-count]")).to_have_text("40")
    more = column(page, "new").get_by_role("link", name="Show more")
    more.click()
    expect(cards).to_have_count(40)
    expect(more).to_have_count(0)
    assert site.complaints == []


@pytest.mark.parametrize("by", ["menu", "finger"])
def test_on_a_phone_one_stage_is_shown_at_a_time(site: Any, by: str) -> None:
    fill(site.firm, "Paper")
    page = site.log_in("manager1", PHONE)
    page.goto("/deal/board")
    expect(column(page, "new")).to_be_in_viewport(ratio=0.5)
    expect(column(page, "offer")).not_to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if by == "menu":
        card(page, "Paper").locator("[data-move-to]").click()
        page.locator("#board-menu").get_by_role("button", name="Won").click()
    else:
        hold(page, card(page, "Paper"), page.locator("[data-tab=won]"))
    expect(page.locator("[data-tab=won] [data-count]")).to_have_text("1")
    assert stage_of(site.firm, "Paper") == "won"
    page.locator("[data-tab=won]").click()
    expect(column(page, "won")).to_be_in_viewport(ratio=0.5)
    expect(page.locator("[data-tab=won]")).to_have_attribute("aria-current", "")
    assert site.complaints == []


def hold(page: Page, one: Locator, target: Locator) -> None:
    """Hold a card with a finger, carry it over a tab, let go."""
    target.scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    send("touchStart", middle(one))
    expect(page.locator(".board-ghost")).to_be_visible()
    send("touchMove", middle(target))
    send("touchEnd")
