"""Accounts of the people who work here: who they are, what they may, when they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from kartoteka.access.actor import Actor
from kartoteka.access.people import ADMIN
from kartoteka.access.scope import actor_of, unscoped
from kartoteka.errors import Invalid, NotAllowed, Rejected
from kartoteka.fields.contact_values import parse_email
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.people import Department, Staff
from kartoteka.services import passwords, staff_log
from kartoteka.services.department_move import carry_records
from kartoteka.services.staff_checks import (
    Person,
    check_person,
    habit_errors,
    roles_named,
    unknown_role,
)

DIRECTOR = "director"
#: The domain of accounts without an address; RFC 2606 keeps it from ever being one.
NOWHERE = "localhost.invalid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Colleague:
    """One person on the list of staff."""

    id: int
    username: str
    name: str
    email: str
    active: bool
    roles: Sequence[str]
    department_id: int | None
    department: str
    superior_id: int | None
    superior: str
    extension: str
    language: str
    time_zone: str
    clients: int


def may_manage(actor: Actor) -> bool:
    """Say whether a person may manage accounts: the director and the Admin may."""
    return actor.user_id is None or bool(actor.roles & {DIRECTOR, ADMIN})


def everybody(session: Session) -> list[Colleague]:
    """Return all staff with roles, department, superior and how many clients each has.

    Four statements, however many people.

    Raises:
        NotAllowed: the actor may not manage accounts.
    """
    _demand_manager(session)
    people = session.execute(
        select(User.id, User.username, User.first_name, User.last_name, User.email, User.active,
               Staff.department_id, Staff.superior_id, Staff.extension, Staff.language,
               Staff.time_zone)
        .outerjoin(Staff, Staff.id == User.id)
        .order_by(User.active.desc(), User.last_name, User.first_name)
    ).all()  # fmt: skip
    names = {row.id: f"{row.first_name} {row.last_name}".strip() for row in people}
    roles: dict[int, list[str]] = {}
    for number, role in session.execute(
        select(assoc_user_role.c.user_id, Role.name)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .order_by(Role.name)
    ):
        roles.setdefault(number, []).append(role)
    departments = dict(session.execute(select(Department.id, Department.name)).all())
    with unscoped(session, "how many clients each of the staff has"):
        clients = dict(
            session.execute(
                select(Client.owner_id, func.count(Client.id)).group_by(Client.owner_id)
            ).all()
        )
    return [
        Colleague(
            id=row.id, username=row.username, name=names[row.id], email=row.email or "",
            active=bool(row.active), roles=roles.get(row.id, ()),
            department_id=row.department_id, department=departments.get(row.department_id, ""),
            superior_id=row.superior_id, superior=names.get(row.superior_id, ""),
            extension=row.extension or "", language=row.language or "",
            time_zone=row.time_zone or "", clients=clients.get(row.id, 0),
        )
        for row in people
    ]  # fmt: skip


def change_person(session: Session, user_id: int, person: Person) -> int:
    """Change who a person is; their records follow into a new department.

    Args:
        session: of the director or the Admin.
        user_id: account to change.
        person: everything the form says; what is equal stays untouched.

    Returns:
        how many records moved to another department.

    Raises:
        NotAllowed: the actor may not manage this account, or would give away the own rights.
        Invalid: an unknown role, department, superior, language or time zone, or a bad address.
    """
    user, staff = _account(session, user_id)
    roles = roles_named(session, person.roles)
    check_person(session, user_id, person, roles)
    _guard_roles(session, user, set(person.roles))
    new_roles = sorted(person.roles)
    changes = _assign(
        user,
        first_name=person.first_name.strip() or user.username,
        last_name=person.last_name.strip(),
        email=_address(person.email, user.username),
    )
    changes |= _assign(
        staff, department_id=person.department_id, superior_id=person.superior_id,
        extension=person.extension.strip() or None, language=person.language,
        time_zone=person.time_zone,
    )  # fmt: skip
    old_roles = sorted(role.name for role in user.roles)
    if old_roles != new_roles:
        changes["roles"] = [", ".join(old_roles), ", ".join(new_roles)]
        user.roles = list(roles.values())
    session.flush()
    moved = (
        carry_records(session, user_id, person.department_id) if "department_id" in changes else 0
    )
    staff_log.remember(session, user_id, changes)
    return moved


def set_password(session: Session, user_id: int, password: str, old: str | None = None) -> None:
    """Give an account a new password; all its sessions end.

    Args:
        session: of the person, or of somebody who may manage accounts.
        password: long enough and not a common one; see `services.passwords`.
        old: the present password; demanded of people who change their own.

    Raises:
        NotAllowed: the account is somebody else's.
        Invalid: the new password is too short, or the old one is wrong.
    """
    own = actor_of(session).user_id == user_id
    user, _staff = (_own_account if own else _account)(session, user_id)
    errors: dict[str, str] = {}
    if own and not check_password_hash(user.password or "", old or ""):
        errors["old"] = gettext("This is not your present password.")
    if reason := passwords.weakness(password, user.username):
        errors["password"] = reason
    if errors:
        raise Invalid(errors)
    passwords.set_password(session, user, password)
    staff_log.remember(session, user_id, {"password": [None, "•••"]})


def set_active(session: Session, user_id: int, active: bool) -> None:
    """Let somebody in again, or shut them out; their records stay as they are.

    Whoever still has clients should hand them over first: see `clients_of`.

    Raises:
        NotAllowed: the actor may not manage this account.
        Rejected: people shut out neither themselves nor the last who may manage accounts.
    """
    user, _staff = _account(session, user_id)
    if not active and user_id == actor_of(session).user_id:
        raise Rejected(gettext("You can not deactivate yourself."))
    if bool(user.active) == active:
        return
    if not active:
        _keep_somebody(session, user)
    user.active = active
    session.flush()
    staff_log.remember(session, user_id, {"active": [not active, active]})


def set_habits(session: Session, *, language: str | None, time_zone: str | None) -> None:
    """Keep in which language and time zone the actor is served.

    Raises:
        Invalid: a language or a time zone that does not exist.
    """
    errors = habit_errors(language, time_zone)
    if errors:
        raise Invalid(errors)
    _user, staff = _own_account(session, actor_of(session).user_id or 0)
    staff.language, staff.time_zone = language or None, time_zone or None
    session.flush()


def clients_of(session: Session, user_id: int) -> int:
    """Return how many clients a person is responsible for, of those the actor sees."""
    return session.scalar(select(func.count(Client.id)).where(Client.owner_id == user_id)) or 0


def add_person(session: Session, username: str, password: str, person: Person) -> User:
    """Make an account for somebody who starts to work here.

    Raises:
        NotAllowed: the actor may not manage accounts.
        Invalid: with a sentence for each field that does not pass.
    """
    _demand_manager(session)
    actor = actor_of(session)
    if ADMIN in person.roles and actor.user_id is not None and ADMIN not in actor.roles:
        raise NotAllowed(gettext("Only the Admin makes somebody an Admin."))
    check_person(session, None, person, roles_named(session, person.roles))
    user = add_user(
        session, username=username, password=password, roles=person.roles,
        first_name=person.first_name.strip(), last_name=person.last_name.strip(),
        email=person.email, department_id=person.department_id, superior_id=person.superior_id,
        language=person.language,
    )  # fmt: skip
    _user, staff = _own_account(session, user.id)
    staff.extension, staff.time_zone = person.extension.strip() or None, person.time_zone
    session.flush()
    staff_log.remember_new(session, user)
    return user


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
        Invalid: a name that is taken, an unknown role or language, a short password, a bad
            address.
    """
    errors: dict[str, str] = {}
    found = roles_named(session, roles)
    if not roles or set(roles) - set(found):
        errors["roles"] = unknown_role(session)
    if not username.strip():
        errors["username"] = gettext("Give a user name.")
    elif len(username) > 64:
        errors["username"] = gettext("Give a user name of at most 64 characters.")
    elif session.scalar(select(User.id).where(User.username == username)) is not None:
        errors["username"] = gettext("There is a user %(name)r already.", name=username)
    if reason := passwords.weakness(password, username):
        errors["password"] = reason
    address = _address("", username)
    if email:
        try:
            address = parse_email(email)
        except ValueError as error:
            errors["email"] = str(error)
    # A name that is taken has its made-up address with it: one sentence is enough.
    is_asked = bool(email) or "username" not in errors
    if is_asked and session.scalar(select(User.id).where(User.email == address)) is not None:
        errors["email"] = gettext("Another user has this address.")
    errors.update(habit_errors(language, None))
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


