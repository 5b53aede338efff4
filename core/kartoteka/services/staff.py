"""Accounts of the people who work here."""

from __future__ import annotations

from collections.abc import Sequence

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from kartoteka.errors import Invalid
from kartoteka.fields.contact_values import parse_email
from kartoteka.i18n import gettext
from kartoteka.models.people import Staff

LEAST_PASSWORD = 8


def add_user(
    session: Session,
    *,
    username: str,
    password: str,
    roles: Sequence[str],
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    department_id: int | None = None,
    superior_id: int | None = None,
    language: str | None = None,
) -> User:
    """Make an account with its place in the firm.

    Args:
        session: of somebody who may manage accounts; the caller checks that.
        roles: names of roles; at least one.
        superior_id: user this person is the assistant of.

    Raises:
        Invalid: a name that is taken, an unknown role, a short password, a bad address.
    """
    errors: dict[str, str] = {}
    found = {
        role.name: role for role in session.scalars(select(Role).where(Role.name.in_(list(roles))))
    }
    if not roles or set(roles) - set(found):
        known = ", ".join(session.scalars(select(Role.name).order_by(Role.name)))
        errors["roles"] = gettext("Choose a role: %(known)s.", known=known)
    if not username.strip() or len(username) > 64:
        errors["username"] = gettext("Give a user name of at most 64 characters.")
    elif session.scalar(select(User.id).where(User.username == username)) is not None:
        errors["username"] = gettext("There is a user %(name)r already.", name=username)
    if len(password) < LEAST_PASSWORD:
        errors["password"] = gettext(
            "Use at least %(least)s characters for the password.", least=LEAST_PASSWORD
        )
    address = email or f"{username}@localhost.invalid"
    if email:
        try:
            address = parse_email(email)
        except ValueError as error:
            errors["email"] = str(error)
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        errors["email"] = gettext("Another user has this address.")
    if errors:
        raise Invalid(errors)
    user = User(
        username=username, first_name=first_name or username, last_name=last_name,
        email=address, active=True, password=generate_password_hash(password),
    )  # fmt: skip
    user.roles = list(found.values())
    session.add(user)
    session.flush()
    session.add(
        Staff(id=user.id, department_id=department_id, superior_id=superior_id, language=language)
    )
    session.flush()
    return user
