"""Check what is said about a person: roles, address, department, superior, language, time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.config import LANGUAGES
from kartoteka.errors import Invalid
from kartoteka.fields.contact_values import parse_email
from kartoteka.i18n import gettext
from kartoteka.models.people import Department, Staff

ASSISTANT = "assistant"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """What a form about a person says. None leaves language and time zone to the installation."""

    first_name: str
    last_name: str
    email: str
    roles: Sequence[str]
    department_id: int | None = None
    superior_id: int | None = None
    extension: str = ""
    language: str | None = None
    time_zone: str | None = None


def check_person(
    session: Session, user_id: int | None, person: Person, roles: Mapping[str, Role]
) -> None:
    """Refuse what can not be kept of a person; `user_id` is None for somebody new.

    Raises:
        Invalid: with a sentence for each field.
    """
    errors = habit_errors(person.language, person.time_zone)
    if not person.roles or set(person.roles) - set(roles):
        errors["roles"] = unknown_role(session)
    if person.email:
        try:
            address = parse_email(person.email)
        except ValueError as error:
            errors["email"] = str(error)
        else:
            taken = select(User.id).where(User.email == address, User.id.is_distinct_from(user_id))
            if session.scalar(taken) is not None:
                errors["email"] = gettext("Another user has this address.")
    if len(person.extension.strip()) > 20:
        errors["extension"] = gettext("At most %(limit)s characters fit.", limit=20)
    errors.update(place_errors(session, user_id, person))
    if errors:
        raise Invalid(errors)


def place_errors(session: Session, user_id: int | None, person: Person) -> dict[str, str]:
    """Return what is wrong with a department and a superior; nobody is above themselves."""
    errors: dict[str, str] = {}
    number = person.department_id
    if number is not None and session.get(Department, number) is None:
        errors["department_id"] = gettext("Choose a department from the list.")
    if person.superior_id is None:
        if ASSISTANT in person.roles:
            errors["superior_id"] = gettext("Say whose assistant this is.")
        return errors
    above = dict(session.execute(select(Staff.id, Staff.superior_id)).all())
    superior = session.get(User, person.superior_id)
    if superior is None or not superior.active:
        errors["superior_id"] = gettext("Choose an active colleague.")
        return errors
    seen: set[int] = set()
    step: int | None = person.superior_id
    while step is not None and step not in seen:
        if step == user_id:
            errors["superior_id"] = gettext("They would be each other's superior.")
            break
        seen.add(step)
        step = above.get(step)
    return errors


def habit_errors(language: str | None, time_zone: str | None) -> dict[str, str]:
    """Return what is wrong with a language and a time zone."""
    errors: dict[str, str] = {}
    if language and language not in LANGUAGES:
        errors["language"] = gettext("Choose one of: %(known)s.", known=", ".join(LANGUAGES))
    if time_zone:
        try:
            ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            errors["time_zone"] = gettext("There is no time zone %(name)r.", name=time_zone[:60])
    return errors


def roles_named(session: Session, names: Sequence[str]) -> dict[str, Role]:
    """Return the roles of these names that exist."""
    return {r.name: r for r in session.scalars(select(Role).where(Role.name.in_(list(names))))}


def unknown_role(session: Session) -> str:
    """Return the sentence that names the roles there are."""
    known = ", ".join(session.scalars(select(Role.name).order_by(Role.name)))
    return gettext("Choose a role: %(known)s.", known=known)
