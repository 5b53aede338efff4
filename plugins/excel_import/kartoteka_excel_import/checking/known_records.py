"""Read from the base what the rows of a chunk are compared with: a few statements for all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Client, Contact, ContactPoint, Employment
from kartoteka_excel_import.checking.names import name_key

#: Values of one statement; SQLite takes 32,766.
_PART = 8_000


@dataclass(kw_only=True, slots=True)
class Person:
    """A person of the base: where they work, how they are called and reached."""

    id: int
    name: str
    values: Mapping[str, Any]
    points: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


def parts(ids: Collection[Any]) -> Iterator[Sequence[Any]]:
    """Cut ids, or other values, into what one statement takes."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _PART):
        yield ordered[start : start + _PART]


def clients_of(
    session: Session, ids: Collection[int], names: Sequence[str]
) -> dict[int, Mapping[str, Any]]:
    """Return the values of clients the person sees."""
    columns = [getattr(Client, name) for name in names]
    found: dict[int, Mapping[str, Any]] = {}
    for part in parts(ids):
        for number, *values in session.execute(
            select(Client.id, *columns).where(Client.id.in_(part))
        ):
            found[number] = dict(zip(names, values, strict=True))
    return found


def points_of(
    session: Session, holder: str, ids: Collection[int]
) -> dict[int, set[tuple[str, str]]]:
    """Return the phones and addresses of clients or people: kind and normalised value.

    An export gives mobile numbers among the phones, so they are known as phones too.
    """
    column = getattr(ContactPoint, holder)
    found: dict[int, set[tuple[str, str]]] = {}
    for part in parts(ids):
        for number, kind, key in session.execute(
            select(column, ContactPoint.kind, ContactPoint.normalised).where(column.in_(part))
        ):
            known = found.setdefault(number, set())
            known.add((kind, key or ""))
            if kind == "mobile":
                known.add(("phone", key or ""))
    return found


def people_of_clients(
    session: Session, ids: Collection[int], names: Sequence[str]
) -> dict[int, list[Person]]:
    """Return the people who work at clients."""
    columns = [getattr(Contact, name) for name in names]
    found: dict[int, list[Person]] = {}
    known: dict[int, Person] = {}
    for part in parts(ids):
        for client_id, number, name, *values in session.execute(
            select(Employment.client_id, Contact.id, Contact.name, *columns)
            .join(Contact, Contact.id == Employment.contact_id)
            .where(Employment.client_id.in_(part), Employment.until.is_(None))
        ):
            person = known.setdefault(number, _person(number, name, names, values))
            found.setdefault(client_id, []).append(person)
    _add_points(session, known)
    return found


def people_alone(
    session: Session, points: Collection[str], name_keys: Collection[str], names: Sequence[str]
) -> list[Person]:
    """Return the people with any of these phones and e-mails, or folded names."""
    ids: set[int] = set()
    for part in parts(points):
        ids.update(
            number
            for number in session.scalars(
                select(ContactPoint.contact_id).where(
                    ContactPoint.normalised.in_(part), ContactPoint.contact_id.is_not(None)
                )
            )
            if number is not None
        )
    for part in parts(name_keys):
        ids.update(session.scalars(select(Contact.id).where(Contact.name_key.in_(part))))
    columns = [getattr(Contact, name) for name in names]
    known: dict[int, Person] = {}
    for part in parts(ids):
        for number, name, *values in session.execute(
            select(Contact.id, Contact.name, *columns).where(Contact.id.in_(part))
        ):
            known[number] = _person(number, name, names, values)
    _add_points(session, known)
    return [known[number] for number in sorted(known)]


def rows_of(
    session: Session, model: Any, names: Sequence[str], clients: Collection[int], *also: Any
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield id and values of the records of a class that belong to clients."""
    columns = [getattr(model, name) for name in names]
    for part in parts(clients):
        for number, *values in session.execute(
            select(model.id, *columns).where(model.client_id.in_(part), *also).order_by(model.id)
        ):
            yield number, dict(zip(names, values, strict=True))


def _person(number: int, name: str, names: Sequence[str], values: Sequence[Any]) -> Person:
    return Person(id=number, name=name_key(name), values=dict(zip(names, values, strict=True)))


def _add_points(session: Session, people: Mapping[int, Person]) -> None:
    for number, points in points_of(session, "contact_id", people).items():
        people[number].points = points


__all__ = [
    "Person", "clients_of", "parts", "people_alone", "people_of_clients", "points_of",
    "rows_of",
]  # fmt: skip
