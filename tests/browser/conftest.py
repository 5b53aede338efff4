"""Serve a firm on a free port and drive Chromium over it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from waitress.server import create_server

from kartoteka.testing import Firm
from tests.conftest import sale_plugin

CHROMIUM = os.environ.get("KARTOTEKA_TEST_CHROMIUM", "")
NO_CHROMIUM = os.environ.get("KARTOTEKA_TEST_CHROMIUM_MISSING", "no Chromium was given")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "correct horse"
WIDE: Any = {"width": 1440, "height": 900}
PHONE: Any = {"width": 390, "height": 844}
#: Milliseconds until a page that does not come is a failure: machines stand still now and then.
PATIENCE = 45_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Site:
    """A firm that is served; pages of people at work in it."""

    firm: Firm
    url: str
    browser: Browser
    folder: Path
    pages: list[Page] = field(default_factory=list[Page])
    #: What browsers complained of: errors of scripts, things the policy forbade.
    complaints: list[str] = field(default_factory=list[str])

    def page(self, size: Any = None, locale: str = "en-GB") -> Page:
        """Return a fresh browser page, not logged in."""
        context = self.browser.new_context(
            base_url=self.url, viewport=size or WIDE, locale=locale, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        self.pages.append(page)
        return page

    def log_in(self, who: str, size: Any = None, locale: str = "en-GB") -> Page:
        """Return a page on which a person of the firm is logged in."""
        page = self.page(size, locale)
        page.goto("/login/")
        page.fill("input[name=username]", who)
        page.fill("input[name=password]", PASSWORD)
        page.click("form[data-login] button")
        page.wait_for_url(lambda address: "/login" not in address)
        return page

    def picture(self, page: Page, name: str) -> None:
        """Keep a picture for people to look at, when a folder for them is given."""
        folder = os.environ.get("KARTOTEKA_TEST_PICTURES")
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}.png"))

    def _hear(self, message: Any) -> None:
        # A refused page is logged as an error too; that is the test's own business.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests."""
    if not CHROMIUM:
        pytest.skip(f"Chromium: {NO_CHROMIUM}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def dialect() -> str:
    """Browser tests run on the embedded database; what differs is tested below the screens."""
    return "sqlite"


@pytest.fixture
def firm(make: Callable[..., Firm]) -> Firm:
    """The usual small firm with an application of its own.

    Threads that serve one test must never meet the database of the next.
    """
    return make(sale_plugin())


@pytest.fixture
def serve(
    chromium: Browser, make: Callable[..., Firm], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[Firm], Site]]:
    """Return a function that serves a firm; pictures of all pages are kept when the test fails.

    It asks for `make` so that firms outlive their servers.
    """
    sites: list[Site] = []
    servers: list[Any] = []

    def start(firm: Firm) -> Site:
        firm.app.config.update(TESTING=False, WTF_CSRF_ENABLED=True)
        server: Any = create_server(firm.app, host="127.0.0.1", port=0, threads=4)
        servers.append(server)
        threading.Thread(target=server.run, daemon=True).start()
        url = f"http://127.0.0.1:{server.effective_port}"
        sites.append(Site(firm=firm, url=url, browser=chromium, folder=tmp_path))
        return sites[-1]

    yield start
    failed = getattr(request.node, "failed", False)
    for site in sites:
        for number, page in enumerate(site.pages):
            if failed and not page.is_closed():
                page.screenshot(path=str(tmp_path / f"failed-{number}.png"), full_page=True)
            page.context.close()
    for server in servers:
        server.close()
        server.task_dispatcher.shutdown()
        # A request still at work would hold the database that the next test replaces.
        server.task_dispatcher.shutdown()


@pytest.fixture
def site(serve: Callable[[Firm], Site], firm: Firm) -> Site:
    """The usual small firm, served."""
    return serve(firm)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """Let the fixture know that its test failed."""
    report = yield
    if call.when == "call" and report.failed:
        item.failed = True  # pyright: ignore[reportAttributeAccessIssue]
    return report
