"""Plan what is to do: make tasks, finish them with the next step, put them off, remind in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.errors import Invalid, Rejected
from kartoteka.fields.kinds import Reading
from kartoteka.i18n import gettext
from kartoteka.models.work import Task
from kartoteka.services import records
from kartoteka.services.span_words import MORNING
from kartoteka.services.task_words import Plan, planned

MOST_SHOWN = 100
MOST_REMINDERS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskGroup:
    """Tasks of one stretch of time: a page of them, and how many there are."""

    tasks: Sequence[Task]
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskGroups:
    """Open tasks by time: whose moment has passed, later today, after today."""

    overdue: TaskGroup
    today: TaskGroup
    later: TaskGroup


def create(
    session: Session,
    line: str,
    *,
    now: datetime,
    due_at: datetime | None = None,
    client_id: int | None = None,
    deal_id: int | None = None,
    contact_id: int | None = None,
    owner_id: int | None = None,
) -> Task:
    """Make a task from one line such as "tomorrow 10:00 call Ivanov".

    Args:
        session: its actor makes the task.
        line: what to do; the time is read from its beginning or end unless `due_at` is given.
        now: this moment, aware; "tomorrow" is counted from it in the person's time zone.
        due_at: when to do it; goes over what the line says.
        owner_id: who does it; None: the client's manager, or the person at work.

    Raises:
        Invalid: nothing to do was said, there is no such day, or a record the task points at can
            not be seen.
    """
    if due_at is None:
        plan = planned(line, now, _zone(session))
    else:
        plan = Plan(title=line.strip(), due_at=due_at)
    if not plan.title:
        raise Invalid({"title": gettext("Say what is to be done.")})
    values: dict[str, Any] = {
        "title": plan.title, "due_at": plan.due_at, "client_id": client_id,
        "deal_id": deal_id, "contact_id": contact_id, "owner_id": owner_id,
    }  # fmt: skip
    entity = records.registry_of(session).entity("task")
    given = {name: value for name, value in values.items() if value is not None}
    return records.create(session, entity, given)


def done(
    session: Session,
    task: Task,
    *,
    now: datetime,
    result: str = "",
    follow_up: str = "",
    follow_up_at: datetime | None = None,
) -> Task | None:
    """Finish a task, and plan the next one in the same breath.

    Args:
        session: its actor did the task.
        task: the task, loaded in this session.
        now: this moment, aware.
        result: how it went.
        follow_up: the next task in one line, as for `create`; empty for none. It keeps client,
            deal, contact and person of this one.
        follow_up_at: when the next one is due; goes over what the line says.

    Returns:
        the next task, if one was asked for.

    Raises:
        Rejected: it is done already.
        Invalid: the result is too long, the follow-up has no words or names no day there is.
    """
    if task.done_at is not None:
        raise Rejected(gettext("This task is done already."))
    task.done_at = now
    return _told(session, task, now, result, follow_up, follow_up_at)


def follow(
    session: Session, task: Task, *, now: datetime, result: str = "", follow_up: str = ""
) -> Task | None:
    """Say of a task that is done how it went, and plan the next one.

    Returns:
        the next task, if one was asked for.

    Raises:
        Rejected: it is not done yet.
        Invalid: as `done`.
    """
    if task.done_at is None:
        raise Rejected(gettext("This task is not done yet."))
    return _told(session, task, now, result, follow_up)


def _told(
    session: Session, task: Task, now: datetime, result: str, follow_up: str,
    follow_up_at: datetime | None = None,
) -> Task | None:  # fmt: skip
    if len(result) > 500:
        raise Invalid({"result": gettext("At most %(limit)s characters fit.", limit=500)})
    task.result = result.strip() or task.result
    session.flush()
    if not follow_up.strip():
        return None
    return create(
        session, follow_up, now=now, due_at=follow_up_at, client_id=task.client_id,
        deal_id=task.deal_id, contact_id=task.contact_id, owner_id=task.owner_id,
    )  # fmt: skip


def tomorrow_morning(session: Session, now: datetime) -> datetime:
    """Return the hour at which the person's next day of work begins."""
    tomorrow = now.astimezone(_zone(session)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, _zone(session))


