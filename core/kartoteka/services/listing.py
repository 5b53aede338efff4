"""Fetch one page of a list: filters, search, order, and paging that never counts millions.

Pages follow each other by key: the next page begins after the last row of this one, so the
millionth row is as near as the first. Empty values stand last in every order. Totals are counted
up to a bound and said to be "more than" beyond it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from kartoteka.criteria.tree import Tree
from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.text import unkeepable
from kartoteka.fields.types import CodeSet
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.services import criteria
from kartoteka.services.filtering import Filter, conditions_of
from kartoteka.services.list_search import is_searchable, search_condition
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
    order, column, descending, nullable = order_of(entity, fields, query.order)
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
            return Page(records=(), total=0, is_capped=False, order=order)
        conditions.append(wanted.condition)
        found_by_ids = wanted.few
    narrowed = bool(query.filters or query.criteria or query.search.strip())
    walk = _Walk(session, entity, column, descending, conditions, found_by_ids, nullable)
    backwards = bool(query.before) or query.last
    key = None
    if query.before or query.after:
        name = "before" if query.before else "after"
        key = _read_key(query.before or query.after, column, name)
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
        order=order,
        next=_key_of(rows[-1], column) if has_next else "",
        previous=_key_of(rows[0], column) if has_previous else "",
    )


def order_of(
    entity: Entity, fields: Mapping[str, Field[Any]], wanted: str
) -> tuple[str, Any, bool, bool]:
    """Return the order, its column, whether it descends, whether values may be missing.

    Raises:
        Invalid: a list can not be sorted by this.
    """
    order = wanted or entity.order or "-id"
    name, descending = order.removeprefix("-"), order.startswith("-")
    if name == "id":
        return order, entity.model.id, descending, False
    field = fields.get(name)
    if field is None or not (field.filterable or field.readonly):
        if not wanted:
            return "-id", entity.model.id, True, False
        raise Invalid(
            {"order": gettext("This list can not be sorted by %(name)r.", name=name[:60])}
        )
    column = field.order_column()
    nullable = bool(field.column().property.columns[0].nullable)
    return order, column, descending, nullable


def _count(
    session: Session, entity: Entity, conditions: Sequence[ColumnElement[bool]], narrowed: bool
) -> tuple[int, bool]:
    most = MOST_COUNTED_FILTERED if narrowed else MOST_COUNTED
    rows = select(entity.model.id).where(*conditions).limit(most + 1).subquery()
    count = session.scalar(select(func.count()).select_from(rows)) or 0
    return min(count, most), count > most


@dataclass(frozen=True, slots=True)
class _Walk:
    """Walk rows in an order, values first, rows without a value last."""

    session: Session
    entity: Entity
    column: Any
    descending: bool
    conditions: Sequence[ColumnElement[bool]]
    by_ids: bool
    nullable: bool

    def rows(
        self, key: tuple[Any, int] | None, size: int, offset: int, backwards: bool
    ) -> list[Any]:
        nullable = self.nullable
        parts: list[bool] = [True, False] if nullable else [True]
        if backwards:
            parts.reverse()
        found: list[Any] = []
        for filled in parts:
            if key is not None:
                key_filled = key[0] is not None or not nullable
                if key_filled != filled and (filled != backwards):
                    continue  # this part lies behind the key
            missing = size - len(found)
            if missing <= 0:
                break
            within = key if key is not None and (key[0] is not None) == filled else None
            if key is not None and not nullable:
                within = key
            rows, offset = self._part(filled, nullable, within, missing, offset, backwards)
            found.extend(rows)
        return found

    def _part(
        self, filled: bool, nullable: bool, key: tuple[Any, int] | None, size: int, offset: int,
        backwards: bool,
    ) -> tuple[list[Any], int]:  # fmt: skip
        model, column = self.entity.model, self.column
        is_id = column.key == "id"
        statement = select(model).where(*self.conditions)
        if nullable:
            statement = statement.where(column.is_not(None) if filled else column.is_(None))
        down = self.descending != backwards
        keyed = [model.id] if is_id or not filled else [column, model.id]
        if key is not None:
            value = key[1:] if len(keyed) == 1 else key
            statement = statement.where(_beyond(keyed, column, value, down))
        ordered = self._sorted(keyed)
        statement = statement.order_by(*(part.desc() if down else part for part in ordered))
        if offset:
            return self._far(statement, size, offset, nullable)
        return list(self.session.scalars(statement.limit(size))), 0

    def _sorted(self, keyed: list[Any]) -> list[Any]:
        """With few rows to sort, keep the database from walking the sort index."""
        if self.by_ids:
            return [func.coalesce(part, part) for part in keyed]
        return keyed

    def _far(
        self, statement: Select[Any], size: int, offset: int, nullable: bool
    ) -> tuple[list[Any], int]:
        """Skip rows by their keys alone, then fetch the page."""
        model = self.entity.model
        ids = list(
            self.session.scalars(statement.with_only_columns(model.id).offset(offset).limit(size))
        )
        if not ids:
            if not nullable:
                return [], 0
            skipped = self.session.scalar(
                select(func.count()).select_from(
                    statement.with_only_columns(model.id).order_by(None).limit(offset).subquery()
                )
            )
            return [], max(0, offset - (skipped or 0))
        records = {r.id: r for r in self.session.scalars(select(model).where(model.id.in_(ids)))}
        return [records[number] for number in ids if number in records], 0


def _beyond(keyed: list[Any], column: Any, key: tuple[Any, ...], down: bool) -> Any:
    if len(keyed) == 1:
        return keyed[0] < key[0] if down else keyed[0] > key[0]
    here = tuple_(*keyed)
    there = tuple_(literal(key[0], column.type), literal(key[1], Integer()))
    return here < there if down else here > there


def _key_of(record: Any, column: Any) -> str:
    value = None if column.key == "id" else getattr(record, column.key)
    packed = json.dumps([_plain(value), record.id], ensure_ascii=False)
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _fits(column: Any, value: Any) -> bool:
    """Say whether a value from an address can be compared with a column."""
    if isinstance(value, tuple):
        return isinstance(column.type, CodeSet)
    if type(value) is not column.type.python_type:
        return False
    if isinstance(value, str):
        return not unkeepable(value)
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < 10**18
    return not isinstance(value, int) or abs(value) < 2**31


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool):
        return value
    if hasattr(value, "isoformat"):
        return {"at": value.isoformat()}
    if isinstance(value, tuple):
        return {"codes": list(value)}  # pyright: ignore[reportUnknownArgumentType]
    return {"number": str(value)}


def _read_key(text: str, column: Any, name: str) -> tuple[Any, int]:
    try:
        padded = text + "=" * (-len(text) % 4)
        value, number = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if isinstance(value, dict):
            if "at" in value:
                stamp = str(value["at"])
                value = datetime.fromisoformat(stamp) if "T" in stamp else date.fromisoformat(stamp)
            elif "codes" in value:
                value = tuple(map(str, value["codes"]))
            else:
                value = Decimal(str(value["number"]))
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**31:
            raise ValueError
        if column.key != "id" and value is not None and not _fits(column, value):
            raise ValueError
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        text = gettext("This page address is damaged. Start at the first page.")
        raise Invalid({name: text}) from error
    return value, number
