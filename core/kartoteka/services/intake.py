"""Take a request from a web site: find or make its client, open a deal, tell who has to act.

Everything is one transaction: a request that was answered is there whole, one that was refused
left nothing. The same request twice is one request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid, Refused
from kartoteka.fields.kinds import Reading, Reference
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.clients import possible_duplicates
from kartoteka.models import (
    Client,
    ContactPoint,
    Deal,
    Employment,
    IntakeRequest,
    IntakeSite,
)
from kartoteka.services import contact_points, import_links, notices, records
from kartoteka.services.employments import add_person
from kartoteka.services.intake_assigning import curators_of
from kartoteka.services.intake_words import Meant, meant
from kartoteka.services.region_names import RegionNames

NEW, OF_MINE = "request_new", "request_of_mine"
UTM = ("source", "medium", "campaign", "term", "content")
#: A shared name is no proof; who has one of these is the client.
_PROOF = frozenset({"tax_id", "phone", "email"})


class TooOften(Refused):
    """The site, or one sender, sends more than it may; `seconds`: when to try again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What a form sent.

    Args:
        fields: name to text, as they came.
        key: idempotency key, empty for none.
        page, referrer, utm: where the form stood, where its reader came from.
        address_hash: of the sender's address.
    """

    fields: Mapping[str, str]
    key: str = ""
    page: str = ""
    referrer: str = ""
    utm: Mapping[str, str]
    address_hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A request that is in the base; `is_repeat`: it was there already."""

    id: int
    is_repeat: bool


def take(session: Session, site: IntakeSite, sent: Sent) -> Taken:
    """Take a request of a site that is locked; the caller commits.

    Args:
        session: acts as the system.

    Raises:
        TooOften: a limit of the site is reached.
        Invalid, Rejected: what was sent can not become a deal; says why.
    """
    fingerprint = _fingerprint(sent)
    if known := _known(session, site, sent, fingerprint):
        return Taken(id=known, is_repeat=True)
    _demand_room(session, site, sent)
    said = meant(records.registry_of(session), sent.fields)
    points = _points(session, said)
    if not points:
        raise _nobody_to_answer(said)
    lines = [f"{name}: {text}" for name, text in said.rest.items()]
    values = {
        entity: _read(session, entity, getattr(said, entity), said, lines)
        for entity in ("client", "deal", "contact", "employment")
    }
    client, is_known = _client(session, site, said, values, points, lines)
    contact_id = _contact(session, client, said, values, points)
    deal = _deal(session, site, client, contact_id, said, values["deal"], lines)
    request = IntakeRequest(
        site_id=site.id, client_id=client.id, deal_id=deal.id, contact_id=contact_id,
        arrived_at=now(), is_known_client=is_known, page=sent.page[:500] or None,
        referrer=sent.referrer[:500] or None, idempotency_key=sent.key or None,
        fingerprint=fingerprint, address_hash=sent.address_hash or None,
        **{f"utm_{name}": sent.utm.get(name, "")[:120] or None for name in UTM},
    )  # fmt: skip
    session.add(request)
    session.flush()
    _tell(session, site, client, deal)
    return Taken(id=request.id, is_repeat=False)


def _fingerprint(sent: Sent) -> str:
    told = {name: " ".join(text.split()) for name, text in sent.fields.items() if text.strip()}
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _known(session: Session, site: IntakeSite, sent: Sent, fingerprint: str) -> int | None:
    mine = IntakeRequest.site_id == site.id
    if sent.key:
        row = session.execute(
            select(IntakeRequest.id, IntakeRequest.fingerprint).where(
                mine, IntakeRequest.idempotency_key == sent.key
            )
        ).first()
        if row is not None:
            if row[1] != fingerprint:
                said = gettext("This idempotency key was used for another request.")
                raise Invalid({"idempotency_key": said})
            return row[0]
    if not site.same_minutes:
        return None
    since = now() - timedelta(minutes=site.same_minutes)
    return session.scalar(
        select(func.max(IntakeRequest.id)).where(
            mine, IntakeRequest.fingerprint == fingerprint, IntakeRequest.arrived_at >= since
        )
    )


