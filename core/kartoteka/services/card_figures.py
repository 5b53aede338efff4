"""Count what the history of a client holds by kind, and sum what it bought and owes, together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from kartoteka.fields.types import Exact
from kartoteka.models import Activity, Client, Contract, Purchase, StageChange, Task

MONEY = Exact(18, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrencyTotal:
    """What a client bought and owes in one currency."""

    currency: str
    count: int
    amount: Decimal
    debt: Decimal
    overdue: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The numbers of a card.

    Args:
        kinds: how many entries of each kind the timeline has; kinds without entries are left out.
        totals: what was bought and is owed, the currency of the account first.
    """

    kinds: Mapping[str, int] = field(default_factory=dict[str, int])
    totals: Sequence[CurrencyTotal] = ()


def figures_of(
    session: Session, client: Client, without: Collection[str], today: date
) -> Figures:  # fmt: skip
    """Return the figures of a client: one statement for all of them.

    Args:
        session: its actor sees the client; rows out of sight are not counted.
        client: loaded in this session.
        without: entities the reader has no right to.
        today: the reader's day; debts due before it are overdue.
    """
    tables = tuple(code for code in _PARTS if code not in without)
    if not tables:
        return Figures()
    kinds: dict[str, int] = {}
    totals: dict[str, CurrencyTotal] = {}
    asked = {"client": client.id} | ({"today": today} if "purchase" in tables else {})
    rows: Any = session.execute(_statement(tables), asked)
    for kind, currency, entries, count, *sums in rows:
        if entries:
            kinds[kind] = kinds.get(kind, 0) + entries
        if kind == "purchase" and entries:
            code = currency or client.currency or ""
            totals[code] = _added(totals.get(code), code, count, sums)
    ordered = sorted(totals.values(), key=lambda one: (one.currency != client.currency, -one.count))
    return Figures(kinds=kinds, totals=ordered)


def _added(
    seen: CurrencyTotal | None, code: str, count: int, sums: Sequence[Decimal]
) -> CurrencyTotal:  # fmt: skip
    """Return a total with that of purchases without a currency of their own."""
    amount, debt, overdue = sums
    return CurrencyTotal(
        currency=code,
        count=count + (seen.count if seen else 0),
        amount=amount + (seen.amount if seen else 0),
        debt=debt + (seen.debt if seen else 0),
        overdue=overdue + (seen.overdue if seen else 0),
    )


@lru_cache(maxsize=64)
def _statement(tables: tuple[str, ...]) -> Any:
    return union_all(*(_PARTS[table]() for table in tables))


def _counted(model: Any, kind: Any, *conditions: Any) -> Any:
    none = (cast(null(), MONEY) for _ in range(3))
    return select(
        cast(kind, String).label("kind"), cast(null(), String).label("currency"),
        func.count(model.id).label("entries"), cast(null(), Integer).label("bought"),
        *none,
    ).where(model.client_id == bindparam("client", type_=Integer()), *conditions)  # fmt: skip


def _activities() -> Any:
    return _counted(Activity, Activity.kind).group_by(Activity.kind)


def _moves() -> Any:
    return _counted(StageChange, literal("stage"))


def _tasks() -> Any:
    return _counted(Task, literal("task"), Task.done_at.is_not(None))


def _contracts() -> Any:
    return _counted(Contract, literal("contract"), Contract.signed_on.is_not(None))


def _purchases() -> Any:
    late = case((Purchase.due_on < bindparam("today", type_=Purchase.due_on.type), Purchase.debt),
                else_=0)  # fmt: skip
    return (
        select(
            cast(literal("purchase"), String), Purchase.amount_currency,
            func.count(Purchase.id),
            func.count(case((Purchase.amount >= 0, Purchase.id))),  # a return is no purchase
            func.sum(Purchase.amount, type_=MONEY), func.sum(Purchase.debt, type_=MONEY),
            func.sum(late, type_=MONEY),
        )
        .where(Purchase.client_id == bindparam("client", type_=Integer()))
        .group_by(Purchase.amount_currency)
    )  # fmt: skip


_PARTS: Mapping[str, Callable[[], Any]] = {
    "activity": _activities, "stage_change": _moves, "purchase": _purchases, "task": _tasks,
    "contract": _contracts,
}  # fmt: skip

__all__ = ["CurrencyTotal", "Figures", "figures_of"]
