"""The bell tells on whatever page stands open what is due, and a task done leads to the next."""

from __future__ import annotations

import re
import time
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
#: Reminders are asked for twice a minute; the browser's clock is put forward by more.
A_LOOK = 31_000


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
def test_a_reminder_is_told_in_the_header_at_its_time_and_done_with_a_next_step(
    firm: Firm, serve: Callable[[Firm], Any], size: Any
) -> None:
    site = serve(firm)
    page = site.log_in("manager1", size)
    page.clock.install()
    page.goto("/contact/list/")
    bell, note = bell_of(page), page.locator(".bell-note")
    expect(bell).to_have_accessible_name("Notifications")
    plan(firm, seconds=2)
    page.clock.fast_forward(A_LOOK)
    page.wait_for_timeout(500)
    expect(note).to_have_count(0)
    time.sleep(2)  # the moment itself, by the server's clock
    page.clock.fast_forward(A_LOOK)
    expect(page.get_by_role("status").filter(has_text="Позвонить Ивановой")).to_be_visible()
    expect(bell).to_have_accessible_name("Notifications: 1")
    header, said = page.locator("header.top").bounding_box(), note.bounding_box()
    assert said["y"] + said["height"] <= header["y"] + header["height"]  # nothing below is covered
    site.picture(page, f"reminder-{size['width']}")
    note.get_by_role("button", name="Позвонить Ивановой").click()
    expect(note).to_have_count(0)
    reminder = page.locator(".reminder")
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
    first, second = tasks_of(firm)
    assert (first.done_at is not None, first.result) == (True, "Ждёт цены")
    assert (second.title, second.client_id) == ("отправить цены", first.client_id)
    assert site.complaints == []


def test_what_was_due_before_waits_in_the_bell_and_is_new_until_looked_at(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    plan(firm, seconds=-60)
    site = serve(firm)
    page = site.log_in("manager1")
    bell, menu = bell_of(page), page.locator("#bell")
    expect(bell).to_have_accessible_name("Notifications: 1")
    expect(page.locator(".bell-note")).to_have_count(0)
    expect(page.locator(".reminder")).to_be_hidden()
    expect(menu).to_have_class(re.compile("has-new"))
    bell.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reminder")).to_contain_text("Позвонить Ивановой")
    page.keyboard.press("Escape")
    expect(bell).to_be_focused()
    expect(page.locator(".reminder")).to_be_hidden()
    page.goto("/tasks/")
    expect(bell).to_have_accessible_name("Notifications: 1")
    expect(menu).not_to_have_class(re.compile("has-new"))
    assert site.complaints == []


def test_a_new_reminder_is_told_once_goes_by_itself_and_comes_back_when_put_off(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    site = serve(firm)
    page = site.log_in("manager1")
    expect(bell_of(page)).to_have_accessible_name("Notifications")
    page.wait_for_load_state("networkidle")
    plan(firm, seconds=-30, title="Second")
    page.clock.install()
    page.goto("/tasks/")
    expect(page.locator(".bell-note")).to_contain_text("Second")
    page.clock.fast_forward(9_000)
    expect(page.locator(".bell-note")).to_have_count(0)
    page.reload()
    expect(bell_of(page)).to_have_accessible_name("Notifications: 1")
    expect(page.locator(".bell-note")).to_have_count(0)
    bell_of(page).click()
    page.locator(".reminder").get_by_role("button", name="In 1 h").click()
    expect(page.locator(".reminder")).to_contain_text("Put off until")
    expect(bell_of(page)).to_have_accessible_name("Notifications")
    (task,) = tasks_of(firm)
    assert task.due_at > now() + timedelta(minutes=55)
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
