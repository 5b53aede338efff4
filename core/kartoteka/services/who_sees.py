"""Tell who sees a client, and why: by the same rules that open its rows to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla import models as fab
from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from kartoteka.access.actor import Actor
from kartoteka.access.people import below, made_of
from kartoteka.access.scope import rules_of, unscoped
from kartoteka.i18n import gettext
from kartoteka.models import Client, Department, Staff
from kartoteka.services.records import registry_of

#: So many people are asked about in one statement.
_TOGETHER = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Somebody who sees the client, with the reason in words."""

    user_id: int
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Person:
    name: str
    department_id: int | None
    actor: Actor


def who_sees(session: Session, client: Client) -> list[Reader]:
    """Return everybody with a working account who sees a client, the nearest to it first.

    A reason is found by what a person is to the client; whether it holds is asked of the rules
    that narrow every statement, those of plugins included. Two statements, and one more for each
    hundred people in question.

    Args:
        session: its actor sees the client.
    """
    people = _people(session)
    reasons = {
        number: found
        for number, person in people.items()
        if (found := _reason(session, client, person, people)) is not None
    }
    seen = _confirmed(session, client, [people[number].actor for number in reasons])
    readers = [
        (rank, Reader(user_id=number, name=people[number].name, reason=text))
        for number, (rank, text) in reasons.items()
        if number in seen
    ]
    return [one for _rank, one in sorted(readers, key=lambda pair: (pair[0], pair[1].name))]


def _people(session: Session) -> dict[int, _Person]:
    links = fab.assoc_user_role
    with unscoped(session, "who are our people, and whom do they work with?"):
        rows = session.execute(
            select(
                fab.User.id, fab.User.first_name, fab.User.last_name, fab.Role.name,
                Staff.superior_id, Staff.department_id,
            )
            .join(links, links.c.user_id == fab.User.id)
            .join(fab.Role, fab.Role.id == links.c.role_id)
            .outerjoin(Staff, Staff.id == fab.User.id)
            .where(fab.User.active.is_(True))
        ).all()  # fmt: skip
        tree = [(row[0], row[1]) for row in session.execute(
            select(Department.id, Department.parent_id)
        )]  # fmt: skip
    roles = registry_of(session).roles
    held: dict[int, set[str]] = {}
    for row in rows:
        held.setdefault(row[0], set()).add(row[3])
    assistants: dict[int, dict[int, int | None]] = {}
    for number, _first, _last, _role, superior, department in rows:
        if superior is not None:
            assistants.setdefault(superior, {})[number] = department
    found: dict[int, _Person] = {}
    for number, first, last, _role, superior, department in rows:
        names = frozenset(held[number])
        heads = any(roles[name].reach == "department" for name in names if name in roles)
        reached = below(tree, department) if heads and department is not None else frozenset[int]()
        found[number] = _Person(
            name=f"{first} {last}".strip(),
            department_id=department,
            actor=made_of(
                number, names, roles, department, reached,
                superiors=frozenset() if superior is None else frozenset({superior}),
                assistants=assistants.get(number, {}),
            ),
        )  # fmt: skip
    return found


def _reason(
    session: Session, client: Client, person: _Person, people: Mapping[int, _Person]
) -> tuple[int, str] | None:
    """Return why somebody may see a client, with a rank: the nearest first; None for no reason."""
    actor, owner = person.actor, client.owner_id
    if owner is not None and owner == actor.user_id:
        return 0, gettext("responsible manager")
    if owner is not None and owner in actor.superiors:
        return 1, gettext("assistant of the responsible manager")
    if owner is not None and owner in actor.owner_ids:
        name = people[owner].name if owner in people else ""
        return 2, gettext("%(name)s, who is responsible, is their assistant", name=name)
    if client.department_id is not None and client.department_id in actor.department_ids:
        return 3, gettext("heads the department of the client, or one above it")
    if actor.sees_all:
        roles = registry_of(session).roles
        titles = [
            str(roles[name].title) if name in roles else gettext("Administrator")
            for name in sorted(actor.roles)
            if name not in roles or roles[name].reach == "all"
        ]
        return 4, gettext("sees all clients: %(roles)s", roles=", ".join(titles))
    return None


def _confirmed(session: Session, client: Client, actors: Sequence[Actor]) -> set[int | None]:
    """Return those of the actors to whom the rules of rows open a client."""
    rules = {actor.user_id: rules_of(session, actor).get(Client, []) for actor in actors}
    seen = {number for number, conditions in rules.items() if not conditions}
    asked = [(number, conditions) for number, conditions in rules.items() if conditions]
    for start in range(0, len(asked), _TOGETHER):
        parts: list[Any] = [
            select(literal(number)).select_from(Client).where(Client.id == client.id, *conditions)
            for number, conditions in asked[start : start + _TOGETHER]
        ]
        with unscoped(session, "to whom do the rules open this client?"):
            seen |= set(session.scalars(union_all(*parts)))
    return seen


__all__ = ["Reader", "who_sees"]
