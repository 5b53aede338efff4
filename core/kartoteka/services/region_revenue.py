"""Reckon what a region brings: revenue of a year, its share, how much it is per inhabitant.

It reads the ledger of purchases, so pages fetch it once they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Label, Subquery, func, select
from sqlalchemy.orm import Session

from kartoteka.models.client import Client
from kartoteka.models.money import Purchase
from kartoteka.models.region import Indicator, IndicatorValue, Region
from kartoteka.services.ledger import ledger
from kartoteka.services.region_block import below, lives_in

#: Revenue is that of so many days back: a year, as the population is a yearly figure.
PERIOD = timedelta(days=365)
POPULATION = "population"
_PEOPLE = 10_000
#: Kinds of region where a large part of all clients lives.
_WIDE = ("country", "district")
#: Currency, revenue here, revenue everywhere.
_Sums = tuple[str, Decimal, Decimal | None]


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


def revenue_of(session: Session, region_id: int, today: date) -> Sequence[Revenue]:
    """Return the revenue of a region with all below it: four statements.

    Args:
        region_id: the top of the tree that is counted.
        today: revenue is that of the year before this day.
    """
    wide = session.scalar(select(Region.kind).where(Region.id == region_id)) in _WIDE
    sums = (_of_most if wide else _of_few)(session, region_id, today)
    if not sums:
        return []
    population = _population(session, region_id)
    return [
        Revenue(
            currency=code,
            amount=amount,
            share=_percent(amount, whole),
            per_people=round(amount * _PEOPLE / population, 2) if population else None,
        )
        for code, amount, whole in sums
    ]


def _of_few(session: Session, region_id: int, today: date) -> list[_Sums]:
    """Sum the purchases of the clients here by their index; then all purchases."""
    of_year = _amount_of_year(today)
    ours = Purchase.client_id.in_(select(Client.id).where(lives_in(region_id)))
    local = _by_currency(session, ledger(Purchase.client_id, of_year, where=(ours,)))
    if not local:
        return []
    everywhere = dict(_by_currency(session, ledger(Purchase.product_id, of_year)))
    return [(code, amount, everywhere.get(code)) for code, amount in local]


def _of_most(session: Session, region_id: int, today: date) -> list[_Sums]:
    """Sum all purchases once, by region: where most clients live here, each is not looked for."""
    bought = purchases_of_year(today)
    amount: Any = func.sum(bought.c.amount)
    by_region = (
        select(Client.region_id.label("region_id"), bought.c.currency, amount.label("amount"))
        .join(bought, bought.c.key == Client.id)
        .where(bought.c.amount.is_not(None))
        .group_by(Client.region_id, bought.c.currency)
        .subquery()
    )
    whole: Any = func.sum(by_region.c.amount)
    here: Any = whole.filter(by_region.c.region_id.in_(select(below(region_id).c.id)))
    rows = session.execute(
        select(by_region.c.currency, here, whole)
        .group_by(by_region.c.currency)
        .order_by(by_region.c.currency)
    )
    return [(row[0], row[1], row[2]) for row in rows if row[1] is not None]


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


def _population(session: Session, region_id: int) -> Decimal | None:
    return session.scalar(
        select(IndicatorValue.value)
        .join(Indicator, Indicator.id == IndicatorValue.indicator_id)
        .where(IndicatorValue.region_id == region_id, Indicator.code == POPULATION)
        .order_by(IndicatorValue.period.desc(), IndicatorValue.id.desc())
        .limit(1)
    )


def _percent(part: Decimal, whole: Decimal | None) -> Decimal | None:
    return round(part * 100 / whole, 1) if whole else None


__all__ = ["PERIOD", "Revenue", "purchases_of_year", "revenue_of"]
