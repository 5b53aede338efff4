"""Gather what waits for a person today: deals to move, deals to come back to, new clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kartoteka.criteria.tree import Tree, all_of, any_of, fact_is, field_is
from kartoteka.models.client import Client
from kartoteka.models.deal import Deal
from kartoteka.services import criteria, deals, records

MOST_SHOWN = 10
MOST_COUNTED = 1000
Why = Literal["step_overdue", "step_today", "too_long"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingDeal:
    """A deal that waits: whose it is, where it stands, why it waits, for how many days."""

    deal: Deal
    client: str
    stage: str
    color: str
    why: Why
    days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingDeals:
    """Deals that wait: the first of them, how many there are, the criteria that find them all.

    They are counted up to `MOST_COUNTED`; one more means that there are more.
    """

    rows: Sequence[WaitingDeal]
    count: int
    meant: Tree

    @property
    def more(self) -> str:
        """How many there are beyond those shown."""
        left = min(self.count, MOST_COUNTED) - len(self.rows)
        return f"{left}+" if self.count > MOST_COUNTED else str(left)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewClients:
    """Clients without a manager: the newest of them, and how many there are."""

    clients: Sequence[Client]
    count: int


def deals_to_move(session: Session, now: datetime, today: date) -> WaitingDeals:
    """Return open deals whose next step is due, or which stay too long in their stage.

    Args:
        now: this moment, aware.
        today: the person's day.
    """
    late = fact_is("too_long_in_stage", "eq", True)
    is_open, due = field_is("closed_at", "empty"), field_is("next_step_on", "le", today)
    ahead = any_of(field_is("next_step_on", "empty"), field_is("next_step_on", "gt", today))
    # Two looks: each goes along an index, both conditions at once through all open deals.
    looks = (
        (all_of(is_open, due), Deal.next_step_on),
        (all_of(is_open, late, ahead), Deal.stage_since),
    )
    return _waiting(session, all_of(is_open, any_of(due, late)), looks, now, today)


def deals_to_recheck(session: Session, now: datetime, today: date) -> WaitingDeals:
    """Return deferred deals whose day to come back has come."""
    meant = all_of(field_is("closed_at", "empty"), field_is("recheck_on", "le", today))
    return _waiting(session, meant, ((meant, Deal.recheck_on),), now, today)


def clients_without_manager(session: Session) -> NewClients:
    """Return the newest clients that nobody is responsible for, of those the actor sees."""
    free = Client.owner_id.is_(None)
    return NewClients(
        clients=session.scalars(
            select(Client).where(free).order_by(Client.id.desc()).limit(MOST_SHOWN)
        ).all(),
        count=session.scalar(select(func.count(Client.id)).where(free)) or 0,
    )


def _waiting(
    session: Session,
    meant: Tree,
    looks: Sequence[tuple[Tree, InstrumentedAttribute[Any]]],
    now: datetime,
    today: date,
) -> WaitingDeals:
    entity = records.registry_of(session).entity("deal")
    found: list[Deal] = []
    for tree, order in looks:
        if len(found) < MOST_SHOWN:
            condition = criteria.condition(session, entity, tree, today)
            first = select(Deal).where(condition).order_by(order, Deal.id)
            found += session.scalars(first.limit(MOST_SHOWN - len(found))).all()
    condition = criteria.condition(session, entity, meant, today)
    some = select(Deal.id).where(condition).limit(MOST_COUNTED + 1).subquery()
    count = 0
    if found:
        count = session.scalar(select(func.count()).select_from(some)) or 0
    clients = records.labels(session, "client", {deal.client_id for deal in found})
    known = records.registry_of(session).pipelines
    views = {
        (code, view.stage.code): view
        for code in {deal.pipeline for deal in found} & set(known)
        for view in deals.stages_of(session, code, with_hidden=True)
    }
    rows: list[WaitingDeal] = []
    for deal in found:
        view = views.get((deal.pipeline, deal.stage))
        step = deal.recheck_on or deal.next_step_on
        why: Why = "too_long"
        days = (now - deal.stage_since).days
        if step is not None and step <= today:
            why = "step_today" if step == today else "step_overdue"
            days = (today - step).days
        rows.append(
            WaitingDeal(
                deal=deal,
                client=clients.get(deal.client_id, ""),
                stage=view.title if view else deal.stage,
                color=view.color if view else "#64748b",
                why=why,
                days=days,
            )
        )
    return WaitingDeals(rows=rows, count=count, meant=meant)
