"""The bell tells on whatever page stands open what is due, and a task done leads to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kartoteka.api import Client, Task, now
from kartoteka.testing import Firm
from tests.browser.conftest import PHONE, WIDE

pytestmark = pytest.mark.browser


def plan(firm: Firm, seconds: int, title: str = "Позвонить Ивановой") -> int:
    """Plan a task of manager1 for a client, due so many seconds from now."""
    with firm.session("manager1") as session:
        client = Client(name="ООО «Ёлка»", kind="organisation")
        session.add(client)
        session.flush()
        task = Task(title=title, client_id=client.id, due_at=now() + timedelta(seconds=seconds))
        session.add(task)
        session.commit()
        return task.id


def tasks_of(firm: Firm) -> list[Task]:
    with firm.session("manager1") as session:
        return list(session.scalars(select(Task).order_by(Task.id)))


def bell_of(page: Any) -> Any:
    return page.locator("#bell > summary")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_reminder_comes_up_at_its_moment_and_is_done_in_the_bell_with_a_next_step(
    firm: Firm, serve: Callable[[Firm], Any], size: Any
) -> None:
    site = serve(firm)
    page = site.log_in("manager1", size)
    plan(firm, seconds=4)
    page.goto("/contact/list/")
    bell, pop = bell_of(page), page.locator(".pop")
    expect(bell).to_have_accessible_name("Notifications")
    expect(pop).to_have_count(0)
    # Nothing is put forward here: the page asks at the moment itself, not half a minute later.
    expect(pop).to_contain_text("Позвонить Ивановой", timeout=12_000)
    expect(bell).to_have_accessible_name("Notifications: 1")
    box, width = pop.bounding_box(), page.viewport_size["width"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    site.picture(page, f"reminder-{size['width']}")
    bell.click()
    reminder = page.locator(".bell-list .reminder")
    expect(reminder).to_contain_text("ООО «Ёлка»")
    reminder.get_by_role("button", name="Done").click()
    reminder.get_by_label("How it went").fill("Ждёт цены")
    reminder.get_by_label("Next step").fill("31.02.2027 отправить цены")
    reminder.get_by_role("button", name="Save").click()
    expect(reminder.get_by_role("alert")).to_contain_text("no such day: 31.02.2027")
    reminder.get_by_label("Next step").fill("завтра в 10:00 отправить цены")
    site.picture(page, f"reminder-done-{size['width']}")
    reminder.get_by_role("button", name="Save").click()
    expect(reminder).to_contain_text("отправить цены")
    expect(bell).to_have_accessible_name("Notifications")
    expect(pop).to_have_count(0)  # done is done, wherever
    first, second = tasks_of(firm)
    assert (first.done_at is not None, first.result) == (True, "Ждёт цены")
    assert (second.title, second.client_id) == ("отправить цены", first.client_id)
    assert site.complaints == []


def test_what_came_while_nobody_looked_is_one_line_and_new_in_the_bell_until_looked_at(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    plan(firm, seconds=-3600)
    plan(firm, seconds=-7200, title="Second")
    site = serve(firm)
    page = site.log_in("manager1")
    bell, menu = bell_of(page), page.locator("#bell")
    expect(bell).to_have_accessible_name("Notifications: 2")
    # The first page lists them, so nothing is said over it.
    expect(page.locator(".pop")).to_have_count(0)
    expect(page.locator(".reminder")).to_have_count(2)
    expect(menu).to_have_class(re.compile("has-new"))
    bell.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bell-list")).to_contain_text("Позвонить Ивановой")
    page.keyboard.press("Escape")
    expect(bell).to_be_focused()
    plan(firm, seconds=-3000, title="Third")
    page.goto("/contact/list/")
    expect(page.locator(".pop")).to_have_text(re.compile("Missed reminders: 1"))
    page.locator(".pop").get_by_role("link").click()
    expect(page.locator(".todo-row").filter(has_text="Third")).to_be_visible()
    page.goto("/contact/list/")
    expect(bell).to_have_accessible_name("Notifications: 3")
    expect(page.locator(".pop")).to_have_count(0)
    assert site.complaints == []


def test_a_reminder_stays_from_page_to_page_until_hidden_and_comes_back_when_put_off(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    site = serve(firm)
    page = site.log_in("manager1")
    plan(firm, seconds=-30, title="Second")
    page.goto("/contact/list/")
    pop = page.locator(".pop")
    expect(pop).to_contain_text("Second")
    page.goto("/deal/list/")
    expect(pop).to_contain_text("Second")
    pop.get_by_role("button", name="Hide: Second").click()
    page.reload()
    expect(bell_of(page)).to_have_accessible_name("Notifications: 1")
    expect(pop).to_have_count(0)
    bell_of(page).click()
    page.locator(".bell-list .reminder").get_by_role("button", name="Tomorrow").click()
    expect(page.locator(".bell-list .reminder")).to_contain_text("Put off until")
    expect(bell_of(page)).to_have_accessible_name("Notifications")
    (task,) = tasks_of(firm)
    assert now() < task.due_at < now() + timedelta(hours=34)
    assert site.complaints == []


@pytest.mark.parametrize("width", [1440, 390])
def test_a_task_is_written_in_one_line_and_done_in_place(
    firm: Firm, serve: Callable[[Firm], Any], width: int
) -> None:
    site = serve(firm)
    page = site.log_in("manager1", {"width": width, "height": 844})
    page.goto("/tasks/")
    page.get_by_label("What to do, and when").fill("tomorrow 10:00 call Ivanov")
    page.get_by_role("button", name="Add").click()
    row = page.locator(".todo-later .todo-row")
    expect(row).to_contain_text("call Ivanov")
    row.locator("summary").click()
    row.get_by_label("How it went").fill("agreed")
    row.get_by_label("Next step").fill("in 3 days send the contract")
    site.picture(page, f"todo-{width}")
    row.get_by_role("button", name="Save").click()
    expect(row).to_have_count(1)
    expect(row).to_contain_text("send the contract")
    first, second = tasks_of(firm)
    assert (first.result, second.title) == ("agreed", "send the contract")
    assert site.complaints == []
