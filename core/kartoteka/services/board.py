"""Show the deals of a pipeline by stage: exact totals of every column, its first cards.

Two to four statements, whatever the number of deals and stages. Deals stand in a column as they
want attention: by their next step, deferred ones by the day to come back on, closed ones the last
closed first; an order of the list takes the place of all three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, func, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from kartoteka.fields.field import Field
from kartoteka.fields.types import now
from kartoteka.hooks.contributions import Stage
from kartoteka.models import Deal
from kartoteka.services import selection as selections
from kartoteka.services.choice_order import is_indexed
from kartoteka.services.deals import StageView, stages_of
from kartoteka.services.listing import Order, Page, Query, fetch, order_of
from kartoteka.services.page_keys import key_of
from kartoteka.services.records import registry_of, visible_fields
from kartoteka.services.region_block import Amount
from kartoteka.services.selection import Selection

#: Cards of a column at first, and each time more are asked for.
CARDS, MORE_CARDS = 15, 30
#: Days for which closed deals stay on the board; 0: for ever.
CLOSED_DAYS = (30, 90, 365, 0)
#: So many deals are put in order here; of more the database takes the first of each column.
FEW = 2_000
_CLOSED = ("lost", "done")
#: Sums on SQLite are made in two parts, so that none outgrows its 64 bits.
_PART = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which deals a board shows.

    Args:
        selection: those of the list.
        closed_days: closed deals of so many days; 0: of all time.
    """

    pipeline: str
    selection: Selection = field(default_factory=Selection)
    closed_days: int = CLOSED_DAYS[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """How many deals a column has, and what they are worth in each currency."""

    count: int = 0
    sums: Sequence[Amount] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A stage with its deals; `more`: the key of the row that further ones follow."""

    view: StageView
    total: Total
    deals: Sequence[Deal] = ()
    more: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """The columns of a board. `elsewhere`: deals in stages that are hidden or gone."""

    columns: Sequence[Column]
    elsewhere: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Meant:
    """What the deals of a board have in common, part by part."""

    asked: Asked
    dialect: str
    lately: list[ColumnElement[bool]]
    chosen: list[ColumnElement[bool]]

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """All of it."""
        pipeline: Any = Deal.pipeline
        if self.lately and self.dialect == "sqlite":
            # By the index of pipelines it would read every deal that was ever closed.
            pipeline = func.coalesce(pipeline, "")
        return [pipeline == self.asked.pipeline, *self.lately, *self.chosen]


@dataclass(kw_only=True, slots=True)
class _Counted:
    """What the database counted of one stage; `filled`: rows with a value, by column."""

    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    filled: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def total(self) -> Total:
        """What people are told of it."""
        found = [Amount(currency=code, amount=sum_) for code, sum_ in sorted(self.sums.items())]
        return Total(count=self.count, sums=tuple(found))


def board(session: Session, asked: Asked) -> Board:
    """Return the board of a pipeline as the actor may see it.

    Raises:
        Rejected: no plugin has the pipeline.
        Invalid: a filter, criteria or an order that does not fit.
    """
    views = stages_of(session, asked.pipeline)
    meant = _meant(session, asked)
    orders = {view.stage.code: _order(session, asked, view.stage) for view in views}
    counted = _count(session, meant.conditions, list(orders.values()))
    whole = sum(one.count for one in counted.values())
    ids: list[int] = []
    if whole > FEW:
        ids = _first_of_many(session, meant, views, orders, counted)
    elif whole:
        ids = _first_of_few(session, meant.conditions, orders)
    found: dict[str, list[Deal]] = {}
    if ids:
        for deal in session.scalars(_sorted(select(Deal).where(Deal.id.in_(ids)), orders)):
            found.setdefault(deal.stage, []).append(deal)
    columns: list[Column] = []
    for view in views:
        order = orders[view.stage.code]
        mine = found.get(view.stage.code, ())
        rows = [(getattr(one, order.column.key), one.id, one) for one in mine]
        deals = _arranged(rows, order, is_sorted=_common(orders) is not None)
        total = counted.get(view.stage.code, _Counted()).total
        key = key_of(deals[CARDS - 1], order.column) if len(deals) > CARDS else ""
        columns.append(Column(view=view, total=total, deals=deals[:CARDS], more=key))
    elsewhere = sum(one.count for code, one in counted.items() if code not in orders)
    return Board(columns=columns, elsewhere=elsewhere)


def totals(session: Session, asked: Asked, stages: Sequence[str]) -> dict[str, Total]:
    """Return the totals of some columns: one statement."""
    conditions = [*_meant(session, asked).conditions, Deal.stage.in_(stages)]
    counted = _count(session, conditions, ())
    return {code: counted.get(code, _Counted()).total for code in stages}


def more(session: Session, asked: Asked, stage: Stage, after: str) -> Page:
    """Return further deals of a column: those behind a key.

    Raises:
        Invalid: the key is damaged, or of another order.
    """
    order = _order(session, asked, stage)
    chosen = asked.selection
    query = Query(
        filters=chosen.filters, criteria=chosen.criteria, search=chosen.search, order=order.name,
        size=MORE_CARDS, after=after, counted=False,
        where=[Deal.pipeline == asked.pipeline, Deal.stage == stage.code, *_lately(asked)],
    )  # fmt: skip
    return fetch(session, registry_of(session).entity("deal"), query)


def holds(session: Session, asked: Asked, deal_id: int) -> bool:
    """Say whether a deal is on the board: one statement."""
    wanted = select(Deal.id).where(Deal.id == deal_id, *_meant(session, asked).conditions)
    return session.scalar(wanted) is not None


def _meant(session: Session, asked: Asked) -> _Meant:
    entity = registry_of(session).entity("deal")
    chosen = selections.conditions(session, entity, asked.selection)
    dialect = session.get_bind().dialect.name
    return _Meant(asked=asked, dialect=dialect, lately=_lately(asked), chosen=chosen)


def _lately(asked: Asked) -> list[ColumnElement[bool]]:
    """Leave out what was closed long ago."""
    if not asked.closed_days:
        return []
    return [or_(Deal.closed_at.is_(None), Deal.closed_at >= _since(asked))]


def _since(asked: Asked) -> datetime:
    return now() - timedelta(days=asked.closed_days)


def _order(session: Session, asked: Asked, stage: Stage) -> Order:
    """Return the order of a column: that of the list, else by what a stage is for."""
    entity = registry_of(session).entity("deal")
    fields = visible_fields(session, entity)
    if asked.selection.order:
        order = order_of(entity, fields, asked.selection.order)
        if not order.ranks:  # deals of one column have one stage; other choices tell little
            return order
    natural = "-closed_at" if stage.kind in _CLOSED else "next_step_on"
    natural = "recheck_on" if stage.kind == "deferred" else natural
    return order_of(entity, fields, natural if natural.lstrip("-") in fields else "-id")


def _count(
    session: Session, conditions: Sequence[ColumnElement[bool]], orders: Sequence[Order]
) -> dict[str, _Counted]:
    """Count and add up everything by stage: one statement."""
    fields = visible_fields(session, registry_of(session).entity("deal"))
    sums = _sums(session, fields)
    keys = list(dict.fromkeys(order.column.key for order in orders))
    currency = [Deal.amount_currency] if sums else []
    statement = select(
        Deal.stage, func.count(), *(func.count(getattr(Deal, key)) for key in keys), *sums,
        *currency,
    ).where(*conditions).group_by(Deal.stage, *currency)  # fmt: skip
    found: dict[str, _Counted] = {}
    rows: Any = session.execute(statement)
    for row in rows:
        stage, count, *rest = row
        mine = found.setdefault(stage, _Counted())
        mine.count += count
        for key, filled in zip(keys, rest, strict=False):
            mine.filled[key] = mine.filled.get(key, 0) + filled
        if sums and rest[len(keys)] is not None:
            amount = _sum_of(session, rest[len(keys)], rest[len(keys) + 1])
            code = rest[-1] or ""
            mine.sums[code] = mine.sums.get(code, Decimal(0)) + amount
    return found


def _sums(session: Session, fields: Mapping[str, Field[Any]]) -> list[ColumnElement[Any]]:
    """Return two columns that make the sum; none where amounts are hidden from the reader."""
    if "amount" not in fields:
        return []
    if session.get_bind().dialect.name != "sqlite":
        return [func.sum(type_coerce(Deal.amount, Numeric())), func.count(Deal.amount)]
    units = type_coerce(Deal.amount, BigInteger())
    return [func.sum(units.op("/")(_PART)), func.sum(units.op("%")(_PART))]


def _sum_of(session: Session, first: Any, second: Any) -> Decimal:
    if session.get_bind().dialect.name != "sqlite":
        return Decimal(first)
    exact: Any = Deal.__table__.c.amount.type
    return Decimal(int(first) * _PART + int(second)).scaleb(-exact.scale)


def _common(orders: Mapping[str, Order]) -> Order | None:
    """Return the order that all columns share, if they do."""
    found = {(order.column.key, order.descending): order for order in orders.values()}
    return next(iter(found.values())) if len(found) == 1 else None


def _sorted(statement: Any, orders: Mapping[str, Order]) -> Any:
    """Let the database sort what it compares in its own way: texts."""
    order = _common(orders)
    if order is None:
        return statement
    keyed = (order.column, Deal.id)
    return statement.order_by(*(one.desc() if order.descending else one for one in keyed))


def _arranged(rows: Sequence[tuple[Any, int, Any]], order: Order, *, is_sorted: bool) -> list[Any]:
    """Return what stands third in rows of value, id and something, in an order; no value: last."""
    filled = [row for row in rows if row[0] is not None]
    empty = [row for row in rows if row[0] is None]
    if not is_sorted:
        filled.sort(key=lambda row: row[:2], reverse=order.descending)
    empty.sort(key=lambda row: row[1], reverse=order.descending)
    return [row[2] for row in (*filled, *empty)]


def _first_of_few(
    session: Session, conditions: Sequence[ColumnElement[bool]], orders: Mapping[str, Order]
) -> list[int]:
    """Return the ids of the first cards of every column, from all of a small board."""
    keys = list(dict.fromkeys(order.column.key for order in orders.values()))
    columns = [getattr(Deal, key) for key in keys]
    rows: Any = session.execute(
        _sorted(select(Deal.id, Deal.stage, *columns).where(*conditions), orders)
    ).all()
    found: list[int] = []
    for stage, order in orders.items():
        at = 2 + keys.index(order.column.key)
        mine = [(row[at], row[0], row[0]) for row in rows if row[1] == stage]
        found += _arranged(mine, order, is_sorted=_common(orders) is not None)[: CARDS + 1]
    return found


def _first_of_many(
    session: Session, meant: _Meant, views: Sequence[StageView], orders: Mapping[str, Order],
    counted: Mapping[str, _Counted],
) -> list[int]:  # fmt: skip
    """Return the ids of the first cards of every column: one statement of a part for each."""
    parts: list[Any] = []
    for view in views:
        stage, order = view.stage, orders[view.stage.code]
        mine = counted.get(stage.code, _Counted())
        filled = mine.filled.get(order.column.key, 0)
        if filled:
            parts.append(_part(meant, stage, order, filled))
        if mine.count > filled and filled <= CARDS:
            parts.append(_part(meant, stage, order, 0))
    return list(session.scalars(union_all(*parts))) if parts else []


def _part(meant: _Meant, stage: Stage, order: Order, filled: int) -> Any:
    """Return a statement for the first deals of one column.

    Args:
        filled: deals that have a value to be sorted by; 0: take those that have none.
    """
    column, asked = order.column, meant.asked
    is_last_closed = bool(filled) and column.key == "closed_at" and asked.closed_days > 0
    rest = [*meant.chosen]
    if is_last_closed:
        rest.append(column >= _since(asked))
    elif stage.kind in _CLOSED:
        rest += meant.lately  # no other deal is closed: it would only mislead SQLite
    if column.key != "id":
        rest.append(column.is_not(None) if filled else column.is_(None))
    pipeline: Any = Deal.pipeline
    here: Any = Deal.stage
    walks = is_last_closed or (filled > FEW and column.key != "id" and is_indexed(column))
    if walks and meant.dialect == "sqlite":
        # It would read the whole stage by its index and sort; along the order it is found at once.
        pipeline, here = func.coalesce(pipeline, ""), func.coalesce(here, "")
    statement = select(Deal.id).where(pipeline == asked.pipeline, here == stage.code, *rest)
    keyed = [column, Deal.id] if filled and column.key != "id" else [Deal.id]
    down = order.descending
    ordered = statement.order_by(*(one.desc() if down else one for one in keyed))
    return select(ordered.limit(CARDS + 1).subquery().c.id)


__all__ = ["CARDS", "CLOSED_DAYS", "Asked", "Board", "Column", "Total", "board", "holds", "more",
           "totals"]  # fmt: skip
