"""Count what the figures of a report declare: one statement for those that belong together.

The condition of a number is made of the very conditions of the list it opens, compiled by the
same code. So the list has as many rows as the number says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, false, func, literal, select
from sqlalchemy.orm import outerjoin

from kartoteka.criteria import binding, sql
from kartoteka.criteria.binding import Broken
from kartoteka.criteria.tree import Tree
from kartoteka.fields.field import fields_of
from kartoteka.fields.kinds import Day, Money
from kartoteka.hooks.contributions import Entity
from kartoteka.hooks.contributions.reports import Figure, Rows
from kartoteka.models.client import Client
from kartoteka.reports.ask import ReportAsk, falls
from kartoteka.services.records import visible_fields


@dataclass(kw_only=True, slots=True)
class Counted:
    """What was found for one figure in one row."""

    count: int = 0
    #: How many of them have a value, and the sum of the values by currency.
    filled: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    last: date | None = None

    def add(self, other: Counted) -> None:
        """Take in what was found for a further part."""
        self.count += other.count
        self.filled += other.filled
        for currency, amount in other.sums.items():
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + amount
        if other.last is not None:
            self.last = max(other.last, self.last or other.last)


Found = dict[str, dict[Any, Counted]]


def exists_for(ask: ReportAsk, figure: Figure) -> bool:
    """Say whether the reader may see all that a figure is made of: nothing of it is hidden."""
    entity = ask.registry.entities.get(figure.entity)
    if entity is None:
        return False
    seen = visible_fields(ask.session, entity)
    if any(name and name not in seen for name in (figure.by, figure.of)):
        return False
    return is_whole(ask, entity, figure.where)


def is_whole(ask: ReportAsk, entity: Entity, trees: Sequence[Tree]) -> bool:
    """Say whether conditions hold nothing that is hidden from the reader."""
    bound = (binding.bind(tree, entity, ask.reader) for tree in trees)
    return not any(isinstance(leaf, Broken) for one in bound for leaf in binding.leaves(one))


def count(ask: ReportAsk, figures: Sequence[Figure], rows: Rows | None = None) -> Found:
    """Return what was counted by code of the figure and key of the row; None: without a key.

    Rows that are spans have their place for a key.
    """
    together: dict[Any, list[Figure]] = {}
    everything = {(one.entity, one.by) for one in figures if not one.where and not one.narrow}
    for one in figures:
        first: Any = None
        if (one.entity, one.by) not in everything and not (rows and rows.spans):
            first = one.narrow or one.where[0]
        together.setdefault((one.entity, one.by, first), []).append(one)
    found: Found = {one.code: {} for one in figures}
    for some in together.values():
        for code, key, part in _counted(ask, some, rows):
            found[code].setdefault(key, Counted()).add(part)
        ask.tell()
    return found


def conditions(ask: ReportAsk, figure: Figure, rows: Rows | None) -> list[Tree]:
    """Return all conditions of a figure over all rows: what its last row counts."""
    if rows is None or not rows.spans:
        return list(figure.where)
    first, last = rows.spans[0].first, rows.spans[-1].last
    whole = falls(ask.registry, figure.entity, figure.by, first, last)
    return [*(one for one in figure.where if one != whole), whole]


def _counted(
    ask: ReportAsk, figures: Sequence[Figure], rows: Rows | None
) -> Iterable[tuple[str, Any, Counted]]:
    entity = ask.registry.entities[figures[0].entity]
    wanted = [conditions(ask, one, rows) for one in figures]
    common = [tree for tree in wanted[0] if all(tree in others for others in wanted)]
    measures: list[Any] = []
    for figure, trees in zip(figures, wanted, strict=True):
        rest = [
            sql.compiled(tree, entity, ask.reader) for tree in trees if tree not in common
        ]  # fmt: skip
        measures += [one.filter(and_(*rest)) if rest else one for one in _measures(entity, figure)]
    where = where_of(ask, entity, common, figures[0].narrow)
    # Grouped by their labels: to PostgreSQL an expression with values is never the same again.
    heads = [] if rows is None else [_key(ask, entity, figures[0], rows).label("report_key")]
    money = _currency(entity, figures)
    lasts = [how == "last" and place == 1 for how in (one.how for one in figures)
             for place in range(_WIDTHS[how])]  # fmt: skip
    for source, narrowing, account in _sources(entity, money):
        keys = heads if account is None else [*heads, account.label("report_currency")]
        along, wanted_rows = figures[0].along, where
        if source is not entity.model and ask.reader.dialect == "sqlite":
            along, wanted_rows = entity.model.client_id, apart(ask, where)
        statement = select(*keys, *measures).select_from(source).where(*wanted_rows, *narrowing)
        names = [key.name for key in keys]
        if along is None:
            statement = statement.group_by(*names)
        else:
            statement = _in_order_of(statement, along, names, lasts)
        for row in ask.session.execute(statement):
            key = row[0] if heads else None
            currency = row[len(keys) - 1] if account is not None else ""
            yield from _read(figures, key, currency or "", row[len(keys) :])


def _in_order_of(
    statement: Select[*tuple[Any, ...]], along: Any, names: Sequence[str], lasts: Sequence[bool]
) -> Select[Any]:
    """Return a statement that walks an index: rows are put together as it has them, then again."""
    first = statement.add_columns(along.label("report_along"))
    parts = first.group_by("report_along", *names).subquery("parts")
    columns = list(parts.c)
    measures = columns[len(names) : -1]
    again = [func.max(one) if is_last else func.sum(one)
             for one, is_last in zip(measures, lasts, strict=True)]  # fmt: skip
    keys = columns[: len(names)]
    return select(*keys, *again).group_by(*keys)


def where_of(
    ask: ReportAsk, entity: Entity, trees: Sequence[Tree], narrow: Sequence[Any]
) -> list[Any]:
    """Return conditions as SQL; with something that narrows, the database is led to its index."""
    found = [sql.compiled(tree, entity, ask.reader) for tree in trees]
    return [*apart(ask, found), *narrow] if narrow else found


def apart(ask: ReportAsk, found: Sequence[Any]) -> list[Any]:
    """Return conditions by which no index is chosen; PostgreSQL knows by itself how few rows fit.

    SQLite would take an index of them and then read the rows of a whole ledger one by one.
    """
    if ask.reader.dialect != "sqlite":
        return list(found)
    return [func.coalesce(one, false()) for one in found]


def _read(
    figures: Sequence[Figure], key: Any, currency: str, row: Sequence[Any]
) -> Iterable[tuple[str, Any, Counted]]:
    place = 0
    for figure in figures:
        number, *more = row[place : place + _WIDTHS[figure.how]]
        place += _WIDTHS[figure.how]
        if not number:
            continue
        found = Counted(count=int(number))
        if figure.how == "last":
            found.last = more[0]
        elif more and more[0]:
            found.filled, found.sums = int(more[0]), {currency: Decimal(more[1])}
        yield figure.code, key, found


def _measures(entity: Entity, figure: Figure) -> list[Any]:
    """Return the aggregates of a figure: how many, then how many have a value and their sum."""
    if figure.how == "count":
        return [func.count()]
    column: Any = getattr(entity.model, figure.of)
    if figure.how == "last":
        return [func.count(), func.max(column)]
    return [func.count(), func.count(column), func.sum(column)]


#: How many aggregates a figure has.
_WIDTHS = {"count": 1, "sum": 3, "mean": 3, "last": 2}


def _key(ask: ReportAsk, entity: Entity, figure: Figure, rows: Rows) -> Any:
    """Return what rows are grouped by: a column, or the place of the span a day falls into."""
    column: Any = getattr(entity.model, figure.by)
    if not rows.spans:
        return column
    is_day = isinstance(fields_of(entity.model)[figure.by].kind, Day)
    ends = [span.last + timedelta(days=1) for span in rows.spans]
    return case(
        *((column < (end if is_day else ask.reader.start(end)), place)
          for place, end in enumerate(ends))
    )  # fmt: skip


def _currency(entity: Entity, figures: Sequence[Figure]) -> Any:
    """Return the column that holds the currency of what is summed; None for plain numbers."""
    fields = fields_of(entity.model)
    for figure in figures:
        kind = fields[figure.of].kind if figure.how == "sum" else None
        if isinstance(kind, Money):
            return getattr(entity.model, kind.currency_column(figure.of))
    return None


def _sources(entity: Entity, currency: Any) -> list[tuple[Any, list[Any], Any]]:
    """Return what is read, what narrows it, and the currency of its amounts.

    An amount that does not say its currency is in that of the client's account. Those are asked
    apart, so that all others are found along an index.
    """
    model: Any = entity.model
    if currency is None:
        return [(model, [], None)]
    said = (model, [currency.is_not(None)], currency)
    if not hasattr(model, "client_id"):
        return [said, (model, [currency.is_(None)], literal(""))]
    of_client = outerjoin(model, Client, Client.id == model.client_id)
    return [said, (of_client, [currency.is_(None)], func.coalesce(Client.currency, ""))]


__all__ = ["Counted", "Found", "conditions", "count", "exists_for", "is_whole", "where_of"]
