"""Say whose login a browser brings, whether it still holds, and end it.

A cookie can be copied, and its time runs anew with each answer: so what ends a login is kept here.
Many logins of a person end together by the number on the account (`services.passwords`), one by
its code. Codes need not be kept for ever, because no login lasts longer than `LONGEST`.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from kartoteka.access.scope import unscoped
from kartoteka.fields.types import now
from kartoteka.models.people import EndedLogin, Staff
from kartoteka.services.passwords import session_version

#: However often it is used, a login ends then.
LONGEST = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """What a browser keeps of its login.

    Args:
        code: tells it from all others.
        begun: when, in seconds since 1970.
        version: the number on the account at that moment.
    """

    code: str
    begun: int
    version: int

    @property
    def begun_at(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self.begun, UTC)


def begin(session: Session, user_id: int) -> Login:
    """Return a new login of a user."""
    return Login(
        code=secrets.token_urlsafe(24), begun=int(now().timestamp()),
        version=session_version(session, user_id),
    )  # fmt: skip


def holder(session: Session, user_id: int, login: Login) -> tuple[User, Staff | None] | None:
    """Return whose login it is, with the row of staff; None when it holds no more: one statement.

    Whoever asks keeps both, because a session forgets what nobody holds.
    """
    if now() - login.begun_at >= LONGEST:
        return None
    is_ended = exists(select(EndedLogin.code).where(EndedLogin.code == login.code))
    with unscoped(session, "whose login is this?"), session.no_autoflush:
        found = session.execute(
            select(User, Staff, is_ended)
            .outerjoin(Staff, Staff.id == User.id)
            .where(User.id == user_id)
            .options(joinedload(User.roles), joinedload(User.groups))  # each page asks for them
        )
        row: Any = found.unique().one_or_none()
    if row is None or row[2]:
        return None
    user, staff = row[0], row[1]
    version = 1 if staff is None else staff.session_version
    return (user, staff) if user.is_active and version == login.version else None


def end(session: Session, user_id: int, login: Login) -> None:
    """End one login: the cookie of that browser and every copy of it; the others go on."""
    with unscoped(session, "one login ends"):
        session.execute(delete(EndedLogin).where(EndedLogin.begun_at < now() - LONGEST))
        # Two clicks on the button are two requests, and both may come at once.
        with suppress(IntegrityError), session.begin_nested():
            session.add(EndedLogin(code=login.code, user_id=user_id, begun_at=login.begun_at))


__all__ = ["LONGEST", "Login", "begin", "end", "holder"]
