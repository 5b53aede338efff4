"""Gather all that is known about a client for one page, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from kartoteka.fields.field import Field
from kartoteka.fields.types import now
from kartoteka.models import (
    Client,
    Contact,
    ContactPoint,
    Department,
    Employment,
    Region,
    Task,
)
from kartoteka.services import dmu as dmu_service
from kartoteka.services.card_figures import Figures, figures_of
from kartoteka.services.deal_lines import DealLine, deals_of
from kartoteka.services.deals import StageView, all_stages
from kartoteka.services.employments import works_there
from kartoteka.services.records import labels, registry_of, visible_fields
from kartoteka.services.timeline import Names, Timeline, entries_of, named

#: More than these are reached through the lists, which the page links to.
MOST_PEOPLE, MOST_ROWS = 200, 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A contact in one of their jobs at the client, with the ways to reach them."""

    contact: Contact
    employment: Employment
    points: Sequence[ContactPoint]


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskLine:
    """An open task."""

    task: Task
    is_overdue: bool
    who: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What is not filled yet, the step nearest to do first.

    Args:
        step: the lowest step with an empty field; 0 when the card is complete.
        fields: its empty fields.
        later: how many fields of later steps are empty.
    """

    step: int
    fields: Sequence[Field[Any]]
    later: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Everything that a client's page shows and the reader may see.

    Blocks of `without` are empty: their records do not exist for the reader.
    """

    client: Client
    region: str
    region_above: str
    region_zone: str
    department: str
    owner: str
    missing: Missing
    people: Sequence[Person]
    former: Sequence[Person]
    points: Sequence[ContactPoint]
    units: Sequence[dmu_service.Unit]
    deals: Sequence[DealLine]
    figures: Figures
    tasks: Sequence[TaskLine]
    timeline: Timeline
    stages: Mapping[tuple[str, str], StageView] = field(
        default_factory=dict[tuple[str, str], StageView]
    )
    users: Mapping[int, str] = field(default_factory=dict[int, str])

    @property
    def open_deals(self) -> list[DealLine]:
        """Deals that are neither done nor lost."""
        return [line for line in self.deals if line.is_open]

    @property
    def closed_deals(self) -> list[DealLine]:
        """Deals that are done or lost."""
        return [line for line in self.deals if not line.is_open]


def card(
    session: Session,
    client: Client,
    *,
    without: frozenset[str] = frozenset(),
    kinds: Sequence[str] | None = None,
    before: str | None = None,
    size: int = 30,
    more_users: set[int] | None = None,
) -> Card:
    """Return the card of a client. At most 10 statements, however much is known.

    What stands further down the page is asked when that is shown: `card_money`, `card_market`.

    Args:
        session: its actor sees the client.
        client: loaded in this session.
        without: entities the reader has no right to.
        kinds, before, size: of the timeline, see `services.timeline.timeline`.
        more_users: further people whose names the page needs.

    Raises:
        Invalid: `before` is not a key of a timeline.
    """
    today = _today(session)
    region, above, zone, department = _place(session, client)
    jobs = _jobs(session, client.id) if not {"contact", "employment"} & without else []
    contact_ids = {contact.id for contact, _job in jobs}
    points = _points(session, client.id, contact_ids) if "contact_point" not in without else []
    people, former = _people(jobs, points, today)
    # The main job of several is told: it stands first, so it comes last here.
    here = {person.contact.id: person.employment.position or "" for person in reversed(people)}
    sees_jobs = not {"contact", "employment"} & without
    units = (
        dmu_service.units_of(session, client.id, here if sees_jobs else None, without)
        if not {"dmu", "dmu_member"} & without
        else []
    )
    stages = all_stages(session)
    deals = deals_of(session, client.id, stages) if "deal" not in without else []
    tasks = _tasks(session, client.id) if "task" not in without else []
    story = entries_of(session, client.id, kinds, before, size)
    users = labels(
        session, "ab_user",
        {
            number
            for number in (
                client.owner_id, client.created_by_id, client.updated_by_id,
                *(task.owner_id for task in tasks),
                *(seat.assessed_by_id for unit in units for seat in unit.seats),
                *(entry.user_id for entry in story.entries),
                *(more_users or ()),
            )
            if number is not None
        },
    )  # fmt: skip
    names = Names(
        users=users,
        contacts={contact.id: contact.name for contact, _job in jobs},
        deals={line.deal.id: line.deal.title for line in deals},
    )
    moment = now()
    return Card(
        client=client,
        region=region,
        region_above=above,
        region_zone=zone,
        department=department,
        owner=users.get(client.owner_id or 0, ""),
        missing=missing(client, visible_fields(session, registry_of(session).entity("client"))),
        people=people,
        former=former,
        points=sorted((point for point in points if point.client_id == client.id), key=_best_first),
        units=units,
        deals=deals,
        figures=_figures(session, client, without, today),
        tasks=[
            TaskLine(
                task=task, is_overdue=task.due_at < moment, who=users.get(task.owner_id or 0, "")
            )
            for task in tasks
        ],
        timeline=Timeline(entries=named(session, story.entries, names), next=story.next),
        stages=stages,
        users=users,
    )