def _demand_room(session: Session, site: IntakeSite, sent: Sent) -> None:
    moment = now()
    minute, hour = moment - timedelta(minutes=1), moment - timedelta(hours=1)
    in_minute = func.count(IntakeRequest.id).filter(IntakeRequest.arrived_at >= minute)
    from_there = func.count(IntakeRequest.id).filter(
        IntakeRequest.address_hash == (sent.address_hash or "-")
    )
    busy, again = session.execute(
        select(in_minute, from_there).where(
            IntakeRequest.site_id == site.id, IntakeRequest.arrived_at >= hour
        )
    ).one()
    if busy >= site.per_minute:
        raise TooOften(gettext("Too many requests just now. Try again in a minute."), 60)
    if again >= site.per_address:
        raise TooOften(gettext("Too many requests from you. Try again in an hour."), 3600)


def _points(session: Session, said: Meant) -> list[tuple[str, str]]:
    """Return phones and addresses as kind and text; those that are none go to the rest."""
    reading: Reading = session.info.get("reading") or Reading()
    found: list[tuple[str, str]] = []
    for kind, text, name in said.points:
        try:
            contact_points.normalised(kind, text, reading)
        except ValueError:
            said.rest[name] = text
        else:
            found.append((kind, text[:500]))
    if not any(kind in ("phone", "mobile", "email") for kind, _text in found):
        return []
    return found


def _nobody_to_answer(said: Meant) -> Invalid:
    """Say which field to correct: without a phone or an e-mail nobody can answer."""
    text = gettext("Give a phone number or an e-mail address at which we can answer.")
    return Invalid({name: text for _kind, _text, name in said.points} or {"phone": text})


def _read(
    session: Session, code: str, raw: Mapping[str, str], said: Meant, lines: list[str]
) -> dict[str, Any]:
    """Return the values that pass the checks of their fields; the others become lines of the note.

    A request is not lost because somebody wrote "about 10" where an amount belongs.
    """
    entity = records.registry_of(session).entity(code)
    fields = records.registry_of(session).fields(entity)
    typed: dict[str, Any] = {}
    unread: set[str] = set()
    for name, text in raw.items():
        kind = fields[name].kind if name in fields else None
        if not isinstance(kind, Reference):
            typed[name] = text
            continue
        regions = RegionNames.of(session) if kind.table == "region" else RegionNames()
        found = import_links.find(session, kind.table, [text], regions)
        if text in found.ids:
            typed[name] = found.ids[text]
        else:
            unread.add(name)
    if code in ("client", "deal", "contact"):
        for name, most in (("name", 255), ("title", 255)):
            if len(typed.get(name, "")) > most:
                lines.append(typed[name])
                typed[name] = typed[name][:most].rstrip()
    clean, errors = records.parse_values(session, entity, typed)
    unread |= set(errors)
    lines += [f"{said.names[f'{code}.{name}']}: {raw[name]}" for name in sorted(unread)]
    return {name: value for name, value in clean.items() if value is not None}


def _client(
    session: Session, site: IntakeSite, said: Meant, values: Mapping[str, dict[str, Any]],
    points: list[tuple[str, str]], lines: list[str],
) -> tuple[Client, bool]:  # fmt: skip
    """Return the client a request means, and whether it was there before; make one otherwise."""
    told = values["client"]
    company, person = told.get("name", ""), values["contact"].get("name", "")
    if (known := _known_client(session, told, company or person, points)) is not None:
        # What a stranger says does not change a client we know; whoever takes the deal sees it.
        for name, value in said.client.items():
            same = str(getattr(known, name, "") or "").casefold() == value.casefold()
            if not same and name in told:
                lines.append(f"{said.names[f'client.{name}']}: {value}")
        return known, True
    entity = records.registry_of(session).entity("client")
    name = company or person or points[0][1]
    fresh: Client = records.build(
        session, entity, {**told, "name": name, "kind": "organisation" if company else "person"}
    )
    fresh.department_id = site.department_id
    session.add(fresh)
    session.flush()
    if site.source_id is not None:
        records.create(
            session, records.registry_of(session).entity("client_source"),
            {"client_id": fresh.id, "source_id": site.source_id, "seen_on": now().date()},
        )  # fmt: skip
    return fresh, False


