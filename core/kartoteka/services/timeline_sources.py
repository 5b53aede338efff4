"""Read each source of a client's timeline in the columns all sources share.

What a row's rule or a hidden field closes to the reader stays closed here: rows through the
session, fields by columns that are left empty. A statement is put together once for each shape
of the question; whose timeline it is, and from where on, are its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    String,
    Text as SqlText,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from kartoteka.fields.types import Exact, Moment
from kartoteka.models import (
    Activity,
    Client,
    Contract,
    LostReason,
    Product,
    Purchase,
    StageChange,
    Task,
)
from kartoteka.services.records import registry_of, visible_fields

Key = tuple[datetime, str, int]


_EMPTY: Mapping[str, Any] = {
    "title": SqlText(), "text": SqlText(), "outcome": SqlText(), "direction": String(),
    "minutes": Integer(), "amount": Exact(18, 2), "currency": String(), "pipeline": String(),
    "old_stage": String(), "new_stage": String(), "user_id": Integer(), "contact_id": Integer(),
    "deal_id": Integer(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes two questions the same statement.

    Args:
        dialect: name of the database's dialect.
        hidden: tables to read, each with the names of the fields closed to the reader.
        kinds: kinds of activities wanted; None for all.
        of_deal: only one deal's entries.
        after: the table of the last entry read; empty for the first page.
    """

    dialect: str
    hidden: tuple[tuple[str, frozenset[str]], ...]
    kinds: tuple[str, ...] | None = None
    of_deal: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class TimelineSource:
    """One source: its rows of a client, and what they are ordered by."""

    statement: Any
    entity: str
    at: ColumnElement[datetime]
    record_id: ColumnElement[int]


def shape_of(session: Session, kinds: Collection[str] | None, of_deal: bool, after: str) -> Shape:
    """Return the shape of a reader's question."""
    registry = registry_of(session)
    wanted = set(kinds) if kinds is not None else None
    hidden: list[tuple[str, frozenset[str]]] = []
    for table in _MADE:
        entity = registry.entities.get(table)
        if entity is None or (of_deal and table == "contract"):
            continue
        if wanted is not None and not wanted & _kinds_from(session, table):
            continue
        closed = set(registry.fields(entity)) - set(visible_fields(session, entity))
        hidden.append((table, frozenset(closed)))
    return Shape(
        session.get_bind().dialect.name, tuple(hidden),
        None if wanted is None else tuple(sorted(wanted)), of_deal, after,
    )  # fmt: skip


@lru_cache(maxsize=256)
def story(shape: Shape) -> Any:
    """Return the statement of one page; parameters: client, deal, size, and at and number after.

    The client stands in the statement so that it is one of mapped classes: the row rules then
    reach into each part.
    """
    parts = [
        select(_newest(_MADE[table](shape, hidden), shape.after).subquery())
        for table, hidden in shape.hidden
    ]
    entries = union_all(*parts).subquery()
    return (
        select(*(column for column in entries.c if column.key != "client"))
        .select_from(Client)
        .join(entries, entries.c.client == Client.id)
        .where(Client.id == bindparam("client", type_=Integer()))
        .order_by(entries.c.at.desc(), entries.c.entity.desc(), entries.c.record_id.desc())
        .limit(bindparam("size", type_=Integer()))
    )


def _kinds_from(session: Session, table: str) -> set[str]:
    if table == "activity":
        return set(registry_of(session).activity_kinds)
    return {"stage" if table == "stage_change" else table}


def _activities(shape: Shape, hidden: frozenset[str]) -> TimelineSource:
    part = _part(
        shape, hidden, Activity,
        kind=Activity.kind, at=Activity.happened_at,
        title=Activity.subject, text=Activity.text, outcome=Activity.outcome,
        direction=Activity.direction, minutes=Activity.minutes, user_id=Activity.author_id,
        contact_id=Activity.contact_id, deal_id=Activity.deal_id,
    )  # fmt: skip
    if shape.kinds is None:
        return part
    return replace(part, statement=part.statement.where(Activity.kind.in_(shape.kinds)))


