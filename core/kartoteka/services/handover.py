"""Hand clients over from manager to manager, with all their history and open tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Table, func, insert, or_, select, update
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of, unscoped
from kartoteka.errors import NotAllowed, Rejected
from kartoteka.fields.types import now
from kartoteka.history import log
from kartoteka.hooks.contributions import ClientsHandedOver
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.models.contact import Contact, ContactPoint, Employment
from kartoteka.models.people import Staff
from kartoteka.models.record import Base, OfClient
from kartoteka.models.work import Activity, Task
from kartoteka.services import events, notices

_CHUNK = 500
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]
_contact: Table = Contact.__table__  # pyright: ignore[reportAssignmentType]
_employment: Table = Employment.__table__  # pyright: ignore[reportAssignmentType]
_point: Table = ContactPoint.__table__  # pyright: ignore[reportAssignmentType]
_task: Table = Task.__table__  # pyright: ignore[reportAssignmentType]


def hand_over(
    session: Session, client_ids: Iterable[int], new_owner_id: int, note: str = "", *,
    tell: bool = True,
) -> int:  # fmt: skip
    """Give clients to another manager with everything that belongs to them.

    Deals, purchases, history, contacts and open tasks go along; each client's timeline says so.
    A fixed number of statements for each 500 clients.

    Args:
        session: the actor must see the clients, and see all or head a department.
        client_ids: clients to hand over; those the new manager has already are left as they are.
        new_owner_id: user who takes them.
        note: why; stands on the timeline.
        tell: the new manager is told in the bell; False for who tells it in other words.

    Returns:
        how many clients changed hands.

    Raises:
        NotAllowed: the actor may not give clients away, or does not see one of them.
        Rejected: the new manager does not exist or is not active.
    """
    from kartoteka.access.scope import actor_of

    actor = actor_of(session)
    if not (actor.sees_all or actor.department_ids):
        raise NotAllowed(gettext("Only a curator or the director hands clients over."))
    ids = sorted(set(client_ids))
    taker = session.get(User, new_owner_id)
    if taker is None or not taker.active:
        raise Rejected(gettext("Choose an active user to take the clients."), "owner_id")
    staff = session.get(Staff, new_owner_id)
    department_id = staff.department_id if staff else None
    if not actor.sees_all and department_id not in actor.department_ids:
        raise NotAllowed(gettext("A curator hands clients over within the own department."))
    moved = 0
    for start in range(0, len(ids), _CHUNK):
        moved += _hand_over(session, ids[start : start + _CHUNK], taker, department_id, note, tell)
    return moved


def _hand_over(
    session: Session, ids: list[int], taker: User, department_id: int | None, note: str, tell: bool
) -> int:
    seen = {
        row[0]: (row[1], row[2])
        for row in session.execute(
            select(Client.id, Client.owner_id, Client.department_id).where(Client.id.in_(ids))
        )
    }
    if missing := set(ids) - set(seen):
        raise NotAllowed(
            gettext("You have no right to client %(id)s, or it does not exist.", id=min(missing))
        )
    changing = [number for number, (owner, _) in seen.items() if owner != taker.id]
    if not changing:
        return 0
    session.flush()
    connection = connection_of(session)
    moment = now()
    _tasks_along(session, changing, taker.id, department_id)
    _contacts_along(session, changing, taker.id, department_id)
    connection.execute(
        update(_client)
        .where(_client.c.id.in_(changing))
        .values(
            owner_id=taker.id, department_id=department_id, updated_at=moment,
            updated_by_id=session.info["actor"].user_id, version=_client.c.version + 1,
        )
    )  # fmt: skip
    log.write(session, [
        {
            "entity": "client", "record_id": number, "action": "update",
            "changes": {"owner_id": [seen[number][0], taker.id]}, "owner_id": seen[number][0],
        }
        for number in changing
    ])  # fmt: skip
    carry_children(session, changing)
    _tell(session, changing, taker, note)
    if tell:
        notices.tell_given(session, Client, changing, [taker.id] * len(changing))
    session.expire_all()
    events.emit(
        session,
        ClientsHandedOver(
            user_id=session.info["actor"].user_id, client_ids=changing, new_owner_id=taker.id
        ),
    )
    return len(changing)


def _tell(session: Session, ids: list[int], taker: User, note: str) -> None:
    actor = session.info["actor"]
    moment = now()
    subject = gettext("Handed over to %(name)s", name=taker.get_full_name())
    rows = connection_of(session).execute(
        select(_client.c.id, _client.c.owner_id, _client.c.department_id).where(
            _client.c.id.in_(ids)
        )
    )
    connection_of(session).execute(
        insert(Activity),
        [
            {
                "client_id": number, "kind": "handover", "happened_at": moment,
                "subject": subject, "text": note or None, "author_id": actor.user_id,
                "owner_id": owner, "department_id": department, "created_at": moment,
                "updated_at": moment, "created_by_id": actor.user_id,
                "updated_by_id": actor.user_id, "version": 1,
            }
            for number, owner, department in rows
        ],
    )  # fmt: skip


def bring_along(session: Session, client_id: int, owner_id: int, department_id: int | None) -> None:
    """Give open tasks and people of a client to its new manager, before the client is written."""
    _tasks_along(session, [client_id], owner_id, department_id)
    _contacts_along(session, [client_id], owner_id, department_id)


def carry_children(session: Session, client_ids: Iterable[int]) -> None:
    """Copy manager and department of clients to all rows that belong to them."""
    ids = sorted(client_ids)
    connection = connection_of(session)
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, OfClient):
            table: Any = mapper.local_table
            connection.execute(_copy_from_client(table, ids))
    connection.execute(_copy_from_client(_point, ids))
    with unscoped(session, "children follow their client"):
        for record in list(session):
            if isinstance(record, OfClient) and record.client_id in ids:
                session.expire(record, ["owner_id", "department_id"])


def carry_points(session: Session, contact_ids: Iterable[int]) -> None:
    """Copy manager and department of people to their phones and addresses."""
    for name in ("owner_id", "department_id"):
        taken = select(_contact.c[name]).where(_contact.c.id == _point.c.contact_id)
        connection_of(session).execute(
            update(_point)
            .where(_point.c.contact_id.in_(sorted(contact_ids)))
            .values({name: taken.scalar_subquery()})
        )


def give_open_tasks(session: Session, ids: Iterable[int], client_id: int) -> None:
    """Give open tasks that go to another client from their old client's manager to the new one."""
    taker = (
        connection_of(session)
        .execute(
            select(_client.c.owner_id, _client.c.department_id).where(_client.c.id == client_id)
        )
        .first()
    )
    if taker is None or taker[0] is None:
        return
    old_owner = (
        select(_client.c.owner_id).where(_client.c.id == _task.c.client_id).scalar_subquery()
    )
    numbers = sorted(ids)
    for start in range(0, len(numbers), _CHUNK):
        rows = connection_of(session).execute(
            select(_task.c.id, _task.c.owner_id).where(
                _task.c.id.in_(numbers[start : start + _CHUNK]), _task.c.done_at.is_(None),
                _task.c.owner_id == old_owner, _task.c.owner_id != taker[0],
            )
        )  # fmt: skip
        _give(session, _task, {row[0]: row[1] for row in rows}, taker[0], taker[1])


