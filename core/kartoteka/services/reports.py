"""Count what each source yields, and find the contracts that are over or end soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Subquery, false, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from kartoteka.models.client import Client, ClientSource, Source
from kartoteka.models.deal import Deal
from kartoteka.models.money import Contract, Purchase
from kartoteka.services import records
from kartoteka.services.ledger import ledger
from kartoteka.services.region_block import Amount

MOST_ROWS = 500
Ending = Literal["overdue", "soon", "later"]
SOON_DAYS, LATER_DAYS = 30, 90
_WON = frozenset({"won", "delivery", "done"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Yield:
    """What one source brought. `source_id` is None on the row of clients without a source."""

    source_id: int | None
    name: str
    clients: int
    deals: int
    won: int
    revenue: Sequence[Amount]

    @property
    def won_share(self) -> int | None:
        """Deals won of all deals, in percent."""
        return round(100 * self.won / self.deals) if self.deals else None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceYield:
    """The yield of every source. `total` counts each client once, so it is not the sum of rows."""

    rows: Sequence[Yield]
    without: Yield
    total: Yield
    #: Clients that stand under more than one source.
    several: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EndingContract:
    """A contract that has ended or soon ends; `days` until then, below 0 when it is over."""

    contract: Contract
    client: str
    days: int
    when: Ending


@dataclass(frozen=True, kw_only=True, slots=True)
class EndingContracts:
    """Contracts to renew, the longest overdue first, and how many there are of each."""

    rows: Sequence[EndingContract]
    overdue: int
    soon: int
    later: int


def source_yield(session: Session) -> SourceYield:
    """Return what each source yields, of the rows the actor sees: eight statements.

    A client that came by two sources counts under each. Deals count under the deal's own source;
    a deal without one under the sources of its client. Revenue is that of the source's clients.
    """
    mine = (
        select(ClientSource.source_id, ClientSource.client_id)
        .distinct()
        .subquery("client_of_source")
    )
    clients = _clients_by_source(session)
    deals = _deals_by_source(session)
    money = _revenue_by_source(session, mine)
    names = session.execute(select(Source.id, Source.name).order_by(Source.name)).all()
    rows = [
        Yield(
            source_id=number,
            name=name,
            clients=clients.get(number, 0),
            deals=deals.get(number, (0, 0))[0],
            won=deals.get(number, (0, 0))[1],
            revenue=money.get(number, ()),
        )
        for number, name in names
    ]
    rows.sort(key=lambda row: (-row.clients, row.name))
    everyone, sourced = session.execute(
        select(
            select(func.count(Client.id)).scalar_subquery(),
            select(func.count())
            .select_from(select(ClientSource.client_id).distinct().subquery())
            .scalar_subquery(),
        )
    ).one()
    deals_in_all, won_in_all = session.execute(
        select(func.count(Deal.id), func.count(Deal.id).filter(_is_won(session)))
    ).one()
    without = deals.get(None, (0, 0))
    return SourceYield(
        rows=[row for row in rows if row.clients or row.deals],
        without=Yield(
            source_id=None,
            name="",
            clients=everyone - sourced,
            deals=without[0],
            won=without[1],
            revenue=money.get(None, ()),
        ),
        total=Yield(
            source_id=None,
            name="",
            clients=everyone,
            deals=deals_in_all,
            won=won_in_all,
            revenue=_revenue(session),
        ),
        several=_several(session),
    )


def contracts_due(session: Session, today: date) -> EndingContracts:
    """Return open contracts that are over or end within 90 days: three statements."""
    soon, later = today + timedelta(days=SOON_DAYS), today + timedelta(days=LATER_DAYS)
    due = Contract.closed_on.is_(None), Contract.ends_on <= later
    contracts = session.scalars(
        select(Contract).where(*due).order_by(Contract.ends_on, Contract.id).limit(MOST_ROWS)
    ).all()
    overdue_count, soon_count, later_count = session.execute(
        select(
            func.count(Contract.id).filter(Contract.ends_on < today),
            func.count(Contract.id).filter(Contract.ends_on.between(today, soon)),
            func.count(Contract.id).filter(Contract.ends_on > soon),
        ).where(*due)
    ).one()
    names = records.labels(session, "client", {contract.client_id for contract in contracts})
    rows: list[EndingContract] = []
    for contract in contracts:
        days = ((contract.ends_on or today) - today).days
        when: Ending = "overdue" if days < 0 else "soon" if days <= SOON_DAYS else "later"
        rows.append(
            EndingContract(
                contract=contract, client=names.get(contract.client_id, ""), days=days, when=when
            )
        )
    return EndingContracts(rows=rows, overdue=overdue_count, soon=soon_count, later=later_count)


_sum: Any = func.sum(Purchase.amount).label("amount")


def _revenue(session: Session) -> list[Amount]:
    sums = ledger(Purchase.product_id, _sum)
    rows = session.execute(
        select(sums.c.currency, func.sum(sums.c.amount))
        .group_by(sums.c.currency)
        .order_by(sums.c.currency)
    )
    return [Amount(currency=code, amount=amount or Decimal(0)) for code, amount in rows]


def _is_won(session: Session) -> ColumnElement[bool]:
    stages = [
        key for key, stage in records.registry_of(session).stages.items() if stage.kind in _WON
    ]
    return tuple_(Deal.pipeline, Deal.stage).in_(stages) if stages else false()


def _clients_by_source(session: Session) -> dict[int, int]:
    """Return clients by source: all rows, less those that say the same of a client again."""
    again = (
        select(ClientSource.source_id, (1 - func.count()).label("count"))
        .group_by(ClientSource.client_id, ClientSource.source_id)
        .having(func.count() > 1)
        .subquery()
    )
    every = select(ClientSource.source_id, func.count()).group_by(ClientSource.source_id)
    less = select(again.c.source_id, func.sum(again.c["count"])).group_by(again.c.source_id)
    found: dict[int, int] = {}
    for source_id, count in session.execute(union_all(every, less)):
        found[source_id] = found.get(source_id, 0) + int(count)
    return found


def _deals_by_source(session: Session) -> dict[int | None, tuple[int, int]]:
    """Return deals and deals won by source; under None those with no source at all."""
    is_won = _is_won(session)
    own = (
        select(Deal.source_id, func.count(Deal.id), func.count(Deal.id).filter(is_won))
        .where(Deal.source_id.is_not(None))
        .group_by(Deal.source_id)
    )
    number = Deal.id.distinct()  # a client may have said a source twice
    of_client = (
        select(ClientSource.source_id, func.count(number), func.count(number).filter(is_won))
        .select_from(Deal)
        .outerjoin(ClientSource, ClientSource.client_id == Deal.client_id)
        .where(Deal.source_id.is_(None))
        .group_by(ClientSource.source_id)
    )
    found: dict[int | None, tuple[int, int]] = {}
    for source_id, count, won in session.execute(union_all(own, of_client)):
        before = found.get(source_id, (0, 0))
        found[source_id] = before[0] + count, before[1] + won
    return found


def _revenue_by_source(session: Session, mine: Subquery) -> dict[int | None, list[Amount]]:
    sums = ledger(Purchase.client_id, _sum)
    rows = session.execute(
        select(mine.c.source_id, sums.c.currency, func.sum(sums.c.amount))
        .select_from(sums)
        .outerjoin(mine, mine.c.client_id == sums.c.key)
        .group_by(mine.c.source_id, sums.c.currency)
        .order_by(sums.c.currency)
    )
    found: dict[int | None, list[Amount]] = {}
    for source_id, currency, amount in rows:
        found.setdefault(source_id, []).append(Amount(currency=currency, amount=amount))
    return found


def _several(session: Session) -> int:
    first, last = func.min(ClientSource.source_id), func.max(ClientSource.source_id)
    twice = (
        select(ClientSource.client_id)
        .group_by(ClientSource.client_id)
        .having(first != last)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(twice)) or 0
