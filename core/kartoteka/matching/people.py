"""Which people of the base may a form mean? As for clients: by name, phone and e-mail."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table, func, literal, select, union
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.db import search
from kartoteka.matching.client_cards import pieces_of
from kartoteka.matching.comparing import Compared, Prepared, prepared
from kartoteka.matching.rarity import Rarity
from kartoteka.matching.scoring import ENOUGH, KEYS_OF_A_FIRM, Column, verdict
from kartoteka.models.contact import Contact, ContactPoint
from kartoteka.services.records import registry_of, visible_fields

_COLUMNS = [Compared(label=label, code=label) for label in ("person", "phone", "email")]
_OF_A_WORD = 200
_contact: Table = Contact.__table__  # pyright: ignore[reportAssignmentType]
_point: Table = ContactPoint.__table__  # pyright: ignore[reportAssignmentType]


@dataclass(frozen=True, kw_only=True, slots=True)
class PossiblePerson:
    """A person of the base that a form may mean; `contact_id` is None when out of sight."""

    contact_id: int | None
    name: str
    owner_id: int | None
    score: float
    same: tuple[str, ...]
    similar: tuple[str, ...]
    different: tuple[str, ...]


def possible_people(
    session: Session, name: str, phones: Sequence[str] = (), emails: Sequence[str] = (),
    *, own_id: int | None = None, least: float = ENOUGH,
) -> list[PossiblePerson]:  # fmt: skip
    """Return the people a form may mean, the surest first: three statements.

    Of one the person may not see it is only told that there is one with the same phone, e-mail or
    name, and who is responsible.

    Args:
        phones, emails: normalised, as `ContactPoint.normalised` has them.
        own_id: the person the form is about, who is nobody's duplicate.
        least: the least score of people that share no phone or e-mail.
    """
    if "value" not in visible_fields(session, registry_of(session).entity("contact_point")):
        phones, emails = (), ()
    connection = connection_of(session)
    total, rows = _near(connection, name, [*phones, *emails])
    points = _points(connection, [row.id for row in rows])
    mine = _prepared(name, phones, emails)
    theirs = {row.id: _prepared(row.name, *points[row.id]) for row in rows}
    weighed = _weighed(total, [mine, *theirs.values()])
    found: list[PossiblePerson] = []
    for row in rows:
        said = verdict(weighed, mine, theirs[row.id])
        if row.id != own_id and (said.score >= least or KEYS_OF_A_FIRM & set(said.same)):
            found.append(
                PossiblePerson(
                    contact_id=row.id, name=row.name, owner_id=row.owner_id, score=said.score,
                    same=said.same, similar=said.similar, different=said.different,
                )
            )  # fmt: skip
    return _as_seen(session, sorted(found, key=lambda one: (-one.score, one.contact_id)))


def _near(connection: Connection, name: str, points: Sequence[str]) -> tuple[int, list[Any]]:
    dialect = connection.dialect.name
    asked: list[Any] = []
    if points:
        asked.append(
            select(_point.c.contact_id.label("id")).where(
                _point.c.normalised.in_(points), _point.c.contact_id.is_not(None)
            )
        )
    for piece in pieces_of(name):
        some = select(Contact.id).where(search.matches(Contact, piece, dialect)).limit(_OF_A_WORD)
        asked.append(select(some.subquery().c.id))
    if not asked:
        return 0, []
    ids = union(*asked).subquery()
    total = select(func.coalesce(func.max(_contact.c.id), literal(0))).scalar_subquery()
    rows = connection.execute(
        select(_contact.c.id, _contact.c.name, _contact.c.owner_id, total.label("total")).join(
            ids, ids.c.id == _contact.c.id
        )
    ).all()
    return (rows[0].total if rows else 0), list(rows)


def _points(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[list[str], list[str]]]:
    found: defaultdict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    if ids:
        for number, kind, value in connection.execute(
            select(_point.c.contact_id, _point.c.kind, _point.c.normalised).where(
                _point.c.contact_id.in_(ids), _point.c.normalised.is_not(None),
                _point.c.kind.in_(("phone", "mobile", "fax", "email")),
            )
        ):  # fmt: skip
            found[number][kind == "email"].append(value)
    return found


def _prepared(name: str, phones: Sequence[str], emails: Sequence[str]) -> Prepared:
    return prepared(_COLUMNS, (name, ";".join(phones), ";".join(emails)))


def _weighed(total: int, known: Sequence[Prepared]) -> list[Column]:
    return [
        Column(
            label=column.label, kind=column.kind,
            rarity=Rarity(max(total, len(known)),
                          Counter(value for record in known for value in record[place])),
        )
        for place, column in enumerate(_COLUMNS)
    ]  # fmt: skip


def _as_seen(session: Session, found: list[PossiblePerson]) -> list[PossiblePerson]:
    ids = [one.contact_id for one in found if one.contact_id is not None]
    seen = set(session.scalars(select(Contact.id).where(Contact.id.in_(ids))))
    return [
        one if one.contact_id in seen
        else replace(one, contact_id=None, name="", similar=(), different=())
        for one in found
        if one.contact_id in seen or one.same
    ]  # fmt: skip


__all__ = ["PossiblePerson", "possible_people"]
