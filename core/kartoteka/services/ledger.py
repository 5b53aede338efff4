"""Sum purchases by currency: the whole ledger in the order of one covering index.

A sort of millions of purchases takes longer than all else a report does. So they are grouped in
the order an index has them in, which is by client or by product, and only what comes out is joined
and grouped again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, literal_column, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from kartoteka.models.client import Client
from kartoteka.models.money import Purchase

#: Debts are found by an index of open ones; PostgreSQL and SQLite know it by this very condition.
OWED: ColumnElement[bool] = Purchase.debt > literal_column("0")


def ledger(
    key: InstrumentedAttribute[Any], *sums: Any, where: tuple[ColumnElement[bool], ...] = ()
) -> Subquery:
    """Return purchases summed by a key and a currency, to be summed again by whoever asks.

    A purchase that does not say its currency is in that of its client's account. There are next
    to none, and an index of their own finds them.

    Args:
        key: `Purchase.product_id`, `Purchase.client_id` or `Purchase.due_on`: what an index begins
            with; the column `key`.
        sums: labelled aggregates of purchases.
        where: which purchases; a window of dates is better a FILTER of the sums, or the database
            leaves the covering index for one of dates.
    """
    said = (
        select(key.label("key"), Purchase.amount_currency.label("currency"), *sums)
        .where(Purchase.amount_currency.is_not(None), *where)
        .group_by(key, Purchase.amount_currency)
    )
    account = func.coalesce(Client.currency, "")
    unsaid = (
        select(key, account, *sums)
        .join(Client, Client.id == Purchase.client_id)
        .where(Purchase.amount_currency.is_(None), *where)
        .group_by(Purchase.client_id, key, account)  # in the order of that index
    )
    return union_all(said, unsaid).subquery("ledger")


__all__ = ["OWED", "ledger"]
