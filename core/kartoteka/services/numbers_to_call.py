"""Find under which numbers a client is called: its own, and those of whom to ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from kartoteka.fields.types import today
from kartoteka.models.contact import Contact, ContactPoint, Employment
from kartoteka.models.dmu import DmuMember
from kartoteka.services.dmu import DECIDER

CALLED = ("phone", "mobile")


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number that answers for a client. `person` is empty for the client's own."""

    point: ContactPoint
    person: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Whom to ask for at a client, and their numbers."""

    contact_id: int
    name: str
    position: str = ""
    decides: bool = False
    is_main: bool = False
    points: Sequence[ContactPoint] = ()


def numbers_of(session: Session, client_ids: Sequence[int]) -> dict[int, Number]:
    """Return the number to call for each client that has one: two statements.

    A person who works there now is called before a switchboard, the main person before others;
    dead numbers are not called.
    """
    if not client_ids:
        return {}
    found: dict[int, Number] = {}
    alive, order = _alive(), _main_first()
    people = session.execute(
        select(Employment.client_id, ContactPoint, Contact.name)
        .join(Contact, Contact.id == Employment.contact_id)
        .join(ContactPoint, ContactPoint.contact_id == Contact.id)
        .where(
            Employment.client_id.in_(client_ids), *alive, _works_there()
        )
        .order_by(Employment.is_main.desc(), *order)
    )  # fmt: skip
    for client_id, point, name in people:
        found.setdefault(client_id, Number(point=point, person=name or ""))
    own = session.scalars(
        select(ContactPoint).where(ContactPoint.client_id.in_(client_ids), *alive).order_by(*order)
    )
    for point in own:
        if point.client_id is not None:
            found.setdefault(point.client_id, Number(point=point))
    return found


def own_numbers(session: Session, client_id: int, most: int = 3) -> Sequence[ContactPoint]:
    """Return the first of a client's own numbers that are alive, the main one before others."""
    own = select(ContactPoint).where(ContactPoint.client_id == client_id, *_alive())
    return session.scalars(own.order_by(*_main_first()).limit(most)).all()


def person_to_ask(session: Session, client_id: int) -> Person | None:
    """Return whom to ask for: one with a number before others, who decides before the main one.

    One statement. None when nobody is known to work there.
    """
    rows: Sequence[Any] = session.execute(
        select(Employment, Contact.name, DmuMember.roles, ContactPoint)
        .join(Contact, Contact.id == Employment.contact_id)
        .outerjoin(
            DmuMember,
            (DmuMember.contact_id == Contact.id) & (DmuMember.client_id == Employment.client_id),
        )
        .outerjoin(ContactPoint, and_(ContactPoint.contact_id == Contact.id, *_alive()))
        .where(Employment.client_id == client_id, _works_there())
        .order_by(Employment.id, *_main_first())
    ).all()
    found: dict[int, Person] = {}
    for job, name, roles, point in rows:
        known = found.get(job.contact_id)
        # A person may have several seats and several jobs: each number is told once.
        points = {one.id: one for one in (*(known.points if known else ()), point) if one}
        found[job.contact_id] = Person(
            contact_id=job.contact_id,
            name=name or "",
            position=(known and known.position) or job.position or "",
            decides=bool(known and known.decides) or DECIDER in (roles or ()),
            is_main=bool(known and known.is_main) or job.is_main,
            points=tuple(points.values()),
        )
    return max(
        found.values(),
        key=lambda one: (bool(one.points), one.decides, one.is_main),
        default=None,
    )


def _alive() -> tuple[ColumnElement[bool], ...]:
    return (
        ContactPoint.kind.in_(CALLED),
        ContactPoint.is_valid.is_(True),
        ContactPoint.bounced_at.is_(None),
    )


def _main_first() -> tuple[Any, ...]:
    return ContactPoint.is_main.desc(), ContactPoint.id


def _works_there() -> ColumnElement[bool]:
    return Employment.until.is_(None) | (Employment.until > today())


__all__ = ["Number", "Person", "numbers_of", "own_numbers", "person_to_ask"]
