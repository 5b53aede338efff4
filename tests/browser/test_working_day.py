"""A whole day of work of each role, as one walk through the screens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from kartoteka.api import Activity, Client, Deal, Task, now
from kartoteka.services.employments import add_person
from kartoteka.testing import Firm
from tests.browser.conftest import Site
from tests.core.web_requests import ASK, site as make_site

pytestmark = pytest.mark.browser
A_MINUTE = 61_000


def prepare(firm: Firm) -> int:
    """Give manager1 a client with a person, a deal and an old task; return the client."""
    with firm.session("manager1") as session:
        client = Client(name="ООО «Ромашка»", kind="organisation")
        session.add(client)
        session.flush()
        add_person(session, client.id, name="Анна Иванова", points=[("phone", "+74957654321")])
        session.add(Deal(client_id=client.id, title="Бумага"))
        session.add(Task(title="Отправить прайс", due_at=now() - timedelta(days=2)))
        session.commit()
        return client.id


def log_call(page: Page, subject: str, next_step: str) -> None:
    """Write down a call on the page of a client, with the next step."""
    if not page.locator("#log input[name=subject]").is_visible():
        page.locator("#log > summary").click()
    page.fill("#log input[name=subject]", subject)
    page.fill("#log input[name=next_title]", next_step)
    page.locator("#log form > .toolbar .btn-main").click()
    expect(page.locator("#timeline")).to_contain_text(subject)


def figure(page: Page, name: str) -> Any:
    return page.locator(".day-stats .stat").filter(has_text=name).locator("a")


def test_the_day_of_a_manager(firm: Firm, serve: Callable[[Firm], Site]) -> None:
    client = prepare(firm)
    site = serve(firm)
    page = site.log_in("manager1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good day")
    row = page.locator(".todo-row").filter(has_text="Отправить прайс")
    expect(row).to_be_visible()
    # What stands on the page is not said over it again.
    expect(page.locator(".pop")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(row).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_text("Done: Отправить прайс.")).to_be_visible()
    with firm.session("manager1") as session:
        session.add(
            Task(title="Позвонить Анне", client_id=client, due_at=now() + timedelta(seconds=3))
        )
        session.commit()
    page.goto("/contact/list/")
    pop = page.locator(".pop")
    expect(pop).to_contain_text("Позвонить Анне")  # by itself, at its moment
    site.picture(page, "day-reminder")
    page.keyboard.press("/")
    page.keyboard.type("7654321")
    hit = page.locator(".suggest .hit").filter(has_text="Ромашка").first
    hit.click()
    page.wait_for_url(re.compile(r"/(client|contact)/show/\d+"))
    page.goto(f"/client/show/{client}")
    log_call(page, "Просит цены", "tomorrow 10:00 отправить цены")
    expect(page.locator("#tasks")).to_contain_text("отправить цены")
    # The reminder went along from page to page.
    pop.get_by_role("button", name="Done").click()
    expect(pop).to_contain_text("Done: Позвонить Анне.")
    pop.get_by_label("How it went").fill("Ждёт цены")
    pop.get_by_role("button", name="Save").click()
    expect(pop).to_contain_text("Saved.")
    page.locator("#documents").get_by_role("link", name="Document", exact=True).click()
    offer: Any = {"name": "КП.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 offer"}
    page.set_input_files("input[name=file]", files=[offer])
    page.click("form[data-form] .btn-main")
    expect(page.locator("main")).to_contain_text("КП")
    page.goto(f"/client/show/{client}")
    expect(page.locator("#documents")).to_contain_text("version 1")
    page.locator("#deals").get_by_role("link", name="Бумага").click()
    page.locator(".stage-bar").get_by_role("link", name="Offer sent").click()
    page.fill("input[name=amount]", "12500")
    page.click("form[data-form] .btn-main")
    expect(page.locator(".stage.is-here")).to_contain_text("Offer sent")
    page.goto("/")
    for name, number in (("Calls", "1"), ("Deals moved", "1"), ("Tasks done", "2")):
        expect(figure(page, name)).to_have_text(number)
    expect(page.locator(".todo-row").filter(has_text="отправить цены")).to_be_visible()
    site.picture(page, "day-manager")
    with firm.session("manager1") as session:
        done = session.scalars(select(Task).where(Task.title == "Позвонить Анне")).one()
        assert (done.result, done.done_at is not None) == ("Ждёт цены", True)
    assert site.complaints == []


def test_the_day_of_a_curator(firm: Firm, serve: Callable[[Firm], Site]) -> None:
    client = prepare(firm)
    _number, address = make_site(firm)
    assert firm.app.test_client().post(address, json=ASK).status_code == 201
    site = serve(firm)
    page = site.log_in("curator1")
    request = page.locator(".day-request")
    expect(request).to_contain_text(ASK["company"])
    request.get_by_role("combobox").select_option("Manager2 Test")
    site.picture(page, "day-curator")
    request.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("is given to Manager2 Test")).to_be_visible()
    expect(page.locator(".day-request")).to_have_count(0)
    page.goto("/reports/")
    page.locator(".report-card").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"/handover/?ids={client}")
    page.locator("main select[name=owner_id]").select_option(str(firm.users["manager2"]))
    page.locator("main form .btn-main").click()
    expect(page.get_by_text("handed over to Manager2 Test")).to_be_visible()
    with firm.session("manager2") as session:
        assert len(session.scalars(select(Client)).all()) == 2
    assert site.complaints == []


def test_the_day_of_a_director(firm: Firm, serve: Callable[[Firm], Site]) -> None:
    client = prepare(firm)
    site = serve(firm)
    page = site.page()
    page.clock.install()
    page.goto("/login/")
    page.fill("input[name=username]", "director")
    page.fill("input[name=password]", "correct horse")
    page.click("form[data-login] button")
    expect(figure(page, "Calls")).to_have_text("0")
    page.wait_for_load_state("load")  # the script counts minutes from here on
    with firm.session("manager1") as session:
        call = Activity(client_id=client, kind="call", happened_at=now(), subject="Просит цены")
        session.add(call)
        session.commit()
    page.clock.fast_forward(A_MINUTE)  # nobody touched the page
    expect(figure(page, "Calls")).to_have_text("1")
    person = page.locator(".day-people tbody tr")
    expect(person).to_contain_text("Manager1 Test")
    site.picture(page, "day-director")
    person.get_by_role("link").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody")).to_contain_text("Просит цены")
    page.goto("/")
    expect(figure(page, "Tasks not done")).to_have_text("1")
    figure(page, "Tasks not done").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody")).to_contain_text("Отправить прайс")
    assert site.complaints == []


def test_the_day_of_an_assistant(firm: Firm, serve: Callable[[Firm], Site]) -> None:
    client = prepare(firm)
    site = serve(firm)
    page = site.log_in("assistant1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good day")
    expect(page.locator(".day-request")).to_have_count(0)
    expect(page.locator(".day-people")).to_have_count(0)
    page.goto(f"/client/show/{client}")
    log_call(page, "Уточнила адрес", "tomorrow 12:00 передать менеджеру")
    page.goto("/")
    expect(figure(page, "Calls")).to_have_text("1")
    for address in ("/staff/", "/handover/", "/requests/"):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 403
    # The manager she works for sees what she wrote down.
    with firm.session("manager1") as session:
        assert session.scalars(select(Activity.subject)).all() == ["Уточнила адрес"]
    assert site.complaints == []
