"""Measure what norms ask of people: calls a day, clients in the list, whom the effort goes to.

Each measure gives a number for each person, of what the reader sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.criteria.tree import Tree, all_of
from kartoteka.hooks.contributions import Norm
from kartoteka.models.client import Client
from kartoteka.models.people import Staff
from kartoteka.models.work import Activity
from kartoteka.services import criteria, records

#: Calls a day are the mean over the working days of so many days; contacts are of so many days.
WINDOW_DAYS = 30
#: A seller is at the start so long after the account was made.
START_DAYS = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one person does. `today`: of today alone."""

    value: Decimal
    today: int | None = None


ByPerson = dict[int, Measured]


class Look:
    """One look at what people do; what several norms need is asked for once."""

    def __init__(self, session: Session, today: date | None) -> None:
        self.session, self.reader = session, criteria.reader_of(session, today)
        self.registry = records.registry_of(session)
        self.first = self.reader.day(1 - WINDOW_DAYS)

    @cached_property
    def in_list(self) -> dict[int, int]:
        """How many clients each person has."""
        rows: Any = self.session.execute(
            select(Client.owner_id, func.count(Client.id))
            .where(Client.owner_id.is_not(None))
            .group_by(Client.owner_id)
        )
        return {row[0]: row[1] for row in rows if row[0] is not None}

    @cached_property
    def called(self) -> dict[int, tuple[int, int]]:
        """How many calls of the window each person wrote down, and how many of today."""
        reader = self.reader
        is_today = case((Activity.happened_at >= reader.start(reader.today), 1), else_=0)
        rows: Any = self.session.execute(
            select(Activity.author_id, func.count(), func.sum(is_today))
            .where(Activity.kind == "call", *self.in_window())
            .group_by(Activity.author_id)
        )
        return {row[0]: (row[1], int(row[2])) for row in rows if row[0] is not None}

    def in_window(self) -> list[ColumnElement[bool]]:
        """Return the conditions on activities of the window that somebody wrote down."""
        reader = self.reader
        return [
            Activity.author_id.is_not(None),
            Activity.happened_at >= reader.start(self.first),
            Activity.happened_at < reader.start(reader.day(1)),
        ]

    def such(self, about: Tree) -> Any:
        """Return 1 for a client that criteria find, else 0."""
        entity = self.registry.entity("client")
        wanted = criteria.condition(self.session, entity, about, self.reader.today)
        return case((wanted, 1), else_=0)


def measured(
    session: Session, norms: Sequence[Norm], today: date | None = None
) -> dict[str, ByPerson | None]:
    """Return what norms about people measure, by code of the norm and person.

    None stands for a norm whose `about` asks for something that is hidden from the reader. A norm
    whose subject is not among `MEASURES` is left out. At most one statement for each measure, and
    one for the lists of all.

    Args:
        today: the day for which it is asked; None: this day, where the reader is.
    """
    look = Look(session, today)
    entity = look.registry.entity("client")
    found: dict[str, ByPerson | None] = {}
    for norm in norms:
        measure = MEASURES.get(norm.subject)
        if measure is None:
            continue
        about = norm.about or all_of()
        is_broken = bool(criteria.problems(session, entity, about))
        found[norm.code] = None if is_broken else measure(look, about)
    return found


def _calls(look: Look, _about: Tree) -> ByPerson:
    """Count calls a working day; whoever has clients and calls nobody is measured too."""
    working = _working_days(look.first, look.reader.today)
    people = {*look.called, *look.in_list}
    return {person: _a_day(look, person, working) for person in people}


def _calls_at_the_start(look: Look, _about: Tree) -> ByPerson:
    """Count calls a working day of new sellers, since they began."""
    return {
        person: _a_day(look, person, _working_days(max(look.first, day), look.reader.today))
        for person, day in _new_sellers(look).items()
    }


def _clients_in_list(look: Look, about: Tree) -> ByPerson:
    """Count clients of people at least half of whose clients are such."""
    if about == all_of():
        return {person: Measured(value=Decimal(n)) for person, n in look.in_list.items()}
    rows: Any = look.session.execute(
        select(Client.owner_id, func.count(Client.id), func.sum(look.such(about)))
        .where(Client.owner_id.is_not(None))
        .group_by(Client.owner_id)
    )
    return {row[0]: Measured(value=Decimal(row[1])) for row in rows if 2 * int(row[2]) >= row[1]}


def _share_of_contacts(look: Look, about: Tree) -> ByPerson:
    """Return how many per cent of a person's contacts were with such clients."""
    kinds = [code for code, kind in look.registry.activity_kinds.items() if kind.is_contact]
    rows: Any = look.session.execute(
        select(Activity.author_id, func.count(), func.sum(look.such(about)))
        .join(Client, Client.id == Activity.client_id)
        .where(Activity.kind.in_(kinds), *look.in_window())
        .group_by(Activity.author_id)
    )
    return {
        row[0]: Measured(value=(Decimal(100 * int(row[2])) / row[1]).quantize(Decimal("0.1")))
        for row in rows
    }


MEASURES: Mapping[str, Callable[[Look, Tree], ByPerson]] = {
    "calls_per_day": _calls,
    "calls_per_day_new_seller": _calls_at_the_start,
    "clients_in_list": _clients_in_list,
    "share_of_contacts": _share_of_contacts,
}


def _a_day(look: Look, person: int, working: int) -> Measured:
    calls, today = look.called.get(person, (0, 0))
    mean = (Decimal(calls) / working).quantize(Decimal("0.1"))
    return Measured(value=mean, today=today)


def _working_days(first: date, last: date) -> int:
    """Count Monday to Friday; whoever began at a weekend has one day."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return max(1, sum(day.weekday() < 5 for day in days))


def _new_sellers(look: Look) -> dict[int, date]:
    """Return who began lately and when: people with a list of their own that the reader heads."""
    actor, reader = actor_of(look.session), look.reader
    own = [code for code, role in look.registry.roles.items() if role.reach == "own"]
    person: Any = User  # Flask-AppBuilder's columns say of themselves that they may be empty
    wanted = (
        select(person.id, person.created_on)
        .join(Staff, Staff.id == person.id)
        .where(
            person.active, person.roles.any(Role.name.in_(own)), Staff.superior_id.is_(None),
            person.created_on >= datetime.now() - timedelta(days=START_DAYS + 2),
        )
    )  # fmt: skip
    if not actor.sees_all:
        heads = Staff.department_id.in_(sorted(actor.department_ids))
        wanted = wanted.where(heads | (person.id == actor.user_id))
    oldest = reader.day(1 - START_DAYS)
    # The account keeps the moment without a zone, as the clock of the server said it.
    rows: Any = look.session.execute(wanted)
    begun = {row[0]: reader.day_of(row[1].astimezone()) for row in rows}
    return {number: min(day, reader.today) for number, day in begun.items() if day >= oldest}


__all__ = ["MEASURES", "START_DAYS", "WINDOW_DAYS", "Look", "Measured", "measured"]
