"""Gather the statements that a piece of work sends to the database, to count them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from kartoteka.testing.bases import Firm


@contextmanager
def statements(work: Firm | Session) -> Generator[list[str]]:
    """Gather what is sent meanwhile by every session on the database of a firm or of a session.

    What only begins a transaction is left out: SQLite has a statement for it, PostgreSQL has not.
    """
    engine = work.made.engine if isinstance(work, Firm) else work.get_bind()
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith("BEGIN"):
            sent.append(text)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
