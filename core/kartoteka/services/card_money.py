"""What a client bought, owes and signed, as the card shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal

from sqlalchemy import Integer, Select, bindparam, extract, func, or_, select
from sqlalchemy.orm import Session

from kartoteka.fields.types import Exact
from kartoteka.models import Client, Contract, Product, Purchase

#: More than these are reached through the lists, which the page links to.
MOST_PURCHASES, MOST_ROWS = 10, 50
#: The trend shows so many months: a year, and the one before it.
MONTHS = 24
SOON_DAYS = 60
End = Literal["overdue", "soon", "later", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PurchaseLine:
    """A purchase as the card lists it."""

    purchase: Purchase
    product: str
    is_overdue: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractLine:
    """A contract and how near its end is."""

    contract: Contract
    end: End
    days: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """The newest purchases, and those not paid in full, the most pressing first."""

    newest: Sequence[PurchaseLine] = ()
    unpaid: Sequence[PurchaseLine] = ()


@cache
def _purchases_statement() -> Select[Purchase, str]:
    client_id = bindparam("client", type_=Integer())
    newest = (
        select(Purchase.id)
        .where(Purchase.client_id == client_id)
        .order_by(Purchase.bought_on.desc(), Purchase.id.desc())
        .limit(MOST_PURCHASES)
    )
    unpaid = (
        select(Purchase.id)
        .where(Purchase.client_id == client_id, Purchase.debt > 0)
        .order_by(Purchase.due_on.is_(None), Purchase.due_on, Purchase.id)
        .limit(MOST_ROWS)
    )
    return (
        select(Purchase, Product.name)
        .outerjoin(Product, Product.id == Purchase.product_id)
        .where(
            Purchase.client_id == client_id,  # PostgreSQL finds no index in the alternatives
            or_(
                Purchase.id.in_(select(newest.subquery().c.id)),
                Purchase.id.in_(select(unpaid.subquery().c.id)),
            ),
        )
    )


def purchases_of(session: Session, client_id: int, today: date) -> Ledger:
    """Return the newest purchases and the unpaid ones."""
    rows = session.execute(_purchases_statement(), {"client": client_id})
    lines = [
        PurchaseLine(
            purchase=purchase,
            product=product or "",
            is_overdue=(
                purchase.debt > 0 and purchase.due_on is not None and purchase.due_on < today
            ),
        )
        for purchase, product in rows
    ]
    by_day = sorted(lines, key=lambda line: (line.purchase.bought_on, line.purchase.id))
    return Ledger(
        newest=by_day[::-1][:MOST_PURCHASES],
        unpaid=sorted(
            (line for line in lines if line.purchase.debt > 0),
            key=lambda line: (line.purchase.due_on or date.max, line.purchase.id),
        ),
    )


def months_of(
    session: Session, client: Client, currency: str, today: date
) -> Sequence[tuple[date, Decimal]]:  # fmt: skip
    """Return what was bought in each of the last 24 months, this one included, in one currency.

    Args:
        currency: code; of purchases without one it is that of the client's account.
        today: the reader's day.
    """
    first = _month(today, 1 - MONTHS)
    mine = Purchase.amount_currency == currency
    if currency == (client.currency or ""):
        mine = or_(mine, Purchase.amount_currency.is_(None))
    rows = session.execute(
        select(
            extract("year", Purchase.bought_on), extract("month", Purchase.bought_on),
            func.sum(Purchase.amount, type_=Exact(18, 2)),
        )
        .where(Purchase.client_id == client.id, Purchase.bought_on >= first, mine)
        .group_by(extract("year", Purchase.bought_on), extract("month", Purchase.bought_on))
    )  # fmt: skip
    found = {date(int(year), int(month), 1): amount for year, month, amount in rows}
    return [(day, found.get(day, Decimal(0))) for day in (_month(first, n) for n in range(MONTHS))]


def _month(day: date, further: int) -> date:
    """Return the first day of a month so many months further."""
    months = day.year * 12 + day.month - 1 + further
    return date(months // 12, months % 12 + 1, 1)


def contracts_of(session: Session, client_id: int, today: date) -> list[ContractLine]:
    found: list[ContractLine] = []
    for contract in session.scalars(
        select(Contract)
        .where(Contract.client_id == client_id)
        .order_by(
            Contract.closed_on.is_not(None), Contract.ends_on.is_(None), Contract.ends_on,
            Contract.id,
        )
        .limit(MOST_ROWS)
    ):  # fmt: skip
        days = (contract.ends_on - today).days if contract.ends_on else None
        found.append(ContractLine(contract=contract, end=end_of(contract, today), days=days))
    return found


def end_of(contract: Contract, today: date) -> End:
    """Say how near the end of a contract is; one that is closed or renews itself never presses."""
    if contract.closed_on is not None or contract.ends_on is None or contract.renews_itself:
        return "none"
    days = (contract.ends_on - today).days
    return "overdue" if days < 0 else "soon" if days <= SOON_DAYS else "later"
