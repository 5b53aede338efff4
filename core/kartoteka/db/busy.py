"""Tell a database that is only busy, and leave those who wait for SQLite their turn."""

from __future__ import annotations

import time

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

#: SQLite keeps no queue: whoever waits for its lock asks again after at most 0.1 s (its
#: `sqliteDefaultBusyCallback`), and may never get it from one who takes it back at once.
_TURN = 0.12


def is_busy(error: BaseException | None) -> bool:
    """Say whether others wrote for so long, or so crosswise, that the database gave up."""
    if not isinstance(error, OperationalError):
        return False
    return any(word in str(error.orig) for word in ("locked", "deadlock"))


def let_others_write(session: Session) -> None:
    """Wait a moment between two long transactions, so that others get in between."""
    if session.get_bind().dialect.name == "sqlite":
        time.sleep(_TURN)


__all__ = ["is_busy", "let_others_write"]
