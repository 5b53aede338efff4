"""Read each source of a client's timeline in the columns all sources share.

What a row's rule or a hidden field closes to the reader stays closed here: rows through the
session, fields by columns that are left empty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    String,
    Text as SqlText,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session

from kartoteka.fields.types import Exact, Moment
from kartoteka.hooks.contributions import Entity
from kartoteka.models import (
    Activity,
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
class TimelineSource:
    """One source: its rows of a client, and what they are ordered by."""

    statement: Any
    entity: str
    at: ColumnElement[datetime]
    record_id: ColumnElement[int]


def sources_of(
    session: Session, client_id: int, kinds: Collection[str] | None, deal_id: int | None
) -> list[TimelineSource]:
    """Return the sources of the timeline that the wanted kinds come from."""
    registry = registry_of(session)
    wanted = set(kinds) if kinds is not None else None
    found: list[TimelineSource] = []
    made = {"activity": _activities, "stage_change": _moves, "purchase": _purchases,
            "task": _tasks, "contract": _contracts}  # fmt: skip
    for table, make in made.items():
        entity = registry.entities.get(table)
        if entity is None or (deal_id is not None and table == "contract"):
            continue
        if wanted is not None and not wanted & _kinds_from(session, table):
            continue
        found.append(make(session, entity, client_id, deal_id, wanted))
    return found


def _kinds_from(session: Session, table: str) -> set[str]:
    if table == "activity":
        return set(registry_of(session).activity_kinds)
    return {"stage" if table == "stage_change" else table}


def _activities(
    session: Session, entity: Entity, client_id: int, deal_id: int | None, kinds: set[str] | None
) -> TimelineSource:
    part = _part(
        session, entity, client_id, deal_id,
        kind=Activity.kind, at=Activity.happened_at,
        title=Activity.subject, text=Activity.text, outcome=Activity.outcome,
        direction=Activity.direction, minutes=Activity.minutes, user_id=Activity.author_id,
        contact_id=Activity.contact_id, deal_id=Activity.deal_id,
    )  # fmt: skip
    if kinds is None:
        return part
    return replace(part, statement=part.statement.where(Activity.kind.in_(sorted(kinds))))


def _moves(
    session: Session, entity: Entity, client_id: int, deal_id: int | None, kinds: set[str] | None
) -> TimelineSource:
    part = _part(
        session, entity, client_id, deal_id,
        kind=literal("stage"), at=StageChange.moved_at, title=LostReason.name,
        text=StageChange.note, pipeline=StageChange.pipeline, old_stage=StageChange.old_stage,
        new_stage=StageChange.new_stage, user_id=StageChange.moved_by_id,
        deal_id=StageChange.deal_id,
    )  # fmt: skip
    joined = part.statement.outerjoin(LostReason, LostReason.id == StageChange.lost_reason_id)
    return replace(part, statement=joined)


def _purchases(
    session: Session, entity: Entity, client_id: int, deal_id: int | None, kinds: set[str] | None
) -> TimelineSource:
    part = _part(
        session, entity, client_id, deal_id,
        kind=literal("purchase"), at=_midnight(session, Purchase.bought_on),
        title=Purchase.number, text=Product.name, amount=Purchase.amount,
        currency=Purchase.amount_currency, user_id=Purchase.created_by_id,
        contact_id=Purchase.contact_id, deal_id=Purchase.deal_id,
    )  # fmt: skip
    joined = part.statement.outerjoin(Product, Product.id == Purchase.product_id)
    return replace(part, statement=joined)


def _tasks(
    session: Session, entity: Entity, client_id: int, deal_id: int | None, kinds: set[str] | None
) -> TimelineSource:
    part = _part(
        session, entity, client_id, deal_id,
        kind=literal("task"), at=Task.done_at, title=Task.title, text=Task.note,
        outcome=Task.result, user_id=Task.owner_id, contact_id=Task.contact_id,
        deal_id=Task.deal_id,
    )  # fmt: skip
    return replace(part, statement=part.statement.where(Task.done_at.is_not(None)))


def _contracts(
    session: Session, entity: Entity, client_id: int, deal_id: int | None, kinds: set[str] | None
) -> TimelineSource:
    part = _part(
        session, entity, client_id, None,
        kind=literal("contract"), at=_midnight(session, Contract.signed_on),
        title=Contract.number, text=Contract.title, amount=Contract.amount,
        currency=Contract.amount_currency, user_id=Contract.created_by_id,
    )  # fmt: skip
    return replace(part, statement=part.statement.where(Contract.signed_on.is_not(None)))


def _part(
    session: Session,
    entity: Entity,
    client_id: int,
    of_deal: int | None,
    *,
    kind: Any,
    at: Any,
    **columns: Any,
) -> TimelineSource:
    """Return one source with the columns all sources share; hidden fields stay empty."""
    model = entity.model
    shown = visible_fields(session, entity)
    hidden = set(registry_of(session).fields(entity)) - set(shown)
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
        literal(entity.code, String).label("entity"),
        model.id.label("record_id"),
        at.label("at"),
        *filled,
    ).where(model.client_id == client_id)
    if of_deal is not None:
        statement = statement.where(model.deal_id == of_deal)
    return TimelineSource(statement=statement, entity=entity.code, at=at, record_id=model.id)


def newest(source: TimelineSource, key: Key | None, size: int) -> Any:
    """Return the newest rows of one source that stand after a key."""
    statement = source.statement
    if key is not None:
        at, entity, number = key
        if source.entity == entity:
            rule = or_(source.at < at, and_(source.at == at, source.record_id < number))
        else:
            rule = source.at <= at if source.entity < entity else source.at < at
        statement = statement.where(rule)
    return statement.order_by(source.at.desc(), source.record_id.desc()).limit(size)


def _midnight(session: Session, day: Any) -> ColumnElement[datetime]:
    """Return a calendar day as the moment it begins in UTC, comparable with moments."""
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d 00:00:00.000000", day, type_=Moment())
    return func.timezone("UTC", cast(day, DateTime()), type_=Moment())
