"""People come to a client, are reached in several ways, and leave: with their history kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid
from kartoteka.fields.kinds import Reading
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.models import Client, Contact, ContactPoint, Employment
from kartoteka.services import contact_points, records


def add_person(
    session: Session,
    client_id: Any,
    *,
    name: Any,
    position: Any = None,
    unit: Any = None,
    birthday: Any = None,
    is_main: Any = False,
    points: Sequence[tuple[str, str]] = (),
    **more: Any,
) -> Contact:
    """Add a person with the place of work, phones and addresses: all or nothing.

    Args:
        session: its actor sees the client.
        client_id: where the person works; empty when that is not known.
        name, position, unit, birthday, is_main: typed values of the person and the job.
        points: kind and typed value of each phone or address; the first of its kind is the main
            one, empty ones are left out.
        more: further fields of the person.

    Raises:
        Invalid: values do not pass; a bad phone or address under `point_<index>`.
        Rejected, NotAllowed: a rule or a right says no.
    """
    registry = records.registry_of(session)
    job = {"position": position, "unit": unit, "is_main": is_main or False}
    errors = _bad_points(session, points)
    if client_id:
        job["client_id"] = client_id
    elif any(job.values()):
        errors["client_id"] = gettext("Name the client the person works for.")
    contact: Contact | None = None
    with session.begin_nested():
        try:
            records.read_values(session, registry.entity("employment"), job)
        except Invalid as error:
            errors.update(error.errors)
        try:
            contact = records.create(
                session, registry.entity("contact"), {"name": name, "birthday": birthday, **more}
            )
        except Invalid as error:
            errors.update(error.errors)
        if errors or contact is None:
            raise Invalid(errors)
        if client_id:
            job["contact_id"] = contact.id
            records.create(session, registry.entity("employment"), job)
        _add_points(session, contact.id, points)
    return contact


def _bad_points(session: Session, points: Sequence[tuple[str, str]]) -> dict[str, str]:
    reading: Reading = session.info.get("reading") or Reading()
    errors: dict[str, str] = {}
    for index, (kind, value) in enumerate(points):
        try:
            if value.strip():
                contact_points.normalised(kind, value, reading)
        except ValueError as error:
            errors[f"point_{index}"] = str(error)
    return errors


def _add_points(session: Session, contact_id: int, points: Sequence[tuple[str, str]]) -> None:
    entity = records.registry_of(session).entity("contact_point")
    seen: set[str] = set()
    for kind, value in points:
        if value.strip():
            records.create(
                session, entity,
                {"contact_id": contact_id, "kind": kind, "value": value,
                 "is_main": kind not in seen},
            )  # fmt: skip
            seen.add(kind)


def works_there(until: date | None, today: date) -> bool:
    """Say whether a job goes on; who left today is gone."""
    return until is None or until > today


def end_employment(session: Session, employment: Employment, on: date | None = None) -> Employment:
    """Write down that a person left a client; the job stays in the history of both.

    Args:
        session: its actor sees the client.
        employment: the job that ends.
        on: last day there; today unless given.

    Raises:
        Rejected: the day lies before the first one.
    """
    employment.until = on or now().date()
    employment.is_main = False
    session.flush()
    return employment


def working_at(session: Session, client_id: int) -> list[Contact]:
    """Return the people who work for a client now, by name."""
    return [contact for contact, _position in jobs_at(session, client_id)]


def jobs_at(session: Session, client_id: int) -> list[tuple[Contact, str]]:
    """Return the people who work for a client now, by name, with their main position there."""
    rows = session.execute(
        select(Contact, Employment.position)
        .join(Employment, Employment.contact_id == Contact.id)
        .where(
            Employment.client_id == client_id,
            Employment.until.is_(None) | (Employment.until > now().date()),
        )
        .order_by(Contact.name_key, Contact.id, Employment.is_main.desc(), Employment.id)
    )
    found: dict[Contact, str] = {}
    for contact, position in rows:
        found.setdefault(contact, position or "")
    return list(found.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """Where a person works, as what, and the valid phone to call first."""

    jobs: Sequence[str] = ()
    phone: ContactPoint | None = None


def reached(session: Session, contact_ids: Sequence[int], today: date) -> dict[int, Reached]:
    """Return for each person clients and positions of now, and the main phone: two statements."""
    jobs: dict[int, list[str]] = {number: [] for number in contact_ids}
    found = session.execute(
        select(Employment.contact_id, Client.name, Employment.position, Employment.until)
        .join(Client, Client.id == Employment.client_id)
        .where(Employment.contact_id.in_(contact_ids))
        .order_by(Employment.is_main.desc(), Employment.id)
    )
    for number, client, position, until in found:
        if works_there(until, today):
            jobs[number].append(f"{client}, {position}" if position else client)
    points = session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.contact_id.in_(contact_ids),
            ContactPoint.kind.in_(("phone", "mobile")),
            ContactPoint.is_valid,
        )
        .order_by(ContactPoint.is_main, ContactPoint.id.desc())
    )
    phones = {point.contact_id: point for point in points}
    return {number: Reached(jobs=jobs[number], phone=phones.get(number)) for number in contact_ids}


def points_of(session: Session, contact_id: int) -> list[ContactPoint]:
    """Return the phones and addresses of a person, main ones first, bad ones last."""
    return list(
        session.scalars(
            select(ContactPoint)
            .where(ContactPoint.contact_id == contact_id)
            .order_by(ContactPoint.is_valid.desc(), ContactPoint.is_main.desc(), ContactPoint.id)
        )
    )
