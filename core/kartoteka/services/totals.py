"""Totals of clients: kept in the transaction of the fact, recomputed set-wise, and proved equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    exists,
    func,
    literal,
    select,
    update,
)

from kartoteka.db.among import among
from kartoteka.fields.types import Exact
from kartoteka.models.client import Client
from kartoteka.models.money import Purchase
from kartoteka.models.work import Activity

_CLIENT: Table = Client.__table__  # pyright: ignore[reportAssignmentType]
_PURCHASE: Table = Purchase.__table__  # pyright: ignore[reportAssignmentType]
_ACTIVITY: Table = Activity.__table__  # pyright: ignore[reportAssignmentType]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A client whose kept total is not what its ledger says."""

    client_id: int
    column: str
    kept: Any
    ledger: Any


def refresh_purchases(connection: Connection, client_ids: Iterable[int] | None = None) -> None:
    """Write purchase totals of some clients (None: of all) from the ledger of purchases.

    Sums are of purchases in the currency of the client's account, returns taken off. Count and
    dates are of what was bought, in any currency: a return is no purchase.
    """
    if client_ids is None:
        _write_all(connection)
        return
    concerned = among(_CLIENT.c.id, client_ids, connection.dialect.name)
    connection.execute(update(_CLIENT).where(concerned).values(**_correlated()))


def refresh_contacts(
    connection: Connection, client_ids: Iterable[int] | None, kinds: Sequence[str] | None
) -> None:
    """Write the moment of the last contact of some clients (None: of all).

    Args:
        kinds: kinds of activity that are contacts with the client; None for all kinds.
    """
    last = select(func.max(_ACTIVITY.c.happened_at)).where(_ACTIVITY.c.client_id == _CLIENT.c.id)
    if kinds is not None:
        last = last.where(_ACTIVITY.c.kind.in_(kinds))
    statement = update(_CLIENT).values(last_contact_at=last.scalar_subquery())
    if client_ids is not None:
        statement = statement.where(among(_CLIENT.c.id, client_ids, connection.dialect.name))
    connection.execute(statement)


def check(connection: Connection, most: int = 100) -> list[Difference]:
    """Return clients whose totals differ from their ledger; an empty list proves them equal."""
    ledger = _ledger().subquery()
    columns = ["purchase_count", "first_purchase_on", "last_purchase_on", "purchase_total",
               "debt_total"]  # fmt: skip
    truth = {
        name: _or_zero(ledger.c[name]) if name in _ZERO else ledger.c[name] for name in columns
    }
    differs = [_CLIENT.c[name].is_distinct_from(truth[name]) for name in columns]
    rows = connection.execute(
        select(_CLIENT.c.id, *(_CLIENT.c[n] for n in columns), *(truth[n] for n in columns))
        .select_from(_CLIENT.outerjoin(ledger, ledger.c.client_id == _CLIENT.c.id))
        .where(_any(differs))
        .limit(most)
    ).all()
    found: list[Difference] = []
    for row in rows:
        kept, said = row[1 : 1 + len(columns)], row[1 + len(columns) :]
        for name, mine, theirs in zip(columns, kept, said, strict=True):
            if mine != theirs:
                found.append(Difference(client_id=row[0], column=name, kept=mine, ledger=theirs))
    return found


_ZERO = {"purchase_count", "purchase_total", "debt_total"}


def _any(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    result: ColumnElement[bool] = conditions[0]
    for condition in conditions[1:]:
        result = result | condition
    return result


def _or_zero(value: Any) -> Any:
    return func.coalesce(value, literal(0, value.type), type_=value.type)


def _is_bought() -> ColumnElement[bool]:
    """A return, below zero, is no purchase: whoever sent everything back still bought once."""
    return _PURCHASE.c.amount >= literal(0, Exact(18, 2))


def _own_currency() -> ColumnElement[bool]:
    return and_(
        _PURCHASE.c.client_id == _CLIENT.c.id,
        func.coalesce(_PURCHASE.c.amount_currency, _CLIENT.c.currency) == _CLIENT.c.currency,
    )


def _correlated() -> dict[str, Any]:
    mine = and_(_PURCHASE.c.client_id == _CLIENT.c.id, _is_bought())
    money = Exact(18, 2)
    zero = literal(0, money)
    return {
        "purchase_count": select(func.count()).where(mine).scalar_subquery(),
        "first_purchase_on": select(func.min(_PURCHASE.c.bought_on)).where(mine).scalar_subquery(),
        "last_purchase_on": select(func.max(_PURCHASE.c.bought_on)).where(mine).scalar_subquery(),
        "purchase_total": select(func.coalesce(func.sum(_PURCHASE.c.amount), zero, type_=money))
        .where(_own_currency())
        .scalar_subquery(),
        "debt_total": select(func.coalesce(func.sum(_PURCHASE.c.debt), zero, type_=money))
        .where(_own_currency())
        .scalar_subquery(),
    }


def _ledger() -> Any:
    """Return one row per client that bought: the totals as its purchases say."""
    other = _CLIENT.alias("account")
    money = Exact(18, 2)
    own = func.coalesce(_PURCHASE.c.amount_currency, other.c.currency) == other.c.currency
    zero = literal(0, money)
    bought = case((_is_bought(), _PURCHASE.c.bought_on))

    def total(column: Any) -> Any:
        return func.sum(case((own, column), else_=zero), type_=money)

    return (
        select(
            _PURCHASE.c.client_id,
            func.count(bought).label("purchase_count"),
            func.min(bought).label("first_purchase_on"),
            func.max(bought).label("last_purchase_on"),
            total(_PURCHASE.c.amount).label("purchase_total"),
            total(_PURCHASE.c.debt).label("debt_total"),
        )
        .select_from(_PURCHASE.join(other, other.c.id == _PURCHASE.c.client_id))
        .group_by(_PURCHASE.c.client_id)
    )


def _has_totals() -> ColumnElement[bool]:
    # Returns alone make a sum without a count.
    return (_CLIENT.c.purchase_count != 0) | (_CLIENT.c.purchase_total != literal(0, Exact(18, 2)))


def _write_all(connection: Connection) -> None:
    """Two statements: clear those who have no purchases, set the others from one grouping."""
    ledger = _ledger().subquery()
    # Not by NOT IN: PostgreSQL reads the whole ledger anew for each client once it is long.
    bought = exists().where(_PURCHASE.c.client_id == _CLIENT.c.id)
    connection.execute(
        update(_CLIENT)
        .where(_has_totals(), ~bought)
        .values(
            purchase_count=0, purchase_total=0, debt_total=0,
            first_purchase_on=None, last_purchase_on=None,
        )
    )  # fmt: skip
    connection.execute(
        update(_CLIENT)
        .where(_CLIENT.c.id == ledger.c.client_id)
        .values({name: ledger.c[name] for name in _ledger().selected_columns.keys()  # noqa: SIM118
                 if name != "client_id"})
    )  # fmt: skip
