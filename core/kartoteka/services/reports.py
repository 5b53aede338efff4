"""Count what each source yields, what is wanted, which contracts end and who owes us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Subquery, false, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from kartoteka.models.client import Client, ClientSource, Source
from kartoteka.models.deal import Deal, Product
from kartoteka.models.money import Contract, Purchase
from kartoteka.services import records
from kartoteka.services.ledger import OWED, ledger
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
class Demand:
    """How one product or service is wanted."""

    product: Product
    open_deals: int
    won_deals: int
    purchases: int
    revenue: Sequence[Amount]
    last_sold_on: date | None

    @property
    def is_never_wanted(self) -> bool:
        """Say whether nobody ever asked for it or bought it."""
        return not (self.open_deals or self.won_deals or self.purchases)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Debt:
    """A purchase that is not paid in full; `days` overdue, None when it is not due yet."""

    purchase: Purchase
    client: str
    currency: str
    days: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Debts:
    """Unpaid purchases, the longest overdue first, with the sums of all of them."""

    rows: Sequence[Debt]
    count: int
    owed: Sequence[Amount]
    overdue: Sequence[Amount]


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


def services_wanted(session: Session) -> list[Demand]:
    """Return how each product is wanted, the most wanted first, never wanted ones last.

    Three statements; deals and purchases are those the actor sees.
    """
    products = session.scalars(select(Product).order_by(Product.name).limit(MOST_ROWS)).all()
    deals = {
        row[0]: (row[1], row[2])
        for row in session.execute(
            select(
                Deal.product_id,
                func.count(Deal.id).filter(Deal.closed_at.is_(None) & ~_is_won(session)),
                func.count(Deal.id).filter(_is_won(session)),
            )
            .where(Deal.product_id.is_not(None))
            .group_by(Deal.product_id)
        )
    }
    bought: dict[int, list[tuple[int, Amount, date]]] = {}
    sums = ledger(
        Purchase.product_id,
        func.count(Purchase.id).label("count"),
        _sum,
        func.max(Purchase.bought_on).label("last"),
    )
    counted = session.execute(
        select(
            sums.c.key, sums.c.currency, func.sum(sums.c["count"]), func.sum(sums.c.amount),
            func.max(sums.c["last"]),
        )
        .where(sums.c.key.is_not(None))
        .group_by(sums.c.key, sums.c.currency)
        .order_by(sums.c.currency)
    )  # fmt: skip
    for number, currency, count, amount, last in cast("Iterable[tuple[Any, ...]]", counted):
        bought.setdefault(number, []).append(
            (int(count), Amount(currency=currency, amount=amount), last)
        )
    rows = [
        Demand(
            product=product,
            open_deals=deals.get(product.id, (0, 0))[0],
            won_deals=deals.get(product.id, (0, 0))[1],
            purchases=sum(part[0] for part in bought.get(product.id, ())),
            revenue=[part[1] for part in bought.get(product.id, ())],
            last_sold_on=max((part[2] for part in bought.get(product.id, ())), default=None),
        )
        for product in products
    ]
    return sorted(rows, key=lambda row: -(row.open_deals + row.won_deals + row.purchases))


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


def debts(session: Session, today: date) -> Debts:
    """Return purchases that are not paid in full, the longest overdue first: two statements."""
    # Those without a day stand last. Asked apart, neither part is sorted for its first few.
    first = [
        select(Purchase.id)
        .where(OWED, part)
        .order_by(Purchase.due_on, Purchase.id)
        .limit(MOST_ROWS)
        .subquery()
        for part in (Purchase.due_on.is_not(None), Purchase.due_on.is_(None))
    ]
    rows = session.execute(
        select(Purchase, Client.name, func.coalesce(Purchase.amount_currency, Client.currency, ""))
        .join(Client, Client.id == Purchase.client_id)
        .where(Purchase.id.in_(union_all(*(select(part.c.id) for part in first))))
        .order_by(Purchase.due_on.is_(None), Purchase.due_on, Purchase.id)
        .limit(MOST_ROWS)
    ).all()
    sums = ledger(
        Purchase.due_on,
        func.sum(Purchase.debt).label("amount"),
        func.count(Purchase.id).label("count"),
        where=(OWED,),
    )
    owed = func.sum(sums.c.amount)
    whole: Sequence[Any] = session.execute(
        select(sums.c.currency, owed, owed.filter(sums.c.key < today), func.sum(sums.c["count"]))
        .group_by(sums.c.currency)
        .order_by(sums.c.currency)
    ).all()
    return Debts(
        rows=[
            Debt(
                purchase=purchase,
                client=name,
                currency=currency,
                days=(today - purchase.due_on).days
                if purchase.due_on is not None and purchase.due_on < today
                else None,
            )
            for purchase, name, currency in rows
        ],
        count=sum(int(row[3]) for row in whole),
        owed=[Amount(currency=row[0], amount=row[1]) for row in whole],
        overdue=[Amount(currency=row[0], amount=row[2]) for row in whole if row[2] is not None],
    )


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