def _moves(shape: Shape, hidden: frozenset[str]) -> TimelineSource:
    part = _part(
        shape, hidden, StageChange,
        kind=literal("stage"), at=StageChange.moved_at, title=LostReason.name,
        text=StageChange.note, pipeline=StageChange.pipeline, old_stage=StageChange.old_stage,
        new_stage=StageChange.new_stage, user_id=StageChange.moved_by_id,
        deal_id=StageChange.deal_id,
    )  # fmt: skip
    joined = part.statement.outerjoin(LostReason, LostReason.id == StageChange.lost_reason_id)
    return replace(part, statement=joined)


def _purchases(shape: Shape, hidden: frozenset[str]) -> TimelineSource:
    part = _part(
        shape, hidden, Purchase,
        kind=literal("purchase"), at=_midnight(shape, Purchase.bought_on),
        title=Purchase.number, text=Product.name, amount=Purchase.amount,
        currency=Purchase.amount_currency, user_id=Purchase.created_by_id,
        contact_id=Purchase.contact_id, deal_id=Purchase.deal_id,
    )  # fmt: skip
    joined = part.statement.outerjoin(Product, Product.id == Purchase.product_id)
    return replace(part, statement=joined)


def _tasks(shape: Shape, hidden: frozenset[str]) -> TimelineSource:
    part = _part(
        shape, hidden, Task,
        kind=literal("task"), at=Task.done_at, title=Task.title, text=Task.note,
        outcome=Task.result, user_id=Task.owner_id, contact_id=Task.contact_id,
        deal_id=Task.deal_id,
    )  # fmt: skip
    return replace(part, statement=part.statement.where(Task.done_at.is_not(None)))


def _contracts(shape: Shape, hidden: frozenset[str]) -> TimelineSource:
    part = _part(
        shape, hidden, Contract,
        kind=literal("contract"), at=_midnight(shape, Contract.signed_on),
        title=Contract.number, text=Contract.title, amount=Contract.amount,
        currency=Contract.amount_currency, user_id=Contract.created_by_id,
    )  # fmt: skip
    return replace(part, statement=part.statement.where(Contract.signed_on.is_not(None)))


def _part(
    shape: Shape, hidden: frozenset[str], model: Any, *, kind: Any, at: Any, **columns: Any
) -> TimelineSource:
    """Return one source with the columns all sources share; hidden fields stay empty."""
    code = model.__tablename__
    filled = [
        cast(null(), type_).label(name)
        if columns.get(name) is None or getattr(columns[name], "key", "") in hidden
        else cast(columns[name], type_).label(name)
        if isinstance(type_, SqlText | String)
        else columns[name].label(name)
        for name, type_ in _EMPTY.items()
    ]
    statement = select(
        model.client_id.label("client"),
        cast(kind, String).label("kind"),
        literal(code, String).label("entity"),
        model.id.label("record_id"),
        at.label("at"),
        *filled,
    ).where(model.client_id == bindparam("client", type_=Integer()))
    if shape.of_deal:
        statement = statement.where(model.deal_id == bindparam("deal", type_=Integer()))
    return TimelineSource(statement=statement, entity=code, at=at, record_id=model.id)


def _newest(source: TimelineSource, after: str) -> Any:
    """Return the newest rows of one source that stand after an entry of a table."""
    statement = source.statement
    if after:
        at = bindparam("at", type_=Moment())
        if source.entity == after:
            number = bindparam("number", type_=Integer())
            rule = or_(source.at < at, and_(source.at == at, source.record_id < number))
        else:
            rule = source.at <= at if source.entity < after else source.at < at
        statement = statement.where(rule)
    return statement.order_by(source.at.desc(), source.record_id.desc()).limit(
        bindparam("size", type_=Integer())
    )


def _midnight(shape: Shape, day: Any) -> ColumnElement[datetime]:
    """Return a calendar day as the moment it begins in UTC, comparable with moments."""
    if shape.dialect == "sqlite":
        return func.strftime("%Y-%m-%d 00:00:00.000000", day, type_=Moment())
    return func.timezone("UTC", cast(day, DateTime()), type_=Moment())


_MADE: Mapping[str, Callable[[Shape, frozenset[str]], TimelineSource]] = {
    "activity": _activities, "stage_change": _moves, "purchase": _purchases,
    "task": _tasks, "contract": _contracts,
}  # fmt: skip