def _known_client(
    session: Session, told: Mapping[str, Any], name: str, points: list[tuple[str, str]]
) -> Client | None:
    phones, emails = _keys(session, points)
    candidate = Candidate(
        name=name, tax_id=told.get("tax_id") or "", site=told.get("website") or "",
        address=told.get("address") or "", phones=phones, emails=emails,
    )  # fmt: skip
    for one in possible_duplicates(session, [candidate]):
        if _PROOF & set(one.same) and "tax_id" not in one.different and one.client_id:
            return session.get_one(Client, one.client_id)
    return None


def _keys(
    session: Session, points: list[tuple[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    reading: Reading = session.info.get("reading") or Reading()
    keys = [(kind, contact_points.normalised(kind, text, reading)) for kind, text in points]
    return (
        tuple(key for kind, key in keys if kind in ("phone", "mobile")),
        tuple(key for kind, key in keys if kind == "email"),
    )


def _contact(
    session: Session, client: Client, said: Meant, values: Mapping[str, dict[str, Any]],
    points: list[tuple[str, str]],
) -> int | None:  # fmt: skip
    """Return the person who asks: one the client has by that phone or e-mail, or a new one."""
    phones, emails = _keys(session, points)
    known = session.scalar(
        select(ContactPoint.contact_id)
        .join(Employment, Employment.contact_id == ContactPoint.contact_id)
        .where(
            Employment.client_id == client.id, Employment.until.is_(None),
            ContactPoint.normalised.in_([*phones, *emails]),
        )
        .limit(1)
    )  # fmt: skip
    if known is not None:
        return known
    told = dict(values["contact"])
    if name := told.pop("name", ""):
        person = add_person(
            session, client.id, name=name, points=points, **{**values["employment"], **told}
        )
        return person.id
    entity = records.registry_of(session).entity("contact_point")
    held = set(
        session.scalars(
            select(ContactPoint.normalised).where(
                ContactPoint.client_id == client.id,
                ContactPoint.normalised.in_([*phones, *emails]),
            )
        )
    )
    reading: Reading = session.info.get("reading") or Reading()
    for kind, text in points:
        if contact_points.normalised(kind, text, reading) not in held:
            records.create(session, entity, {"client_id": client.id, "kind": kind, "value": text})
    return None


def _deal(
    session: Session, site: IntakeSite, client: Client, contact_id: int | None, said: Meant,
    told: Mapping[str, Any], lines: list[str],
) -> Deal:  # fmt: skip
    note = "\n".join(part for part in (told.get("note", ""), *lines) if part)
    values = {
        **told,
        "title": told.get("title") or gettext("Request from %(site)s", site=site.name)[:255],
        "client_id": client.id, "contact_id": contact_id, "pipeline": site.pipeline,
        "source_id": site.source_id, "channel": site.name, "note": note or None,
    }  # fmt: skip
    entity = records.registry_of(session).entity("deal")
    return records.create(session, entity, {n: v for n, v in values.items() if v is not None})


def _tell(session: Session, site: IntakeSite, client: Client, deal: Deal) -> None:
    """Tell the client's manager; where there is none, the curators of the site's department."""
    if client.owner_id is not None and session.scalar(
        select(User.active).where(User.id == client.owner_id)
    ):
        notices.notify(session, OF_MINE, [client.owner_id], entity="deal", record_id=deal.id)
        return
    department = client.department_id or site.department_id
    notices.notify(
        session, NEW, curators_of(session, department), entity="client", record_id=client.id
    )


__all__ = ["NEW", "OF_MINE", "UTM", "Sent", "Taken", "TooOften", "take"]
