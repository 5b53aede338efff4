"""Find the number under which a client is called: its own, else that of its main person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.fields.types import today
from kartoteka.models.contact import Contact, ContactPoint, Employment

CALLED = ("phone", "mobile")


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number that answers for a client. `person` is empty for the client's own."""

    point: ContactPoint
    person: str = ""


def numbers_of(session: Session, client_ids: Sequence[int]) -> dict[int, Number]:
    """Return the number to call for each client that has one: two statements.

    A person who works there now is called before a switchboard, the main person before others;
    dead numbers are not called.
    """
    if not client_ids:
        return {}
    found: dict[int, Number] = {}
    alive = (
        ContactPoint.kind.in_(CALLED),
        ContactPoint.is_valid,
        ContactPoint.bounced_at.is_(None),
    )
    order: tuple[Any, ...] = (ContactPoint.is_main.desc(), ContactPoint.id)
    people = session.execute(
        select(Employment.client_id, ContactPoint, Contact.name)
        .join(Contact, Contact.id == Employment.contact_id)
        .join(ContactPoint, ContactPoint.contact_id == Contact.id)
        .where(
            Employment.client_id.in_(client_ids), *alive,
            Employment.until.is_(None) | (Employment.until > today()),
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


__all__ = ["Number", "numbers_of"]
