"""Find out who a user is: roles, superior, assistants, departments with all below them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.actor import Actor, Way
from kartoteka.hooks.contributions import Role
from kartoteka.models.people import Department, Staff

ADMIN = "Admin"


def actor_for(
    session: Session, user: User, roles: Mapping[str, Role], way: Way = "screen"
) -> Actor:
    """Return the actor a user is.

    A director sees all; a curator the own department and those below; a manager the own records;
    an assistant also the superior's, and the superior also the assistant's. Flask-AppBuilder's
    Admin runs the installation and sees all.

    Args:
        session: any session; the rows read are not records.
        user: account of the person.
        roles: the roles of the running application, by code.
        way: by which way the person comes.
    """
    names = frozenset(role.name for role in user.roles)
    reach = {roles[name].reach for name in names if name in roles}
    before = session.info.get("kartoteka.unscoped")
    session.info["kartoteka.unscoped"] = "who is this?"
    try:
        staff = session.get(Staff, user.id)
        pairs = session.execute(
            select(Staff.id, Staff.superior_id, Staff.department_id).where(
                (Staff.superior_id == user.id) | (Staff.id == user.id)
            )
        ).all()
        department_id = staff.department_id if staff else None
        departments = (
            _with_below(session, department_id)
            if "department" in reach and department_id is not None
            else frozenset[int]()
        )
    finally:
        session.info["kartoteka.unscoped"] = before
    return made_of(
        user.id, names, roles, department_id, departments,
        superiors=frozenset(
            superior
            for person, superior, _at in pairs
            if person == user.id and superior is not None
        ),
        assistants={person: at for person, superior, at in pairs if superior == user.id},
        way=way,
    )  # fmt: skip


def made_of(
    user_id: int, names: frozenset[str], roles: Mapping[str, Role], department_id: int | None,
    departments: frozenset[int], *, superiors: frozenset[int],
    assistants: Mapping[int, int | None], way: Way = "screen",
) -> Actor:  # fmt: skip
    """Return the actor somebody with these roles and colleagues is.

    Args:
        names: of the person's roles.
        departments: those a head reaches: the own one with all below it; empty for others.
        superiors: people the person works for.
        assistants: the department of each person who works for this one.
    """
    reach = {roles[name].reach for name in names if name in roles}
    elsewhere = {person for person, at in assistants.items() if at not in departments}
    return Actor(
        user_id=user_id,
        roles=names,
        way=way,
        sees_all="all" in reach or ADMIN in names,
        owner_ids=frozenset({user_id, *superiors, *assistants}),
        department_ids=departments,
        beside_ids=frozenset({*elsewhere, *superiors}) if departments else frozenset(),
        superiors=superiors,
        department_id=department_id,
    )


def _with_below(session: Session, top: int) -> frozenset[int]:
    return below(session.execute(select(Department.id, Department.parent_id)), top)


def below(tree: Iterable[tuple[int, int | None]], top: int) -> frozenset[int]:
    """Return a node and all nodes below it; a ring in the tree does no harm."""
    children: dict[int | None, list[int]] = {}
    for node, parent in tree:
        children.setdefault(parent, []).append(node)
    found: set[int] = set()
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(children.get(node, ()))
    return frozenset(found)
