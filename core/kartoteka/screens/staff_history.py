"""Tell what happened to an account of staff, in words."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.history.log import changes_of
from kartoteka.i18n import gettext
from kartoteka.models.change import Change
from kartoteka.screens.record_page import HistoryEntry, entries
from kartoteka.services import records
from kartoteka.services.records import registry_of

MOST = 100
#: Fields of an account that lead to records, and where to.
_LEADS_TO = {"department_id": "department", "superior_id": User.__tablename__}


def history(session: Session, user_id: int) -> list[HistoryEntry]:
    """Return the history of an account, newest first; the caller checks the right to see it."""
    changes = changes_of(session, "staff", user_id, MOST)
    ids: dict[str, set[int]] = {table: set() for table in _LEADS_TO.values()}
    for one in changes:
        for name, pair in one.changes.items():
            if name in _LEADS_TO:
                ids[_LEADS_TO[name]].update(value for value in pair if value is not None)
    labels = {table: records.labels(session, table, found) for table, found in ids.items()}
    titles = _titles()

    def said(name: str, value: Any) -> str:
        if name in _LEADS_TO:
            return labels[_LEADS_TO[name]].get(value, "") if value is not None else ""
        if name == "roles":
            return _roles(session, value)
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        return "" if value is None else str(value)

    def told(change: Change) -> list[tuple[str, str, str]]:
        return [
            (titles.get(name, name), said(name, old), said(name, new))
            for name, (old, new) in change.changes.items()
        ]

    return entries(session, changes, told)


def _titles() -> dict[str, str]:
    return {
        "username": gettext("User name"), "first_name": gettext("First name"),
        "last_name": gettext("Last name"), "email": gettext("E-mail"), "roles": gettext("Roles"),
        "department_id": gettext("Department"), "superior_id": gettext("Assistant of"),
        "extension": gettext("Extension"), "language": gettext("Language"),
        "time_zone": gettext("Time zone"), "password": gettext("Password"),
        "active": gettext("Active"),
    }  # fmt: skip


def _roles(session: Session, value: str | None) -> str:
    roles = registry_of(session).roles
    codes = value.split(", ") if value else []
    return ", ".join(str(roles[code].title) if code in roles else code for code in codes)


__all__ = ["history"]
