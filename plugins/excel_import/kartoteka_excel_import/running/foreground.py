"""Do the work of a job at once, for commands: no worker, the same parts and commits."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

Tell = Callable[[int, int | None, str], None]
#: What a session of an application carries, beside what it gathers while it writes.
_CARRIED = (
    "registry", "plugins", "reading", "firm_reading", "currency", "settings", "waker", "actor",
)  # fmt: skip


class Foreground:
    """What the work is given in place of a `JobContext`.

    Args:
        session: writes; it is committed at each checkpoint, and now: its next transactions come
            from another connection.
        tell: gets rows done, rows in all and what is done now.
    """

    def __init__(self, session: Session, tell: Tell | None = None) -> None:
        session.commit()
        self.session = session
        self._tell = tell
        bind: Any = session.get_bind()
        self._bind: Any = bind
        # On SQLite each transaction takes its turn among the writers from the start.
        session.bind = bind.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Generator[Session]:
        """Open a session with the same rights that only reads, and sees one moment."""
        carried = {name: self.session.info[name] for name in _CARRIED if name in self.session.info}
        bind = self._bind
        if bind.dialect.name == "postgresql":
            bind = bind.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with type(self.session)(bind, info=carried) as session:
            yield session

    def checkpoint(
        self, position: Any = None, *, done: int | None = None, total: int | None = None,
        words: str = "",
    ) -> None:  # fmt: skip
        """Commit what was done."""
        self.session.commit()
        self.progress(done or 0, total, words)

    def progress(self, done: int, total: int | None = None, words: str = "") -> None:
        """Tell how far the work is."""
        if self._tell is not None:
            self._tell(done, total, words)


__all__ = ["Foreground"]