def postpone(session: Session, task: Task, until: datetime) -> Task:
    """Remind of a task at another moment; what was due before it becomes due then.

    Raises:
        Rejected: the task is done already.
    """
    if task.done_at is not None:
        raise Rejected(gettext("This task is done already."))
    task.remind_at = until
    task.due_at = max(task.due_at, until)
    session.flush()
    return task


def due_now(session: Session, now: datetime, most: int = MOST_REMINDERS) -> list[Task]:
    """Return own open tasks whose reminder or moment has come, the latest first: one statement.

    A task with a reminder still ahead of it keeps quiet, even when its moment has passed.
    """
    if actor_of(session).user_id is None:
        return []
    return list(session.scalars(_due(session, select(Task), now, most)))


def due_statement(session: Session, now: datetime, most: int) -> Select[*tuple[Any, ...]]:
    """Return the statement of `due_now` for who only counts: id, version, when it reminds."""
    columns = select(Task.id, Task.version, reminds_at().label("reminds_at"))
    return _due(session, columns, now, most)


def next_statement(session: Session, now: datetime) -> Select[Any]:
    """Return the statement of the moment at which the next own reminder comes."""
    mine = Task.owner_id == actor_of(session).user_id
    return (
        select(reminds_at())
        .where(mine, Task.done_at.is_(None), reminds_at() > now)
        .order_by(reminds_at())
        .limit(1)
    )


def _due(
    session: Session, asked: Select[*tuple[Any, ...]], now: datetime, most: int
) -> Select[*tuple[Any, ...]]:
    mine = Task.owner_id == actor_of(session).user_id
    return (
        asked.where(mine, Task.done_at.is_(None), reminds_at() <= now)
        .order_by(reminds_at().desc(), Task.id)
        .limit(most)
    )


def reminds_at() -> Any:
    """Return the moment at which a task reminds: its reminder, else when it is due."""
    return func.coalesce(Task.remind_at, Task.due_at, type_=Task.due_at.type)


def groups(
    session: Session, now: datetime, *, everybody: bool = False,
    most: tuple[int, int, int] = (MOST_SHOWN, MOST_SHOWN, MOST_SHOWN),
) -> TaskGroups:  # fmt: skip
    """Return open tasks by time, in the person's time zone: four statements.

    Args:
        now: this moment, aware.
        everybody: of all people whose tasks the actor sees, not only the own ones.
        most: so many at most of those that are overdue, due today, due later.
    """
    actor = actor_of(session)
    conditions: list[ColumnElement[bool]] = [Task.done_at.is_(None)]
    if not everybody:
        conditions.append(Task.owner_id == actor.user_id)
    midnight = end_of_day(now, _zone(session))
    overdue, today, later = (
        Task.due_at < now,
        (Task.due_at >= now) & (Task.due_at < midnight),
        Task.due_at >= midnight,
    )
    counts = session.execute(
        select(*(func.count(Task.id).filter(part) for part in (overdue, today, later))).where(
            *conditions
        )
    ).one()
    made = [
        TaskGroup(
            tasks=session.scalars(
                select(Task).where(*conditions, part).order_by(Task.due_at, Task.id).limit(limit)
            ).all(),
            count=count,
        )
        for part, count, limit in zip((overdue, today, later), counts, most, strict=True)
    ]
    return TaskGroups(overdue=made[0], today=made[1], later=made[2])


def end_of_day(now: datetime, tz: tzinfo) -> datetime:
    """Return the midnight that ends the day in a time zone."""
    tomorrow = now.astimezone(tz).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tz)


def _zone(session: Session) -> tzinfo:
    reading: Reading = session.info.get("reading") or Reading()
    return reading.tz
