"""Write the history of accounts: they are no records, so it is written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from kartoteka.history import log
from kartoteka.models.people import Staff


def remember(session: Session, user_id: int, changes: Mapping[str, list[Any]]) -> None:
    """Write what was changed about an account: field to [from, to]."""
    if changes:
        _write(session, user_id, "update", changes)


def remember_new(session: Session, user: User) -> None:
    """Write that an account was made, with its place in the firm."""
    staff = session.get_one(Staff, user.id)
    values: dict[str, Any] = {
        "username": user.username, "first_name": user.first_name, "last_name": user.last_name,
        "roles": ", ".join(sorted(role.name for role in user.roles)),
        "department_id": staff.department_id, "superior_id": staff.superior_id,
        "extension": staff.extension, "language": staff.language, "time_zone": staff.time_zone,
    }  # fmt: skip
    given = {name: [None, value] for name, value in values.items() if value not in (None, "")}
    _write(session, user.id, "create", given)


def _write(session: Session, user_id: int, act: str, changes: Mapping[str, list[Any]]) -> None:
    row = {"entity": "staff", "record_id": user_id, "action": act, "changes": changes}
    log.write(session, [row])


__all__ = ["remember", "remember_new"]
