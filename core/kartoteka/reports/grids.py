"""Make a grid of numbers: its rows in order, a cell for each column, what each cell opens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kartoteka.criteria.tree import Tree, field_is
from kartoteka.fields.field import fields_of
from kartoteka.fields.kinds import Money
from kartoteka.hooks.contributions import Entity
from kartoteka.hooks.contributions.reports import (
    ALL,
    Column,
    Figure,
    Given,
    Grid,
    Rows,
    Share,
    Span,
)
from kartoteka.i18n import gettext
from kartoteka.reports import counting
from kartoteka.reports.ask import ReportAsk, falls
from kartoteka.reports.counting import Counted, Found
from kartoteka.reports.result import Block, Cell, CellKind, Drawing, Head, Line, Opens, opened
from kartoteka.services.records import labels_of_tables, visible_fields

#: More rows are left away, and said to be.
MOST_ROWS = 500
_SECONDS = Decimal(86_400)


def block_of(ask: ReportAsk, grid: Grid, may_list: Collection[str]) -> Block | None:
    """Return a grid as its reader sees it; None when all of its columns are hidden from them."""
    columns = _columns(ask, grid.columns, may_list)
    if not columns:
        return None
    figures = [one for one in columns if isinstance(one, Figure)]
    found = counting.count(ask, figures, grid.rows)
    given = {one.code: one.values(ask) for one in columns if isinstance(one, Given)}
    made = _Grid(ask, grid, columns, found, given)
    keys = made.keys()
    drawn = grid.chart and [code for code in grid.chart.of if any(c.code == code for c in columns)]
    return Block(
        title=str(grid.title),
        heads=[Head(code="row", title=str(grid.rows.title), kind="text"),
               *(head_of(ask, column) for column in columns)],
        lines=[made.line(key, label) for key, label in keys[:MOST_ROWS]],
        total=made.total() if grid.total and len(keys) > 1 else None,
        drawing=Drawing(kind=grid.chart.kind, of=drawn) if grid.chart and drawn else None,
        whole=len(keys) if len(keys) > MOST_ROWS else None,
    )  # fmt: skip


def head_of(ask: ReportAsk, column: Column) -> Head:
    """Return the head of a column."""
    kind: CellKind = "number"
    if isinstance(column, Share):
        kind = "percent"
    elif isinstance(column, Given):
        kind = "money" if column.money else "number"
    elif column.how == "last":
        kind = "day"
    elif column.unit:
        kind = column.unit
    elif column.how == "sum" and isinstance(_field(ask, column).kind, Money):
        kind = "money"
    return Head(code=column.code, title=str(column.title), kind=kind, hint=str(column.hint))


def cell_of(
    ask: ReportAsk, figure: Figure, found: Counted | None, trees: Sequence[Tree]
) -> Cell:  # fmt: skip
    """Return what was counted as a cell that opens the rows for which the conditions hold."""
    kind = head_of(ask, figure).kind
    if found is None or not found.count:
        return Cell(value=0 if kind == "number" else [] if kind == "money" else None)
    opens = opened(figure.entity, trees)
    if figure.how == "count":
        return Cell(value=found.count, opens=opens)
    if figure.how == "last":
        return Cell(value=found.last and found.last.isoformat(), opens=opens)
    if kind == "money":
        return Cell(value=[[code, str(found.sums[code])] for code in sorted(found.sums)],
                    opens=opens)  # fmt: skip
    whole = sum(found.sums.values(), Decimal(0))
    value = whole / found.filled if figure.how == "mean" and found.filled else whole
    if not found.filled:
        return Cell(value=None, opens=opens)
    if figure.unit == "days":
        return Cell(value=str((value / _SECONDS).quantize(Decimal("0.1"))), opens=opens)
    text = value.quantize(Decimal("0.1")) if figure.how == "mean" else value
    return Cell(value=str(text), opens=opens)


class _Grid:
    def __init__(
        self, ask: ReportAsk, grid: Grid, columns: Sequence[Column], found: Found,
        given: Mapping[str, Mapping[Any, Any]],
    ) -> None:  # fmt: skip
        self.ask, self.grid, self.columns = ask, grid, columns
        self.rows: Rows = grid.rows
        self.found, self.given = found, given

    def keys(self) -> list[tuple[Any, str]]:
        """Return the keys of all rows with what they are called, in order."""
        seen = {key for one in self.found.values() for key in one}
        seen |= {key for one in self.given.values() for key in one if key != ALL}
        if self.rows.spans:
            return [(place, span.title) for place, span in enumerate(self.rows.spans)]
        if not self.rows.table:
            titles = {code: str(title) for code, title in self.rows.codes}
            others = sorted(key for key in seen if key is not None and key not in titles)
            found = [*titles.items(), *((key, str(key)) for key in others)]
        else:
            found = self._records({key for key in seen if key is not None})
        return [*found, (None, gettext("not given"))] if None in seen else found

    def _records(self, seen: set[int]) -> list[tuple[Any, str]]:
        ask = self.ask
        entity = ask.registry.entity_of_table(self.rows.table)
        if self.rows.every and entity is not None:
            seen |= set(ask.session.scalars(select(entity.model.id).limit(MOST_ROWS)))
        names = labels_of_tables(ask.session, {self.rows.table: seen}).get(self.rows.table, {})
        hidden = gettext("hidden")
        found = [(key, names.get(key) or hidden) for key in seen]
        found.sort(key=lambda row: row[1].casefold())
        if order := next((c for c in self.columns if c.code == self.grid.order), None):
            found.sort(key=lambda row: self._size(order, row[0]), reverse=True)
        return found

    def _size(self, column: Column, key: Any) -> Decimal:
        if isinstance(column, Share):
            return self._share(column, key) or Decimal(-1)
        if isinstance(column, Given):
            value = self.given[column.code].get(key, 0)
            return sum(value.values(), Decimal(0)) if column.money and value else Decimal(value)
        found = self.found[column.code].get(key)
        if found is None:
            return Decimal(0)
        return sum(found.sums.values(), Decimal(0)) if column.of else Decimal(found.count)

    def line(self, key: Any, label: str) -> Line:
        """Return one row."""
        name = Cell(value=label, opens=self._record(key))
        tone = "soft" if key is None else ""
        spans: Sequence[Span] = self.rows.spans
        code = spans[key].first.isoformat() if spans and key is not None else key
        cells = [self._cell(column, key) for column in self.columns]
        return Line(code="" if code is None else str(code), cells=[name, *cells], tone=tone)

    def total(self) -> Line:
        """Return the last row: every record counts once in it."""
        for one in self.found.values():
            whole = Counted()
            for part in one.values():
                whole.add(part)
            one[ALL] = whole
        cells = [self._cell(column, ALL) for column in self.columns]
        return Line(code=ALL, cells=[Cell(value=gettext("In all")), *cells])

    def _cell(self, column: Column, key: Any) -> Cell:
        if isinstance(column, Share):
            share = self._share(column, key)
            return Cell(value=None if share is None else str(share))
        if isinstance(column, Given):
            return self._given(column, key)
        trees = counting.conditions(self.ask, column, self.rows)
        if key != ALL:
            row = self._row(column, key)
            whole = trees[-1] if self.rows.spans else None
            trees = [row if tree is whole else tree for tree in trees]
            trees = trees if self.rows.spans else [*trees, row]
        return cell_of(self.ask, column, self.found[column.code].get(key), trees)

    def _given(self, column: Given, key: Any) -> Cell:
        value = self.given[column.code].get(key)
        if not value:
            return Cell(value=[] if column.money else 0)
        tree = column.opens(self.ask, key)
        opens = None if tree is None else opened(column.entity, [tree])
        if not column.money:
            return Cell(value=int(value), opens=opens)
        return Cell(value=[[code, str(value[code])] for code in sorted(value)], opens=opens)

    def _share(self, column: Share, key: Any) -> Decimal | None:
        of, among = (self._number(code, key) for code in (column.of, column.among))
        return round(100 * of / among, 1) if among else None

    def _number(self, code: str, key: Any) -> Decimal:
        if code in self.given:
            return Decimal(self.given[code].get(key, 0))
        found = self.found[code].get(key)
        return Decimal(found.count if found is not None else 0)

    def _row(self, figure: Figure, key: Any) -> Tree:
        """Return the condition that a record counts in a row."""
        if self.rows.spans:
            span = self.rows.spans[key]
            return falls(self.ask.registry, figure.entity, figure.by, span.first, span.last)
        return field_is(figure.by, "empty") if key is None else field_is(figure.by, "eq", key)

    def _record(self, key: Any) -> Opens | None:
        """Return what the name of a row leads to."""
        entity = self.rows.table and self.ask.registry.entity_of_table(self.rows.table)
        return Opens(entity=entity.code, id=key) if entity and isinstance(key, int) else None


def _columns(
    ask: ReportAsk, columns: Sequence[Column], may_list: Collection[str]
) -> list[Column]:  # fmt: skip
    """Return the columns that exist for the reader."""
    kept: list[Column] = []
    for one in columns:
        if isinstance(one, Share):
            continue
        if one.entity not in may_list:
            continue
        if isinstance(one, Given):
            seen = visible_fields(ask.session, ask.registry.entities[one.entity])
            if all(name in seen for name in one.needs):
                kept.append(one)
        elif counting.exists_for(ask, one):
            kept.append(one)
    codes = {one.code for one in kept}
    return [
        one for one in columns
        if one in kept or (isinstance(one, Share) and {one.of, one.among} <= codes)
    ]  # fmt: skip


def _field(ask: ReportAsk, figure: Figure) -> Any:
    entity: Entity = ask.registry.entities[figure.entity]
    return fields_of(entity.model)[figure.of]


__all__ = ["MOST_ROWS", "block_of", "cell_of", "head_of"]
