"""Gather the statements that a piece of work sends to the database, to count them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from kartoteka.testing.bases import Firm


@contextmanager
def statements(firm: Firm) -> Generator[list[str]]:
    """Gather what is sent meanwhile, by whichever session of the firm."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        sent.append(text)

    event.listen(firm.made.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(firm.made.engine, "before_cursor_execute", note)
