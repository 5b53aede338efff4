"""Say which password is good enough, set it, and end the sessions of a changed account."""

from __future__ import annotations

from typing import Any, cast

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CursorResult, event, insert, inspect as sa_inspect, update
from sqlalchemy.orm import Session, UOWTransaction
from werkzeug.security import generate_password_hash

from kartoteka.access.scope import unscoped
from kartoteka.errors import Invalid
from kartoteka.i18n import gettext
from kartoteka.models.people import Staff

#: NIST SP 800-63B: length and a list of known passwords, no rules on kinds of characters.
LEAST = 8
MOST = 200
_TRIED_FIRST = """
12345678 123456789 1234567890 11111111 00000000 87654321 987654321 0987654321 11223344 12341234
123123123 12344321 password password1 passw0rd p@ssw0rd password123 qwertyui qwerty123 qwerty12
qwertyuiop qwerty123456 1q2w3e4r 1q2w3e4r5t 1qaz2wsx asdfghjk asdfghjkl zxcvbnm123 abcd1234
abc12345 a1234567 iloveyou sunshine princess football baseball superman starwars trustno1
administrator admin123 admin1234 welcome1 letmein1 changeme йцукенгш йцукен123 пароль12 пароль123
парола12 парола123
"""
#: What is tried first, of the length allowed; on English and Russian keyboards.
COMMON = frozenset(_TRIED_FIRST.split())


def weakness(password: str, username: str = "") -> str:
    """Return why a password is too weak for this user; empty when it is good enough."""
    if len(password) < LEAST:
        return gettext("Use at least %(least)s characters for the password.", least=LEAST)
    if len(password) > MOST:
        return gettext("Use at most %(most)s characters for the password.", most=MOST)
    if "\0" in password or not password.strip():
        return gettext("Use letters, digits or signs for the password.")
    plain = password.casefold()
    if username and plain == username.casefold():
        return gettext("The password must differ from the user name.")
    if plain in COMMON or len(set(plain)) == 1:
        return gettext("This password is too common. Choose another one.")
    return ""


def set_password(session: Session, user: User, password: str) -> None:
    """Give a user a new password; all sessions and tokens of the user end with the flush.

    Raises:
        Invalid: the password is too weak.
    """
    reason = weakness(password, user.username)
    if reason:
        raise Invalid({"password": reason})
    user.password = generate_password_hash(password)
    session.flush()


def session_version(session: Session, user_id: int) -> int:
    """Return which sessions of a user are valid: those begun with this number."""
    with unscoped(session, "whose session is this?"), session.no_autoflush:
        staff = session.get(Staff, user_id)
    return 1 if staff is None else staff.session_version


def end_sessions(session: Session, user_id: int) -> None:
    """Log a user out everywhere: cookies and tokens given out before are worth nothing."""
    raised = (
        update(Staff).where(Staff.id == user_id).values(session_version=Staff.session_version + 1)
    )
    with unscoped(session, "the sessions of one account end"), session.no_autoflush:
        if not cast("CursorResult[Any]", session.execute(raised)).rowcount:
            session.execute(insert(Staff).values(id=user_id, session_version=2))


def install(session_class: type[Session]) -> None:
    """End sessions on every path that changes a password or closes an account."""
    event.listen(session_class, "before_flush", _end_of_changed)


def _end_of_changed(session: Session, context: UOWTransaction, instances: Any) -> None:
    for user in [item for item in session.dirty if isinstance(item, User)]:
        changes = sa_inspect(user).attrs
        closed = changes["active"].history.has_changes() and not user.active
        if closed or changes["password"].history.has_changes():
            end_sessions(session, user.id)
