"""Long work leaves others their turn, and whoever waited in vain is told so in words."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from kartoteka.db.busy import is_busy, let_others_write
from kartoteka.testing import Firm

PARTS = 20


@pytest.fixture
def sqlite(firm: Firm, dialect: str) -> Firm:
    if dialect != "sqlite":
        pytest.skip("PostgreSQL locks rows, and keeps a queue of those who wait.")
    return firm


def test_who_waits_gets_in_between_the_parts_of_long_work(sqlite: Firm) -> None:
    begun, got_in = threading.Event(), threading.Event()

    def write_once() -> None:
        begun.wait()
        with sqlite.made.engine.begin() as connection:
            connection.execute(text("UPDATE client SET note = note"))
        got_in.set()

    waiting = threading.Thread(target=write_once)
    waiting.start()
    parts = 0
    with sqlite.made.sessions() as session:
        while parts < PARTS and not got_in.is_set():
            connection = sqlite.made.engine.raw_connection()
            connection.cursor().execute("BEGIN IMMEDIATE")
            begun.set()
            got_in.wait(0.1)  # the work of a part
            connection.cursor().execute("COMMIT")
            connection.close()
            let_others_write(session)
            parts += 1
    waiting.join()
    assert parts < PARTS


def test_a_busy_database_is_told_in_words_and_nothing_is_saved(sqlite: Firm) -> None:
    sqlite.app.config["PROPAGATE_EXCEPTIONS"] = False
    sqlite.made.engine.dispose()
    browser = sqlite.browser("manager1")

    def impatient(connection: Any, *_: Any) -> None:
        connection.cursor().execute("PRAGMA busy_timeout=50")

    event.listen(sqlite.made.engine, "checkout", impatient)
    other = sqlite3.connect(str(sqlite.made.engine.url.database), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = browser.post("/client/add", data={"name": "Ромашка"})
    finally:
        other.execute("ROLLBACK")
        other.close()
        event.remove(sqlite.made.engine, "checkout", impatient)
    assert answer.status_code == 503
    assert "in a minute" in answer.text
    assert "Traceback" not in answer.text


def test_only_a_lock_is_called_busy() -> None:
    assert is_busy(OperationalError("", {}, sqlite3.OperationalError("database is locked")))
    assert not is_busy(OperationalError("", {}, sqlite3.OperationalError("no such table: x")))
    assert not is_busy(ValueError("locked"))
