"""A person starts long work, follows it, cancels it and downloads what it made."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kartoteka.api import Client, cancel_job, start_job
from kartoteka.jobs.worker import Worker
from kartoteka.testing import Firm
from tests.browser.conftest import PHONE, Site

pytestmark = pytest.mark.browser


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    firm = make("acme_jobs", "wholesale")
    shutil.rmtree(firm.made.config.job_files, ignore_errors=True)
    with firm.session() as session:
        session.add(Client(name="Ромашка", owner_id=firm.users["manager1"]))
        session.commit()
    return firm


@pytest.fixture
def worker(firm: Firm) -> Iterator[Worker]:
    """A worker in threads of the test."""
    stop, made = threading.Event(), Worker(firm.app, grace=0)
    thread = threading.Thread(target=made.run, args=(stop,))
    thread.start()
    yield made
    stop.set()
    thread.join(20)


def start(firm: Firm, code: str, who: str = "manager1", **arguments: Any) -> int:
    with firm.session(who) as session:
        # The worker writes too; on SQLite who will write takes its turn at the start.
        session.bind = firm.made.engine.execution_options(writes=True)
        number = start_job(session, f"acme_jobs.{code}", arguments).id
        session.commit()
    return number


def begin(page: Page, title: str) -> None:
    page.get_by_text("Start", exact=True).click()
    page.get_by_role("button", name=title, exact=True).click()


def test_started_followed_and_downloaded(site: Site, worker: Worker) -> None:
    page = site.log_in("manager1")
    page.goto("/job/list/")
    expect(page.get_by_text("No jobs yet.")).to_be_visible()
    site.picture(page, "jobs-empty")
    begin(page, "See")
    page.wait_for_url("**/job/show/*")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    assert waiting.value.path().read_text() == "Ромашка"
    # It ended, so nobody asks any more.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert [address for address in asked if "/job/live" in address] == []
    site.picture(page, "job-done")
    assert site.complaints == []


def test_progress_moves_and_a_running_job_is_cancelled(site: Site, worker: Worker) -> None:
    number = start(site.firm, "wait")
    page = site.log_in("manager1")
    page.goto(f"/job/show/{number}")
    block = page.locator("[data-jobs]")
    expect(block.get_by_text("Running", exact=True)).to_be_visible()
    first = block.locator(".job-words .num").inner_text()
    expect(block.locator(".job-words .num")).not_to_have_text(first)
    site.picture(page, "job-running")
    block.get_by_role("button", name="Stop it").click()
    page.locator("#ask").get_by_role("button", name="Yes").click()
    expect(page.locator("[data-jobs]").get_by_text("Cancelled", exact=True)).to_be_visible()
    assert site.complaints == []


def test_the_table_tells_the_end_of_a_job_without_a_reload(site: Site, worker: Worker) -> None:
    number = start(site.firm, "wait")
    page = site.log_in("manager1")
    page.goto("/job/list/")
    expect(page.locator(".jobs-now").get_by_text("Running", exact=True)).to_be_visible()
    with site.firm.session("manager1") as session:
        session.bind = site.firm.made.engine.execution_options(writes=True)
        cancel_job(session, number)
        session.commit()
    expect(page.locator("table").get_by_text("Cancelled", exact=True)).to_be_visible()
    assert site.complaints == []


def test_the_list_follows_jobs_of_all_kinds_on_a_phone(site: Site, worker: Worker) -> None:
    for code in ("fail", "see", "refuse"):
        start(site.firm, code)
    start(site.firm, "count", parts=600, pause=0.05)
    start(site.firm, "wait")
    start(site.firm, "once", "manager2")
    for who, size, name in (("director", None, "wide"), ("manager1", PHONE, "phone")):
        page = site.log_in(who, size)
        page.goto("/job/list/")
        now = page.locator(".jobs-now")
        expect(now.locator("[data-active]")).to_have_count(3 if who == "director" else 2)
        expect(now.locator(".job-words .num").first).not_to_have_text("0")
        expect(page.locator("table").get_by_text("Not today.")).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"]  # pyright: ignore[reportOptionalSubscript]
        site.picture(page, f"jobs-{name}")
    assert site.complaints == []
