"""Write a session's changes, and say in a person's words why the database would not."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kartoteka.db.busy import is_busy
from kartoteka.errors import EditConflict, Rejected
from kartoteka.i18n import gettext


def flush(session: Session, record: Any) -> None:
    """Write what was changed.

    Raises:
        EditConflict: somebody else wrote the record between our reading and our writing.
        Rejected: the database refuses the record.
    """
    with refusing(record.__table__):
        session.flush()


@contextmanager
def refusing(table: Any) -> Generator[None]:
    """Refuse in a person's words what the database would not write into a table.

    Raises:
        EditConflict, Rejected: as `flush`.
    """
    try:
        yield
    except StaleDataError as error:
        raise EditConflict((), 0) from error
    except IntegrityError as error:
        raise refusal_of(error, table) from error
    except OperationalError as error:
        if not is_busy(error):
            raise
        text = gettext("Somebody else was saving at the same moment. Save once more.")
        raise Rejected(text) from error


def refusal_of(error: IntegrityError, table: Any) -> Rejected:
    """Say in a person's words why the database refused a row of a table."""
    text = str(error.orig).lower()
    if "unique" in text:
        for column in table.columns:
            # SQLite names the column as product.code, PostgreSQL as (code)=(…).
            names = (f"failed: {table.name}.{column.name}", f"({column.name})=")
            if column.unique and any(name in text for name in names):
                return Rejected(gettext("Another record has this value already."), column.name)
        return Rejected(gettext("There is such a record already."))
    if "foreign key" in text:
        return Rejected(gettext("Other records refer to this one. Change or delete them first."))
    return Rejected(gettext("The database refused the record: a value is missing or not allowed."))
