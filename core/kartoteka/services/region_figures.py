"""Count our clients, revenue and open deals for many regions at once, each with all below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, Subquery, func, select
from sqlalchemy.orm import Session, aliased

from kartoteka.models.client import Client
from kartoteka.models.deal import Deal
from kartoteka.models.region import Region
from kartoteka.services.region_revenue import purchases_of_year


def clients_in(session: Session, tops: Sequence[int]) -> dict[int, int]:
    """Return how many clients the reader sees in each region: one statement."""
    own = (
        select(Client.region_id.label("region_id"), func.count(Client.id).label("n"))
        .where(Client.region_id.is_not(None))
        .group_by(Client.region_id)
        .subquery()
    )
    return _added_up(session, tops, own)


def open_deals_in(session: Session, tops: Sequence[int]) -> dict[int, int]:
    """Return how many open deals the clients of each region have: one statement."""
    own = (
        select(Client.region_id.label("region_id"), func.count(Deal.id).label("n"))
        .join(Client, Client.id == Deal.client_id)
        .where(Deal.closed_at.is_(None), Client.region_id.is_not(None))
        .group_by(Client.region_id)
        .subquery()
    )
    return _added_up(session, tops, own)


def revenue_in(session: Session, tops: Sequence[int], today: date) -> dict[str, dict[int, Decimal]]:
    """Return the revenue of the last year by currency and region: one statement.

    It sums the whole ledger, which takes seconds where there are millions of purchases.
    """
    bought = purchases_of_year(today)
    own = (
        select(
            Client.region_id.label("region_id"), bought.c.currency.label("currency"),
            func.sum(bought.c.amount).label("amount"),
        )
        .join(bought, bought.c.key == Client.id)
        .where(bought.c.amount.is_not(None), Client.region_id.is_not(None))
        .group_by(Client.region_id, bought.c.currency)
        .subquery()
    )  # fmt: skip
    below = _below(tops)
    amount: Any = func.sum(own.c.amount)
    rows = session.execute(
        select(own.c.currency, below.c.top, amount)
        .join(below, below.c.id == own.c.region_id)
        .group_by(own.c.currency, below.c.top)
    )
    found: dict[str, dict[int, Decimal]] = {}
    for currency, top, total in rows:
        found.setdefault(currency, {})[top] = total
    return found


def _added_up(session: Session, tops: Sequence[int], own: Subquery) -> dict[int, int]:
    below = _below(tops)
    rows = session.execute(
        select(below.c.top, func.sum(own.c.n))
        .join(own, own.c.region_id == below.c.id)
        .group_by(below.c.top)
    )
    return {row[0]: int(row[1]) for row in rows}


def _below(tops: Sequence[int]) -> CTE:
    """Return pairs of a region asked for and one below it; UNION ends a ring in the tree."""
    top = (
        select(Region.id.label("top"), Region.id.label("id"))
        .where(Region.id.in_(tops))
        .cte("below", recursive=True)
    )
    part = aliased(Region)
    return top.union(select(top.c.top, part.id).join(top, part.parent_id == top.c.id))


__all__ = ["clients_in", "open_deals_in", "revenue_in"]
