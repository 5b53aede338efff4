"""Say beforehand what a handover takes along, and who may take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.models.client import Client
from kartoteka.models.deal import Deal
from kartoteka.models.people import Department, Staff
from kartoteka.models.work import Task
from kartoteka.services.records import registry_of

MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What goes along: clients with the first names of them, open deals, open tasks."""

    client_ids: Sequence[int]
    names: Sequence[str]
    open_deals: int
    open_tasks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Taker:
    """Somebody who may take the clients. `is_manager`: clients are their work."""

    id: int
    name: str
    department: str
    is_manager: bool


def plan(session: Session, client_ids: Sequence[int], from_user: int | None = None) -> Plan:
    """Return what a handover takes along, of the clients the actor sees: three statements.

    Args:
        client_ids: clients to hand over.
        from_user: hand over all clients of this person instead.
    """
    chosen = Client.owner_id == from_user if from_user else Client.id.in_(sorted(set(client_ids)))
    rows = session.execute(
        select(Client.id, Client.name, Client.owner_id).where(chosen).order_by(Client.name_key)
    ).all()
    ids = select(Client.id).where(chosen)
    return Plan(
        client_ids=[row[0] for row in rows],
        names=[row[1] for row in rows[:MOST_NAMED]],
        open_deals=session.scalar(
            select(func.count(Deal.id)).where(Deal.client_id.in_(ids), Deal.closed_at.is_(None))
        )
        or 0,
        # Tasks of other people stay theirs, as in the handover itself.
        open_tasks=session.scalar(
            select(func.count(Task.id))
            .join(Client, Client.id == Task.client_id)
            .where(chosen, Task.done_at.is_(None), Task.owner_id == Client.owner_id)
        )
        or 0,
    )


def takers(session: Session) -> list[Taker]:
    """Return active people the actor may give clients to, managers first.

    A curator gives only to the own departments. Managers are those with a role for own records;
    assistants of somebody, curators and directors come after them.
    """
    actor = actor_of(session)
    roles = [
        role.code
        for role in registry_of(session).roles.values()
        if role.reach == "own" and role.code != "assistant"
    ]
    is_manager = Staff.superior_id.is_(None) & User.roles.any(Role.name.in_(roles))
    people = (
        select(User.id, User.first_name, User.last_name, Department.name, is_manager)
        .join(Staff, Staff.id == User.id)
        .outerjoin(Department, Department.id == Staff.department_id)
        .where(User.active.is_(True))
        .order_by(is_manager.desc(), User.last_name, User.first_name)
    )
    if not actor.sees_all:
        people = people.where(Staff.department_id.in_(sorted(actor.department_ids)))
    return [
        Taker(
            id=number, name=f"{first} {last}".strip(), department=department or "",
            is_manager=bool(manages),
        )
        for number, first, last, department, manages in session.execute(people)
    ]  # fmt: skip
