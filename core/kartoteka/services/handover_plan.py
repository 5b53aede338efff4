"""Say beforehand what a handover takes along, and who may take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.models.client import Client
from kartoteka.models.deal import Deal
from kartoteka.models.people import Department, Staff
from kartoteka.models.work import Task

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
    """Somebody who may take the clients."""

    id: int
    name: str
    department: str


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
    """Return active people the actor may give clients to; a curator only the own departments'."""
    actor = actor_of(session)
    people = (
        select(User.id, User.first_name, User.last_name, Department.name)
        .join(Staff, Staff.id == User.id)
        .outerjoin(Department, Department.id == Staff.department_id)
        .where(User.active.is_(True))
        .order_by(User.last_name, User.first_name)
    )
    if not actor.sees_all:
        people = people.where(Staff.department_id.in_(sorted(actor.department_ids)))
    return [
        Taker(id=number, name=f"{first} {last}".strip(), department=department or "")
        for number, first, last, department in session.execute(people)
    ]
