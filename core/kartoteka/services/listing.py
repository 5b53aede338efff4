"""Fetch one page of a list: filters, search, order, and paging that never counts millions.

Pages follow each other by key: the next page begins after the last row of this one, so the
millionth row is as near as the first. Empty values stand last in every order. Totals are counted
up to a bound and said to be "more than" beyond it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import criteria
from kartoteka.services.choice_order import first_rows, is_indexed, place_of, ranks_of
from kartoteka.services.filtering import Filter, conditions_of
from kartoteka.services.list_search import is_searchable, search_condition
from kartoteka.services.page_keys import key_of, read_key
from kartoteka.services.records import visible_fields

MOST_COUNTED = 10_000
MOST_COUNTED_FILTERED = 1_000
PAGE_SIZES = (25, 50, 100)
MAX_PAGE_SIZE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What a person asks of a list.

    Args:
        filters: all must hold.
        criteria: must hold too; a whole tree of the criteria language.
        search: words for quick search.
        order: field name, `-` before it for descending; empty for the entity's own order.
        size: rows on a page, at most `MAX_PAGE_SIZE`.
        after, before: key of the row the page follows or precedes (`Page.next`, `Page.previous`).
        page: number of the page from 0, for programs; slower the deeper.
        last: the last page.
        where: further conditions of the calling screen.
        counted: False where nobody looks at the total; it is then the length of the page.
        glance: where hundreds fit the search, a page of any of them will do: suggestions.
    """

    filters: Sequence[Filter] = ()
    criteria: Tree | None = None
    search: str = ""
    order: str = ""
    size: int = PAGE_SIZES[0]
    after: str = ""
    before: str = ""
    page: int = 0
    last: bool = False
    where: Sequence[ColumnElement[bool]] = ()
    counted: bool = True
    glance: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of records. `total` is exact unless `is_capped`: then there are more."""

    records: Sequence[Any]
    total: int
    is_capped: bool
    order: str
    next: str = ""
    previous: str = ""


def fetch(session: Session, entity: Entity, query: Query) -> Page:
    """Return one page of the records the actor sees.

    At most four statements (five for a numbered page), whatever the size of the table; a search
    in rows of clients asks one more of each kind of record that names them.

    Raises:
        Invalid: a filter, order or size that does not fit, named.
    """
    fields = visible_fields(session, entity)
    order = order_of(entity, fields, query.order)
    column = order.column
    size = max(1, min(query.size, MAX_PAGE_SIZE))
    conditions = [*query.where, *conditions_of(session, entity, query.filters)]
    if query.criteria is not None:
        conditions.append(criteria.condition(session, entity, query.criteria))
    found_by_ids, wanted = False, None
    if query.search.strip():
        if not is_searchable(session, entity):
            raise Invalid({"search": gettext("This list can not be searched by words.")})
        wanted = search_condition(session, entity, query.search, query.glance)
        if wanted.nothing:
            return Page(records=(), total=0, is_capped=False, order=order.name)
        conditions.append(wanted.condition)
        found_by_ids = wanted.few
    narrowed = bool(query.filters or query.criteria or query.search.strip())
    walk = _Walk(session, entity, order, conditions, found_by_ids)
    backwards = bool(query.before) or query.last
    key = None
    if query.before or query.after:
        name = "before" if query.before else "after"
        key = read_key(query.before or query.after, column, name)
    offset = 0 if key or query.last else max(0, query.page) * size
    rows = walk.rows(key, size + 1, offset, backwards)
    if query.glance and len(rows) <= size and wanted is not None and wanted.partial:
        return fetch(session, entity, replace(query, glance=False))  # the reader sees few of them
    more = len(rows) > size
    rows = rows[:size]
    total, capped = len(rows), more
    if query.counted and (more or key or offset or query.last):
        total, capped = _count(session, entity, conditions, narrowed)
    if backwards:
        rows.reverse()
    has_previous = (more if backwards else bool(query.after) or offset > 0) and bool(rows)
    has_next = (bool(query.before) if backwards else more) and bool(rows)
    return Page(
        records=rows,
        total=total,
        is_capped=capped,
        order=order.name,
        next=key_of(rows[-1], column) if has_next else "",
        previous=key_of(rows[0], column) if has_previous else "",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """The order of a list.

    Args:
        name: as it was asked for, `-` before it for descending.
        column: what is compared.
        descending: the last first.
        nullable: there may be rows without a value; they stand last.
        ranks: codes of a choice in their order; codes that are not among them stand behind them.
    """

    name: str
    column: Any
    descending: bool
    nullable: bool = False
    ranks: tuple[str, ...] = ()


def order_of(entity: Entity, fields: Mapping[str, Field[Any]], wanted: str) -> Order:
    """Return the order of a list.

    Raises:
        Invalid: a list can not be sorted by this.
    """
    order = wanted or entity.order or "-id"
    name, descending = order.removeprefix("-"), order.startswith("-")
    if name == "id":
        return Order(name=order, column=entity.model.id, descending=descending)
    field = fields.get(name)
    if field is None or not (field.filterable or field.readonly):
        if not wanted:
            return Order(name="-id", column=entity.model.id, descending=True)
        raise Invalid(
            {"order": gettext("This list can not be sorted by %(name)r.", name=name[:60])}
        )
    return Order(
        name=order, column=field.order_column(), descending=descending, ranks=ranks_of(field),
        nullable=bool(field.column().property.columns[0].nullable),
    )  # fmt: skip


def _count(
    session: Session, entity: Entity, conditions: Sequence[ColumnElement[bool]], narrowed: bool
) -> tuple[int, bool]:
    most = MOST_COUNTED_FILTERED if narrowed else MOST_COUNTED
    rows = select(entity.model.id).where(*conditions).limit(most + 1).subquery()
    count = session.scalar(select(func.count()).select_from(rows)) or 0
    return min(count, most), count > most


#: The parts of a list: rows with a value, with a code that is not declared, without a value.
_FILLED, _STRAY, _EMPTY = "filled", "stray", "empty"


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walk rows in an order, values first, rows without a value last."""

    session: Session
    entity: Entity
    order: Order
    conditions: Sequence[ColumnElement[bool]]
    by_ids: bool

    def rows(
        self, key: tuple[Any, int] | None, size: int, offset: int, backwards: bool
    ) -> list[Any]:
        parts = [_FILLED]
        parts += [_STRAY] if self.order.ranks else []
        parts += [_EMPTY] if self.order.nullable else []
        if backwards:
            parts.reverse()
        if key is not None:
            parts = parts[parts.index(self._part_of(key[0])) :]
        found: list[Any] = []
        for part in parts:
            missing = size - len(found)
            if missing <= 0:
                break
            rows, offset = self._part(part, key, missing, offset, backwards)
            found.extend(rows)
            key = None  # it lies in the first part
        return found

    def _part_of(self, value: Any) -> str:
        if value is None and self.order.nullable:
            return _EMPTY
        return _STRAY if self.order.ranks and value not in self.order.ranks else _FILLED

    def _part(
        self, part: str, key: tuple[Any, int] | None, size: int, offset: int, backwards: bool
    ) -> tuple[list[Any], int]:
        model, column, ranks = self.entity.model, self.order.column, self.order.ranks
        down = self.order.descending != backwards
        if part == _FILLED and ranks and not (self.by_ids or offset) and is_indexed(column):
            first = first_rows(model, column, ranks, self.conditions, key, size, down)
            return list(self.session.scalars(first)), 0
        statement = select(model).where(*self.conditions)
        if self.order.nullable:
            statement = statement.where(column.is_(None) if part == _EMPTY else column.is_not(None))
        if part != _EMPTY and ranks:
            is_known = column.in_(ranks)
            statement = statement.where(is_known if part == _FILLED else ~is_known)
        by_id = part != _FILLED or column.key == "id"
        sorted_by = place_of(column, ranks) if ranks else column
        keyed = [model.id] if by_id else [sorted_by, model.id]
        if key is not None:
            value = ranks.index(key[0]) if ranks and not by_id else key[0]
            there = (key[1],) if by_id else (value, key[1])
            statement = statement.where(_beyond(keyed, Integer() if ranks else column.type, there,
                                                down))  # fmt: skip
        ordered = self._sorted(keyed)
        statement = statement.order_by(*(one.desc() if down else one for one in ordered))
        if offset:
            return self._far(statement, size, offset)
        return list(self.session.scalars(statement.limit(size))), 0

    def _sorted(self, keyed: list[Any]) -> list[Any]:
        """With few rows to sort, keep the database from walking the sort index."""
        if self.by_ids:
            return [func.coalesce(part, part) for part in keyed]
        return keyed

    def _far(self, statement: Select[Any], size: int, offset: int) -> tuple[list[Any], int]:
        """Skip rows by their keys alone, then fetch the page."""
        model = self.entity.model
        ids = list(
            self.session.scalars(statement.with_only_columns(model.id).offset(offset).limit(size))
        )
        if not ids:
            if not self.order.nullable and not self.order.ranks:
                return [], 0
            skipped = self.session.scalar(
                select(func.count()).select_from(
                    statement.with_only_columns(model.id).order_by(None).limit(offset).subquery()
                )
            )
            return [], max(0, offset - (skipped or 0))
        records = {r.id: r for r in self.session.scalars(select(model).where(model.id.in_(ids)))}
        return [records[number] for number in ids if number in records], 0


def _beyond(keyed: list[Any], kind: Any, key: tuple[Any, ...], down: bool) -> Any:
    if len(keyed) == 1:
        return keyed[0] < key[0] if down else keyed[0] > key[0]
    here = tuple_(*keyed)
    there = tuple_(literal(key[0], kind), literal(key[1], Integer()))
    return here < there if down else here > there
