"""Count what a region means to us: clients, revenue, open deals, competitors, with all below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, Label, Subquery, func, select
from sqlalchemy.orm import Session, aliased

from kartoteka.models.client import Client, ClientCompetitor, Competitor
from kartoteka.models.deal import Deal
from kartoteka.models.money import Purchase
from kartoteka.models.region import Region
from kartoteka.services.ledger import ledger

#: Revenue is that of so many days back: a year, as the population is a yearly figure.
PERIOD = timedelta(days=365)
MOST_COMPETITORS = 20
_PEOPLE = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Revenue:
    """Revenue in one currency over the last year.

    `share` is in percent of all revenue the reader sees in this currency; `per_people` is the
    revenue per 10,000 inhabitants, None where the population is not known.
    """

    currency: str
    amount: Decimal
    share: Decimal | None
    per_people: Decimal | None


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
    revenue: Sequence[Revenue]
    open_deals: int
    open_amounts: Sequence[Amount]
    rivals: Sequence[Rival]
    since: date


def our_block(
    session: Session, region_id: int, today: date, population: Decimal | None
) -> OurBlock:
    """Return our figures for a region with all regions below it: five statements.

    Args:
        region_id: the top of the tree that is counted.
        today: revenue is that of the year before this day.
        population: inhabitants of the region, for revenue per 10,000 of them.
    """
    here = Client.region_id.in_(select(_tree(region_id).c.id))
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
        revenue=_revenue(session, here, today, population),
        open_deals=sum(count for _code, count, _amount in deals),
        open_amounts=[
            Amount(currency=code or "", amount=amount)
            for code, _count, amount in deals
            if amount is not None
        ],
        rivals=_rivals(session, here),
        since=today - PERIOD,
    )


def _tree(region_id: int) -> CTE:
    """Return ids of a region and all below it; UNION ends a ring in the tree."""
    top = select(Region.id).where(Region.id == region_id).cte("below", recursive=True)
    part = aliased(Region)
    return top.union(select(part.id).join(top, part.parent_id == top.c.id))


def _revenue(
    session: Session, here: ColumnElement[bool], today: date, population: Decimal | None
) -> list[Revenue]:
    of_year = _amount_of_year(today)
    ours = Purchase.client_id.in_(select(Client.id).where(here))
    local = _by_currency(session, ledger(Purchase.client_id, of_year, where=(ours,)))
    if not local:
        return []
    everywhere = dict(_by_currency(session, ledger(Purchase.product_id, of_year)))
    return [
        Revenue(
            currency=code,
            amount=amount,
            share=_percent(amount, everywhere.get(code)),
            per_people=round(amount * _PEOPLE / population, 2) if population else None,
        )
        for code, amount in local
    ]


def purchases_of_year(today: date) -> Subquery:
    """Return what each client bought in the last year: `key` is the client, `currency`, `amount`.

    The amount is None for clients who bought at other times only.
    """
    return ledger(Purchase.client_id, _amount_of_year(today))


def _amount_of_year(today: date) -> Label[Decimal]:
    return (
        func.sum(Purchase.amount)
        .filter(Purchase.bought_on > today - PERIOD, Purchase.bought_on <= today)
        .label("amount")
    )


def _by_currency(session: Session, sums: Subquery) -> list[tuple[str, Decimal]]:
    whole: Any = func.sum(sums.c.amount)
    rows = session.execute(
        select(sums.c.currency, whole)
        .where(sums.c.amount.is_not(None))
        .group_by(sums.c.currency)
        .order_by(sums.c.currency)
    )
    return [(row[0], row[1]) for row in rows]


def _percent(part: Decimal, whole: Decimal | None) -> Decimal | None:
    return round(part * 100 / whole, 1) if whole else None


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