def _figures(
    session: Session, client: Client, without: frozenset[str], today: date
) -> Figures:  # fmt: skip
    """Return the figures of a client; no sums for whom the amounts are hidden from."""
    found = figures_of(session, client, without, today)
    purchase = registry_of(session).entity("purchase")
    if "amount" in visible_fields(session, purchase):
        return found
    return replace(found, totals=())


def missing(record: Any, fields: Mapping[str, Field[Any]]) -> Missing:
    """Return what a card still lacks: the fields of the lowest step that has an empty one."""
    empty = [
        item
        for name, item in fields.items()
        if item.is_expected_of(record) and getattr(record, name) in (None, "", ())
    ]
    step = min((item.step for item in empty), default=0)
    here = [item for item in empty if item.step == step]
    return Missing(step=step, fields=here, later=len(empty) - len(here))


def _today(session: Session) -> date:
    reading = session.info.get("reading")
    return now().astimezone(reading.tz if reading else None).date()


@cache
def _place_statement() -> Select[str, str, str, str]:
    # Aliases take longer to make than to ask, so statements with them are made once.
    above = aliased(Region)
    return (
        select(
            Region.name,
            above.name,
            func.coalesce(Region.time_zone, above.time_zone),
            Department.name,
        )
        .select_from(Client)
        .outerjoin(Region, Region.id == Client.region_id)
        .outerjoin(above, above.id == Region.parent_id)
        .outerjoin(Department, Department.id == Client.department_id)
        .where(Client.id == bindparam("client", type_=Integer()))
    )


def _place(session: Session, client: Client) -> tuple[str, str, str, str]:
    """Return the names of the region and of that above it, its time zone, the department."""
    row = session.execute(_place_statement(), {"client": client.id}).first()
    region, over, zone, department = row if row is not None else ("", "", "", "")
    return region or "", over or "", zone or "", department or ""


@cache
def _jobs_statement() -> Select[Contact, Employment]:
    return (
        select(Contact, Employment)
        .join(Employment, Employment.contact_id == Contact.id)
        .where(Employment.client_id == bindparam("client", type_=Integer()))
        .order_by(
            Employment.until.is_not(None), Employment.is_main.desc(), Contact.name_key,
            Employment.id,
        )
        .limit(MOST_PEOPLE)
    )  # fmt: skip


def _jobs(session: Session, client_id: int) -> list[tuple[Contact, Employment]]:
    rows = session.execute(_jobs_statement(), {"client": client_id})
    return [(contact, job) for contact, job in rows]


def _points(session: Session, client_id: int, contact_ids: set[int]) -> list[ContactPoint]:
    return list(
        session.scalars(
            select(ContactPoint).where(
                or_(
                    ContactPoint.client_id == client_id,
                    ContactPoint.contact_id.in_(sorted(contact_ids)),
                )
            )
        )
    )


def _people(
    jobs: Sequence[tuple[Contact, Employment]], points: Sequence[ContactPoint], today: date
) -> tuple[list[Person], list[Person]]:
    mine: dict[int, list[ContactPoint]] = {}
    for point in sorted(points, key=_best_first):
        if point.contact_id is not None:
            mine.setdefault(point.contact_id, []).append(point)
    people: list[Person] = []
    former: list[Person] = []
    for contact, job in jobs:
        person = Person(contact=contact, employment=job, points=mine.get(contact.id, ()))
        (people if works_there(job.until, today) else former).append(person)
    return people, former


def _best_first(point: ContactPoint) -> tuple[bool, bool, int]:
    """Order phones and addresses: main ones first, those that do not work last."""
    return not point.is_valid or point.bounced_at is not None, not point.is_main, point.id


@cache
def _tasks_statement() -> Select[Task]:
    return (
        select(Task)
        .where(Task.client_id == bindparam("client", type_=Integer()), Task.done_at.is_(None))
        .order_by(Task.due_at, Task.id)
        .limit(MOST_ROWS)
    )


def _tasks(session: Session, client_id: int) -> list[Task]:
    return list(session.scalars(_tasks_statement(), {"client": client_id}))
