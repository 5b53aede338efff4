"""A reminder pops up on whatever page stands open, and a task done leads to the next one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from kartoteka.api import Client, Task, now
from kartoteka.testing import Firm

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


def test_a_reminder_pops_up_at_its_time_and_is_done_with_a_next_step(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    site = serve(firm)
    page = site.log_in("manager1")
    page.clock.install()
    page.goto("/contact/list/")
    reminder = page.locator(".reminder")
    plan(firm, seconds=2)
    page.clock.fast_forward(A_LOOK)
    page.wait_for_timeout(500)
    expect(reminder).to_have_count(0)
    time.sleep(2)  # the moment itself, by the server's clock
    page.clock.fast_forward(A_LOOK)
    expect(reminder).to_contain_text("Позвонить Ивановой")
    expect(reminder).to_contain_text("ООО «Ёлка»")
    site.picture(page, "reminder")
    reminder.get_by_role("button", name="Done").click()
    reminder.get_by_label("How it went").fill("Ждёт цены")
    reminder.get_by_label("Next step").fill("завтра в 10:00 отправить цены")
    site.picture(page, "reminder-done")
    reminder.get_by_role("button", name="Save").click()
    expect(reminder).to_contain_text("отправить цены")
    first, second = tasks_of(firm)
    assert (first.done_at is not None, first.result) == (True, "Ждёт цены")
    assert (second.title, second.client_id) == ("отправить цены", first.client_id)
    assert site.complaints == []


def test_a_reminder_put_off_comes_back_later_and_a_hidden_one_stays_away(
    firm: Firm, serve: Callable[[Firm], Any]
) -> None:
    plan(firm, seconds=-60)
    site = serve(firm)
    page = site.log_in("manager1")
    reminder = page.locator(".reminder")
    reminder.get_by_role("button", name="Hide").click()
    page.goto("/tasks/")
    page.wait_for_load_state("networkidle")
    expect(reminder).to_have_count(0)
    plan(firm, seconds=-30, title="Second")
    page.reload()
    expect(reminder).to_contain_text("Second")
    reminder.get_by_role("button", name="In 1 h").click()
    expect(reminder).to_contain_text("Put off until")
    second = tasks_of(firm)[1]
    assert second.due_at > now() + timedelta(minutes=55)
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
