"""Make one row of every registered entity for every person, from nothing but the registry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from kartoteka.api import (
    Choice,
    Choices,
    Currency,
    DateTime,
    Day,
    DecimalNumber,
    Email,
    Entity,
    Integer,
    Owned,
    Phone,
    Reference,
    TaxId,
    Text,
    Url,
    YesNo,
    now,
    unscoped,
)
from kartoteka.testing import Firm

#: Who sees whose rows, as the house rules say it: written down, not computed.
SEES = {
    "director": {"director", "curator1", "curator2", "manager1", "manager2", "manager3",
                 "assistant1"},
    "curator1": {"curator1", "manager1", "manager2", "assistant1"},
    "curator2": {"curator2", "manager3"},
    "manager1": {"manager1", "assistant1"},
    "manager2": {"manager2"},
    "manager3": {"manager3"},
    "assistant1": {"assistant1", "manager1"},
}  # fmt: skip
#: What each person has alone, whatever department: only the director sees it too.
ALONE = {
    "job": "asked_by_id", "saved_view": "owner_id", "notification": "recipient_id",
    "staff_letter": "recipient_id",
}  # fmt: skip
OWNERS = ("curator1", "manager1", "manager2", "manager3", "assistant1")
#: Of these references a row may fill only the first.
ONE_OF = {"contact_point": ("client_id", "contact_id")}


def mark(owner: str) -> str:
    """Return the word that stands in every text of a person's rows, and nowhere else."""
    return f"zq{owner}zq"


class Rows:
    """One row of each entity for each person."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.registry = firm.made.registry
        self.ids: dict[str, dict[str, int]] = {}
        self.moment = now()  # one for all: what is reminded of is not due before
        with firm.session() as session:
            for owner in OWNERS:
                for code in self.registry.entities:
                    self.make(session, code, owner)
            session.commit()

    @property
    def scoped(self) -> list[Entity]:
        """The entities of whose rows each person sees a part."""
        return [entity for entity in self.registry.entities.values() if is_scoped(entity.model)]

    def visible(self, code: str, who: str) -> set[int]:
        """Return the ids a person must see."""
        seen = {who} if code in ALONE and who != "director" else SEES[who]
        return {number for owner, number in self.ids[code].items() if owner in seen}

    def foreign(self, code: str, who: str) -> set[int]:
        """Return the ids a person must never see."""
        return set(self.ids[code].values()) - self.visible(code, who)

    def make(self, session: Session, code: str, owner: str, **given: Any) -> int:
        """Return the row of an entity that a person has; make it, and what it hangs on."""
        known = self.ids.setdefault(code, {})
        if not is_scoped(self.registry.entity(code).model):
            owner = "everybody"
        if owner in known and not given:
            return known[owner]
        record = self.build(session, code, owner, **given)
        session.add(record)
        session.flush()
        known.setdefault(owner, record.id)
        return record.id

    def build(self, session: Session, code: str, owner: str, **given: Any) -> Any:
        """Return a filled row that is not in the session yet."""
        entity = self.registry.entity(code)
        values: dict[str, Any] = dict(given)
        for name, item in self.registry.fields(entity).items():
            if name in values or (
                issubclass(entity.model, Owned) and name in ("owner_id", "department_id")
            ):
                continue
            if name in ONE_OF.get(code, ())[1:] or name in ("lost_reason_id", "left_on"):
                continue
            if code == "deal" and name in ("pipeline", "stage", "recheck_on", "closed_at"):
                continue
            if code == "dmu_relation" and name == "other_id":
                values[name] = self._another_member(session, owner)
                continue
            if name == "recommended_by_id":
                continue  # each person has one client, and nobody recommends themselves
            value = self._value(session, item, code, owner)
            if value is not None:
                values[name] = value
        record = entity.model(**values)
        if issubclass(entity.model, Owned) and not hasattr(entity.model, "client_id"):
            record.owner_id = self.firm.users[owner]
        if code in ALONE:
            setattr(record, ALONE[code], self.firm.users[owner])
        if code == "task":
            record.owner_id = self.firm.users[owner]
        return record

    def _another_member(self, session: Session, owner: str) -> int:
        """Return a second member of the unit a person has: nobody stands to themselves."""
        person = self.make(session, "contact", owner, name=f"{mark(owner)} beside")
        return self.make(session, "dmu_member", owner, contact_id=person)

    def _value(self, session: Session, item: Any, code: str, owner: str) -> Any:
        kind = item.kind
        column = inspect(item.on).column_attrs[item.name].columns[0]
        if column.computed is not None or item.group == "record":
            return None
        if isinstance(kind, Reference):
            if kind.table not in self.registry.entities:
                return None
            if kind.table == code:
                return None  # a tree: this row is its top
            return self.make(session, kind.table, owner)
        if isinstance(kind, Email | Url | Phone | TaxId | Currency):
            return None
        if isinstance(kind, Text):
            if item.on.__tablename__ == "contact_point" and item.name == "value":
                return "+7 495 123-45-67"
            return f"{mark(owner)} {item.name}"[: kind.max_length or 99]
        if isinstance(kind, Choice):
            return next(iter(kind.options), "nothing")  # choices that plugins fill
        if isinstance(kind, Choices):
            return tuple(list(kind.options)[:1])
        if isinstance(kind, Integer):
            return max(kind.least, 1)
        if isinstance(kind, DecimalNumber):
            return Decimal(1)
        if isinstance(kind, Day):
            return date(2026, 1, 1)
        if isinstance(kind, DateTime):
            return self.moment
        return False if isinstance(kind, YesNo) else None


def is_scoped(model: type[Any]) -> bool:
    """Say whether each person sees only a part of the rows of a class."""
    return hasattr(model, "row_rule")


def stored(session: Session, model: type[Any]) -> dict[int, tuple[Any, ...]]:
    """Return what the database holds of a class, whoever asks."""
    with unscoped(session, "the test compares what is stored"):
        names = [attribute.key for attribute in inspect(model).column_attrs]
        rows = session.query(model.id, *(getattr(model, name) for name in names)).all()
    return {row[0]: tuple(row[1:]) for row in rows}
