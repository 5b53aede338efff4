"""Count what a region means to us: clients, open deals, competitors, with all below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from kartoteka.models.client import Client, ClientCompetitor, Competitor
from kartoteka.models.deal import Deal
from kartoteka.models.region import Region

MOST_COMPETITORS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """A competitor of our clients in the region."""

    id: int
    name: str
    clients: int
    preferred: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A sum of money in one currency."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class OurBlock:
    """Our business in a region and below it, of the rows the reader sees."""

    clients: int
    #: Clients by size class; the class is None for clients without one.
    by_size: Sequence[tuple[str | None, int]]
    open_deals: int
    open_amounts: Sequence[Amount]
    rivals: Sequence[Rival]


def our_block(session: Session, region_id: int) -> OurBlock:
    """Return our figures for a region with all regions below it: three statements.

    Revenue takes longer and has a place of its own: `services.region_revenue`.
    """
    here = lives_in(region_id)
    sizes: dict[str | None, int] = {}
    # By region first, as the index has them: nothing is sorted.
    for size, count in session.execute(
        select(Client.size_class, func.count(Client.id))
        .where(here)
        .group_by(Client.region_id, Client.size_class)
    ):
        sizes[size] = sizes.get(size, 0) + count
    by_size = sorted(sizes.items(), key=lambda row: row[0] or "~")
    deals = session.execute(
        select(Deal.amount_currency, func.count(Deal.id), func.sum(Deal.amount))
        .join(Client, Client.id == Deal.client_id)
        .where(here, Deal.closed_at.is_(None))
        .group_by(Deal.amount_currency)
        .order_by(Deal.amount_currency)
    ).all()
    return OurBlock(
        clients=sum(count for _size, count in by_size),
        by_size=by_size,
        open_deals=sum(count for _code, count, _amount in deals),
        open_amounts=[
            Amount(currency=code or "", amount=amount)
            for code, _count, amount in deals
            if amount is not None
        ],
        rivals=_rivals(session, here),
    )


def lives_in(region_id: int) -> ColumnElement[bool]:
    """Return the condition that a client is in a region or below it."""
    return Client.region_id.in_(select(below(region_id).c.id))


def below(region_id: int) -> CTE:
    """Return ids of a region and all below it; UNION ends a ring in the tree."""
    top = select(Region.id).where(Region.id == region_id).cte("below", recursive=True)
    part = aliased(Region)
    return top.union(select(part.id).join(top, part.parent_id == top.c.id))


def _rivals(session: Session, here: ColumnElement[bool]) -> list[Rival]:
    count = func.count(ClientCompetitor.client_id.distinct())
    preferred = func.count(ClientCompetitor.client_id.distinct()).filter(
        ClientCompetitor.is_preferred
    )
    rows = session.execute(
        select(Competitor.id, Competitor.name, count, preferred)
        .join(ClientCompetitor, ClientCompetitor.competitor_id == Competitor.id)
        .join(Client, Client.id == ClientCompetitor.client_id)
        .where(here)
        .group_by(Competitor.id, Competitor.name)
        .order_by(count.desc(), Competitor.name)
        .limit(MOST_COMPETITORS)
    )
    return [Rival(id=row[0], name=row[1], clients=row[2], preferred=row[3]) for row in rows]