def _demand_manager(session: Session) -> None:
    if not may_manage(actor_of(session)):
        raise NotAllowed(gettext("Only the director and the Admin manage accounts."))


def _own_account(session: Session, user_id: int) -> tuple[User, Staff]:
    user = session.get(User, user_id)
    if user is None:
        raise NotAllowed(gettext("There is no such account."))
    staff = session.get(Staff, user_id)
    if staff is None:
        staff = Staff(id=user_id, session_version=1)
        session.add(staff)
    return user, staff


def _account(session: Session, user_id: int) -> tuple[User, Staff]:
    """Return an account the actor may manage; the Admin's is the Admin's alone."""
    _demand_manager(session)
    user, staff = _own_account(session, user_id)
    actor = actor_of(session)
    if actor.user_id is not None and ADMIN not in actor.roles and _is_admin(user):
        raise NotAllowed(gettext("Only the Admin changes the account of an Admin."))
    return user, staff


def _is_admin(user: User) -> bool:
    return any(role.name == ADMIN for role in user.roles)


def _keep_somebody(session: Session, user: User) -> None:
    """Refuse to shut out the last Admin, or the last of those who may manage accounts."""
    mine = {role.name for role in user.roles}
    for roles in ({ADMIN}, {DIRECTOR, ADMIN}):
        others = (
            select(User.id)
            .join(assoc_user_role, assoc_user_role.c.user_id == User.id)
            .join(Role, Role.id == assoc_user_role.c.role_id)
            .where(Role.name.in_(sorted(roles)), User.active.is_(True))
            # Two who shut out each other at once wait here for one another.
            .order_by(User.id)
            .with_for_update(of=User)
        )
        if mine & roles and not set(session.scalars(others)) - {user.id}:
            raise Rejected(
                gettext(
                    "%(name)s is the last active account with the role %(roles)s: nobody could "
                    "manage accounts any more. Give this role to somebody else first.",
                    name=user.username, roles=" / ".join(sorted(mine & roles)),
                )
            )  # fmt: skip


def _guard_roles(session: Session, user: User, wanted: set[str]) -> None:
    """Nobody makes themselves an Admin, or locks themselves out by mistake."""
    actor = actor_of(session)
    if actor.user_id is None:
        return
    if ADMIN in wanted and ADMIN not in actor.roles:
        raise NotAllowed(gettext("Only the Admin makes somebody an Admin."))
    if user.id == actor.user_id and not wanted & {DIRECTOR, ADMIN}:
        raise NotAllowed(gettext("You can not take the right to manage accounts from yourself."))


def _address(email: str, username: str) -> str:
    """Return the address to keep; Flask-AppBuilder wants one of everybody."""
    return parse_email(email) if email else f"{username}@{NOWHERE}"


def _assign(target: Any, **values: Any) -> dict[str, list[Any]]:
    changes: dict[str, list[Any]] = {}
    for name, value in values.items():
        old = getattr(target, name)
        if old != value:
            changes[name] = [old, value]
            setattr(target, name, value)
    return changes


__all__ = [
    "Colleague", "Person", "add_person", "add_user", "change_person",
    "clients_of", "everybody", "may_manage", "set_active", "set_habits", "set_password",
]  # fmt: skip
