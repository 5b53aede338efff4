"""Give requests from sites to managers: which wait, who heads the department, who takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kartoteka.errors import NotAllowed, Rejected
from kartoteka.i18n import gettext
from kartoteka.models import Client, Deal, Department, IntakeRequest, Staff
from kartoteka.services import notices, records
from kartoteka.services.handover import hand_over
from kartoteka.services.handover_plan import Taker, takers

GIVEN = "request_given"
MOST_SHOWN = 100
#: Who got the fewest requests in so many days is proposed first.
FAIR_DAYS = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A request that nobody works on yet."""

    id: int
    arrived_at: datetime
    client_id: int
    client: str
    deal_id: int | None
    deal: str
    note: str
    site: str
    page: str
    campaign: str
    is_known_client: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingRequests:
    """The requests that wait, the longest first, and how many there are."""

    rows: Sequence[Waiting]
    count: int


def waiting(session: Session, most: int = MOST_SHOWN) -> WaitingRequests:
    """Return the requests that wait for a manager, of those the actor sees: three statements."""
    found = session.execute(
        select(IntakeRequest, Client.name, Deal.title, Deal.note)
        .join(Client, Client.id == IntakeRequest.client_id)
        .outerjoin(Deal, Deal.id == IntakeRequest.deal_id)
        .where(_is_free())
        .order_by(IntakeRequest.arrived_at, IntakeRequest.id)
        .limit(most)
    ).all()
    count = len(found)
    if count == most:
        count = session.scalar(select(func.count(IntakeRequest.id)).where(_is_free())) or 0
    sites = records.labels(session, "intake_site", {row[0].site_id for row in found})
    return WaitingRequests(
        rows=[
            Waiting(
                id=one.id, arrived_at=one.arrived_at, client_id=one.client_id, client=client,
                deal_id=one.deal_id, deal=deal or "", note=note or "",
                site=sites.get(one.site_id, ""), page=one.page or "",
                campaign=" / ".join(
                    part for part in (one.utm_source, one.utm_medium, one.utm_campaign) if part
                ),
                is_known_client=one.is_known_client,
            )
            for one, client, deal, note in found
        ],
        count=count,
    )  # fmt: skip


def candidates(session: Session, now: datetime) -> list[Taker]:
    """Return who may take a request, whoever got the fewest of late first."""
    people = takers(session)
    since = now - timedelta(days=FAIR_DAYS)
    rows = session.execute(
        select(IntakeRequest.owner_id, func.count(IntakeRequest.id))
        .where(IntakeRequest.arrived_at >= since, IntakeRequest.owner_id.is_not(None))
        .group_by(IntakeRequest.owner_id)
    )
    had: dict[int | None, int] = {row[0]: row[1] for row in rows}
    return sorted(people, key=lambda one: (not one.is_manager, had.get(one.id, 0)))


def assign(session: Session, request_id: int, owner_id: int) -> int:
    """Give a request to a manager: its client with all that belongs to it; the caller commits.

    Returns:
        the number of the client.

    Raises:
        NotAllowed: there is no such request for this person, or they may not give clients away.
        Rejected: somebody gave it to a manager already, or nobody can take it.
    """
    entity = records.registry_of(session).entity("intake_request")
    request: IntakeRequest = records.get(session, entity, request_id)
    # Of two curators who press at once the second waits here, and then reads who has it.
    owner = session.scalar(
        select(Client.owner_id).where(Client.id == request.client_id).with_for_update()
    )
    if owner is not None and session.scalar(select(User.active).where(User.id == owner)):
        names = records.labels(session, User.__tablename__, {owner})
        raise Rejected(gettext("%(name)s has this request already.", name=names[owner]))
    client_id, deal_id = request.client_id, request.deal_id
    note = gettext("Request from a web site")
    if not hand_over(session, [client_id], owner_id, note, tell=False):
        raise NotAllowed(gettext("There is no such request."))
    notices.notify(
        session, GIVEN, {owner_id} - {session.info["actor"].user_id},
        entity="deal" if deal_id else "client", record_id=deal_id or client_id,
    )  # fmt: skip
    return client_id


def curators_of(session: Session, department_id: int) -> list[int]:
    """Return who heads a department or one above it; where nobody does, those who see all."""
    rows = session.execute(select(Department.id, Department.parent_id))
    parents: dict[int, int | None] = {row[0]: row[1] for row in rows}
    line: list[int] = []
    here: int | None = department_id
    while here is not None and here not in line:
        line.append(here)
        here = parents.get(here)
    roles = records.registry_of(session).roles.values()

    def holders(reach: str) -> Any:
        names = [role.code for role in roles if role.reach == reach]
        return (
            select(User.id)
            .join(Staff, Staff.id == User.id)
            .where(User.active.is_(True), User.roles.any(Role.name.in_(names)))
        )

    heads = session.scalars(holders("department").where(Staff.department_id.in_(line))).all()
    return list(heads) or list(session.scalars(holders("all")))


def _is_free() -> ColumnElement[bool]:
    gone = select(User.id).where(User.active.is_(False))
    return or_(IntakeRequest.owner_id.is_(None), IntakeRequest.owner_id.in_(gone))


__all__ = ["GIVEN", "Waiting", "WaitingRequests", "assign", "candidates", "curators_of", "waiting"]
