"""Tell what happened to an account of staff, in words."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.fields.kinds import Reading
from kartoteka.history.log import changes_of
from kartoteka.i18n import gettext
from kartoteka.screens.record_page import HistoryEntry, act_in_words, day_or_time, way_in_words
from kartoteka.services import records
from kartoteka.services.records import registry_of

MOST = 100
#: Fields of an account that lead to records, and where to.
_LEADS_TO = {"department_id": "department", "superior_id": User.__tablename__}


def history(session: Session, user_id: int) -> list[HistoryEntry]:
    """Return the history of an account, newest first; the caller checks the right to see it."""
    changes = changes_of(session, "staff", user_id, MOST)
    signers = {number for one in changes for number in (one.user_id, one.on_behalf_of_id) if number}
    names = records.labels(session, User.__tablename__, signers)
    ids: dict[str, set[int]] = {table: set() for table in _LEADS_TO.values()}
    for one in changes:
        for name, pair in one.changes.items():
            if name in _LEADS_TO:
                ids[_LEADS_TO[name]].update(value for value in pair if value is not None)
    labels = {table: records.labels(session, table, found) for table, found in ids.items()}
    reading: Reading = session.info.get("reading") or Reading()
    titles = _titles()

    def said(name: str, value: Any) -> str:
        if name in _LEADS_TO:
            return labels[_LEADS_TO[name]].get(value, "") if value is not None else ""
        if name == "roles":
            return _roles(session, value)
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        return "" if value is None else str(value)

    return [
        HistoryEntry(
            who=names.get(one.user_id or 0, gettext("Kartoteka")),
            on_behalf_of=names.get(one.on_behalf_of_id or 0, ""),
            when=day_or_time(one.at, reading),
            way=way_in_words(one.way),
            act=act_in_words(one.action),
            is_long=one.action != "update",
            changes=[
                (titles.get(name, name), said(name, old), said(name, new))
                for name, (old, new) in one.changes.items()
            ],
        )
        for one in changes
    ]


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