def follow_person(session: Session, model: type[Any], ids: Iterable[int]) -> None:
    """Give rows the department of the person who is their manager now."""
    table: Any = model.__table__
    staff: Any = Staff.__table__
    taken = select(staff.c.department_id).where(staff.c.id == table.c.owner_id)
    connection_of(session).execute(
        update(table)
        .where(table.c.id.in_(sorted(ids)))
        .values(department_id=taken.scalar_subquery())
    )
    if model is Contact:
        carry_points(session, ids)


def _copy_from_client(table: Table, ids: list[int]) -> Any:
    def taken(name: str) -> Any:
        return select(_client.c[name]).where(_client.c.id == table.c.client_id).scalar_subquery()

    return (
        update(table)
        .where(table.c.client_id.in_(ids))
        .values(owner_id=taken("owner_id"), department_id=taken("department_id"))
    )


def _tasks_along(
    session: Session, ids: list[int], owner_id: int, department_id: int | None
) -> None:
    """Open tasks of the old manager go to the new one; tasks of other people stay theirs."""
    connection = connection_of(session)
    old_owner = (
        select(_client.c.owner_id).where(_client.c.id == _task.c.client_id).scalar_subquery()
    )
    theirs = connection.execute(
        select(_task.c.id, _task.c.owner_id).where(
            _task.c.client_id.in_(ids), _task.c.done_at.is_(None), _task.c.owner_id == old_owner
        )
    ).all()
    _give(session, _task, {row[0]: row[1] for row in theirs}, owner_id, department_id)


def _give(
    session: Session,
    table: Table,
    owners: Mapping[int, int | None],
    owner_id: int,
    department_id: int | None,
) -> None:
    """Give rows to a person and write it down; `owners`: row to the person who had it."""
    connection, numbers = connection_of(session), sorted(owners)
    for start in range(0, len(numbers), _CHUNK):
        connection.execute(
            update(table)
            .where(table.c.id.in_(numbers[start : start + _CHUNK]))
            .values(
                owner_id=owner_id, department_id=department_id, updated_at=now(),
                updated_by_id=session.info["actor"].user_id, version=table.c.version + 1,
            )
        )  # fmt: skip
    log.write(session, [
        {
            "entity": table.name, "record_id": number, "action": "update",
            "changes": {"owner_id": [old, owner_id]}, "owner_id": old,
        }
        for number, old in owners.items()
    ])  # fmt: skip


def _contacts_along(
    session: Session, ids: list[int], owner_id: int, department_id: int | None
) -> None:
    """People of these clients follow, unless another client of the old manager holds them."""
    jobs = _employment.alias("job")
    others = _employment.alias("other_job")
    client = _client.alias("their_client")
    stays = (
        select(others.c.id)
        .where(
            others.c.contact_id == _contact.c.id,
            others.c.owner_id == _contact.c.owner_id,
            others.c.client_id.not_in(ids),
        )
        .exists()
    )
    mine = (
        select(jobs.c.contact_id)
        .join(client, client.c.id == jobs.c.client_id)
        .where(
            jobs.c.client_id.in_(ids),
            or_(
                _contact.c.owner_id == client.c.owner_id,
                func.coalesce(_contact.c.owner_id, -1) == func.coalesce(client.c.owner_id, -1),
            ),
            jobs.c.contact_id == _contact.c.id,
        )
        .exists()
    )
    people = connection_of(session).execute(
        select(_contact.c.id, _contact.c.owner_id).where(mine, ~stays)
    )
    followers = {row[0]: row[1] for row in people}
    _give(session, _contact, followers, owner_id, department_id)
    numbers = sorted(followers)
    for start in range(0, len(numbers), _CHUNK):
        carry_points(session, numbers[start : start + _CHUNK])
