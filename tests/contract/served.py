"""Serve an application in a process of its own, and speak to it as a browser or a program does."""

from __future__ import annotations

import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).parent
PASSWORD = "correct horse"
WORKERS = 8


@dataclass(frozen=True, kw_only=True)
class Site:
    """An application that is served, and its database."""

    url: str
    database: Path
    cookies: dict[str, Any] = field(default_factory=dict[str, Any])

    def query(self, statement: str, *values: Any) -> list[Any]:
        with sqlite3.connect(self.database, timeout=30) as connection:
            return connection.execute(statement, values).fetchall()

    def log_in(self, who: str) -> requests.Session:
        """Return a browser in which somebody is logged in; each one is really logged in once."""
        browser = requests.Session()
        if who not in self.cookies:
            form = form_with(browser.get(f"{self.url}/login/").text, "password")
            data = {**form, "username": who, "password": PASSWORD}
            browser.post(f"{self.url}/login/", data=data).raise_for_status()
            self.cookies[who] = browser.cookies.copy()
        browser.cookies.update(self.cookies[who])
        return browser

    def token(self, who: str) -> dict[str, str]:
        """Return the header of a program that works for somebody."""
        answer = self.try_token(who, PASSWORD)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def try_token(self, who: str, password: str) -> requests.Response:
        return requests.post(
            f"{self.url}/api/v1/security/login",
            json={"username": who, "password": password, "provider": "db"},
        )


def served(script: str, folder: Path, database: str) -> Iterator[Site]:
    """Serve the application of a script of this folder until the tests on it are done."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(HERE / script), str(folder), str(port)],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while server.poll() is None and time.monotonic() < until:
            try:
                requests.get(f"{url}/login/", timeout=30)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        assert server.poll() is None, (folder / "server.log").read_text()
        yield Site(url=url, database=folder / database)
    finally:
        server.terminate()
        server.wait()


class Forms(HTMLParser):
    """Read the forms of a page as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.types: dict[str, str] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and self.forms and name:
            self.types[name] = found.get("type", "text")
            ticked = found.get("type") not in ("checkbox", "radio") or "checked" in found
            if ticked:
                self.forms[-1][name] = found.get("value", "")
        elif tag in ("select", "textarea") and self.forms and name:
            self._select = name if tag == "select" else ""
            self.forms[-1].setdefault(name, "")
        elif tag == "option" and self._select and "selected" in found:
            self.forms[-1][self._select] = found.get("value", "")


def form_with(page: str, name: str) -> dict[str, str]:
    """Return the values of the form of a page that has a certain input."""
    reader = Forms()
    reader.feed(page)
    return next(form for form in reader.forms if name in form)


def companies(page: str) -> set[str]:
    return set(re.findall(r"Company \d{4}", page))


def all_at_once(work: Callable[[int], None]) -> None:
    """Let all workers begin together; what one of them raises is raised here."""
    start = threading.Barrier(WORKERS)
    errors: list[Exception] = []

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(2 * n + 1,)) for n in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
