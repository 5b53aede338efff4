"""Write rows together; when they are refused, find out by halves which of them it was."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Table
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from kartoteka.errors import KartotekaError, PluginError, Refused, Rejected
from kartoteka.i18n import gettext
from kartoteka.services.records import refusal_of

logger = logging.getLogger(__name__)
Row = TypeVar("Row")
#: Writes rows; told whether they were tried before, so that what was rolled back is made anew.
Put = Callable[[Sequence[Row], bool], None]
Refuse = Callable[[Row, KartotekaError], None]


class Halves:
    """The writing of one file into one table.

    A row at which a plugin fails is refused like one that breaks a rule: the rest goes on. The
    first failure of each plugin is logged with its traceback, the others with a line.
    """

    def __init__(self, session: Session, table: Table) -> None:
        self._session = session
        self._table = table
        self._failed: set[str] = set()

    def write(
        self, rows: Sequence[Row], put: Put[Row], refuse: Refuse[Row], *, again: bool = False
    ) -> None:
        """Write rows in a savepoint; `refuse` is told of each one that can not be written."""
        if not rows:
            return
        try:
            with self._session.begin_nested():
                put(rows, again)
        except (Refused, PluginError, IntegrityError, DataError) as error:
            if len(rows) > 1:
                middle = len(rows) // 2
                self.write(rows[:middle], put, refuse, again=True)
                self.write(rows[middle:], put, refuse, again=True)
            else:
                refuse(rows[0], self._reason(error))

    def _reason(self, error: Exception) -> KartotekaError:
        if isinstance(error, PluginError):
            is_first = error.plugin not in self._failed
            self._failed.add(error.plugin)
            logger.error("A row is not imported: %s", error, exc_info=error if is_first else None)
            return error
        if isinstance(error, KartotekaError):
            return error
        if isinstance(error, IntegrityError):
            return refusal_of(error, self._table)
        return Rejected(gettext("The database can not keep these values."))
