"""Make a listing: records with what is reckoned from them, and figures over all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Day, Kind, Money, Reference
from kartoteka.hooks.contributions import Entity
from kartoteka.hooks.contributions.reports import Derived, Listing, Plain
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.reports import counting
from kartoteka.reports.ask import ReportAsk
from kartoteka.reports.grids import cell_of, head_of
from kartoteka.reports.result import Block, Cell, CellKind, Head, Line, Opens, opened
from kartoteka.services.records import labels_of_tables, visible_fields
from kartoteka.services.selection import Selection, ordered


def block_of(
    ask: ReportAsk, listing: Listing, may_list: Collection[str], most: int
) -> Block | None:
    """Return a listing as its reader sees it; None when it is hidden from them."""
    entity = ask.registry.entities[listing.entity]
    if listing.entity not in may_list or not counting.is_whole(ask, entity, listing.where):
        return None
    session = ask.session
    fields = visible_fields(session, entity)
    columns = [
        one for one in listing.columns
        if all(name in fields for name in ([one] if isinstance(one, str) else one.needs))
    ]  # fmt: skip
    where = counting.where_of(ask, entity, listing.where, listing.narrow)
    rows = _records(session, entity, ask, listing, where, most)
    ask.tell()
    tiles = [one for one in listing.tiles if counting.exists_for(ask, one)]
    found = counting.count(ask, tiles)
    whole = len(rows)
    if whole == most:
        counts = [one for one in tiles if one.how == "count" and one.where == listing.where]
        if counts:
            whole = found[counts[0].code][None].count
        else:
            asked = select(func.count()).select_from(entity.model).where(*where)
            whole = session.scalar(asked) or 0
    names = _Names(session, entity, [fields[c] for c in columns if isinstance(c, str)], rows)
    return Block(
        title=str(listing.title),
        heads=[_head(one, fields) for one in columns],
        lines=[
            Line(code=str(row.id), cells=[_cell(ask, entity, one, fields, row, names)
                                          for one in columns])
            for row in rows
        ],
        tiles=[
            (head_of(ask, one), cell_of(ask, one, found[one.code].get(None), one.where))
            for one in tiles
        ],
        whole=whole, opens=opened(listing.entity, listing.where), empty=str(listing.empty),
    )  # fmt: skip


def plain_block(ask: ReportAsk, table: Plain) -> Block:
    """Return a short table of texts."""
    return Block(
        title=str(table.title),
        heads=[Head(code=str(place), title=str(title), kind="text")
               for place, title in enumerate(table.columns)],
        lines=[Line(code="", cells=[Cell(value=text) for text in row]) for row in table.rows(ask)],
        empty=str(table.empty),
    )  # fmt: skip


def _records(
    session: Session, entity: Entity, ask: ReportAsk, listing: Listing, where: Sequence[Any],
    most: int,
) -> list[Any]:  # fmt: skip
    """Return the first records in order; those without a value in it stand last."""
    if isinstance(listing.order, str):
        statements: Sequence[Any] = ordered(
            session, entity, Selection(order=listing.order or entity.order), [entity.model]
        )
    else:
        statements = [select(entity.model).order_by(listing.order, entity.model.id)]
    found: list[Any] = []
    for statement in statements:
        if len(found) < most:
            found += session.scalars(statement.where(*where).limit(most - len(found))).all()
    if listing.before is not None and found:
        listing.before(ask, found)
    return found


class _Names:
    """What the records that cells refer to are called, and currencies of accounts."""

    def __init__(
        self, session: Session, entity: Entity, fields: Sequence[Field[Any]], rows: Sequence[Any]
    ) -> None:
        wanted: dict[str, set[int]] = {}
        for item in fields:
            if isinstance(item.kind, Reference):
                ids = {getattr(row, item.name) for row in rows} - {None}
                wanted.setdefault(item.kind.table, set()).update(ids)
        self.names = labels_of_tables(session, wanted) if any(wanted.values()) else {}
        self.accounts: Mapping[int, str | None] = {}
        money = [
            item.kind.currency_column(item.name) for item in fields if isinstance(item.kind, Money)
        ]
        unsaid = {
            row.client_id for row in rows for name in money
            if hasattr(row, "client_id")
            and getattr(row, name, None) is None
        }  # fmt: skip
        if unsaid:
            asked = select(Client.id, Client.currency).where(Client.id.in_(sorted(unsaid)))
            self.accounts = {row[0]: row[1] for row in session.execute(asked)}


def _head(column: str | Derived, fields: Mapping[str, Field[Any]]) -> Head:
    if isinstance(column, Derived):
        return Head(code=column.code, title=str(column.title), kind="text")
    kind: Kind[Any] = fields[column].kind
    shown: CellKind = "text"
    if isinstance(kind, Money):
        shown = "money"
    elif isinstance(kind, Day):
        shown = "day"
    elif kind.numeric:
        shown = "number"
    return Head(code=column, title=str(fields[column].title), kind=shown)


def _cell(
    ask: ReportAsk, entity: Entity, column: str | Derived, fields: Mapping[str, Field[Any]],
    row: Any, names: _Names,
) -> Cell:  # fmt: skip
    if isinstance(column, Derived):
        value = column.value(row, ask)
        if value is None:
            return Cell()
        words = column.says(value) if column.says else str(value)
        kept = value if isinstance(value, int | str) else str(value)
        return Cell(value=kept, words=words, tone=column.tone(value))
    item, value = fields[column], getattr(row, column)
    own = Opens(entity=entity.code, id=row.id) if column == entity.label else None
    if value is None or value == "":
        words = gettext("No. %(number)s", number=row.id) if own else ""
        return Cell(value=words or None, opens=own)
    kind = item.kind
    if isinstance(kind, Reference):
        target = ask.registry.entity_of_table(kind.table)
        name = names.names.get(kind.table, {}).get(value)
        if name is None:
            return Cell(value=gettext("hidden"))
        return Cell(value=name, opens=target and Opens(entity=target.code, id=value))
    if isinstance(kind, Money):
        currency = getattr(row, kind.currency_column(column), None)
        if currency is None and hasattr(row, "client_id"):
            currency = names.accounts.get(row.client_id)
        return Cell(value=[[currency or "", str(value)]], opens=own)
    if isinstance(value, bool):
        return Cell(value=kind.show(value, ask.reader.reading) if value else "")
    if isinstance(value, datetime) or not isinstance(value, int | Decimal | date):
        return Cell(value=kind.show(value, ask.reader.reading), opens=own)
    return Cell(value=value if isinstance(value, int) else str(value), opens=own)


__all__ = ["block_of", "plain_block"]
