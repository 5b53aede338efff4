"""Write the same random rows by both ways, and read all there is to compare."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from kartoteka.api import (
    ContactPoint,
    Event,
    PluginInfo,
    RecordSaved,
    RecordWritten,
    create_many,
    delete_many,
    hookimpl,
    registry_of,
    update_many,
)
from kartoteka.services.many import why_not_set_wise
from kartoteka.services.many_known import why_gone_by_objects
from kartoteka.testing import Firm
from tests.starts import lasting

Columns = Mapping[str, Sequence[Any]]
heard: list[Any] = []
told: list[RecordWritten] = []


def _listening() -> Any:
    def on_event(event: Event) -> None:
        if isinstance(event, RecordSaved):
            heard.append((event.user_id, event.entity, event.record_id, event.action,
                          tuple(event.fields)))  # fmt: skip

    def after_save(session: Session, written: Sequence[RecordWritten]) -> None:
        told.extend(written)

    info = PluginInfo(name="listening", title="Listening", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(
        PLUGIN=info, on_event=hookimpl(on_event), after_save=hookimpl(after_save)
    )


#: Hears of everything that is written.
LISTENING = lasting(_listening())


class Way(Protocol):
    """One way to write many records."""

    def create(
        self, session: Session, entity: str, columns: Columns, points: Columns | None = None
    ) -> list[int]:
        """Create records; return their numbers."""
        ...

    def update(self, session: Session, entity: str, ids: Sequence[int], columns: Columns) -> None:
        """Change records."""
        ...

    def delete(self, session: Session, entity: str, ids: Sequence[int]) -> None:
        """Delete records."""
        ...


class SetWise:
    """The way that is tested."""

    def create(
        self, session: Session, entity: str, columns: Columns, points: Columns | None = None
    ) -> list[int]:
        """Create records by columns."""
        assert why_not_set_wise(session, entity) == ""
        return create_many(session, entity, columns, points=points)

    def update(self, session: Session, entity: str, ids: Sequence[int], columns: Columns) -> None:
        """Change records by columns."""
        assert why_not_set_wise(session, entity, columns) == ""
        update_many(session, entity, ids, columns)

    def delete(self, session: Session, entity: str, ids: Sequence[int]) -> None:
        """Delete records by numbers."""
        model = registry_of(session).entity(entity).model
        assert why_gone_by_objects(session, model) == ""
        assert delete_many(session, entity, ids) == len(ids)


class Objects:
    """The way it is compared with: objects and a flush."""

    def create(
        self, session: Session, entity: str, columns: Columns, points: Columns | None = None
    ) -> list[int]:
        """Add objects and flush."""
        model = registry_of(session).entity(entity).model
        records = [model(**one) for one in rows_of(columns)]
        session.add_all(records)
        session.flush()
        if points is not None:
            holder = f"{entity}_id"
            for one in rows_of(points):
                row = one.pop("row")
                session.add(ContactPoint(**one, **{holder: records[row].id}))
            session.flush()
        return [record.id for record in records]

    def update(self, session: Session, entity: str, ids: Sequence[int], columns: Columns) -> None:
        """Set attributes and flush."""
        model = registry_of(session).entity(entity).model
        for number, one in zip(ids, rows_of(columns), strict=True):
            record = session.get_one(model, number)
            for name, value in one.items():
                setattr(record, name, value)
        session.flush()

    def delete(self, session: Session, entity: str, ids: Sequence[int]) -> None:
        """Delete objects and flush."""
        model = registry_of(session).entity(entity).model
        for number in ids:
            session.delete(session.get_one(model, number))
        session.flush()


def rows_of(columns: Columns) -> list[dict[str, Any]]:
    """Return columns as rows."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


_WORDS = [
    "Ромашка",
    "ООО",
    "Ёлка",
    "Щука",
    "ЕООД",
    "«Съюз»",
    "АО",
    "Straße",
    "naïve",
    "O'Neil",
    "12\\34",
    "a\tb",
    "х5",
    "№7",
]
_MAIL = ("ёж@пример.рф", "Info@Example.COM", "a.b+c@shop-1.ru", "nobody@gmail.com")
_PHONES = ("+7 (912) 345-67-89", "8 495 123-45-67 доб. 12", "+359 2 987 6543", "88005553535")
_SITES = ("https://Пример.рф/Путь/", "http://shop.ru", "https://xn--e1afmkfd.xn--p1ai")


def some_value(chance: random.Random, item: Any) -> Any:
    """Return a value of a field as a checked form would give it; sometimes nothing."""
    kind = item.kind
    if not item.required and chance.random() < 0.3:
        return None
    match kind.code:
        case "choice":
            return chance.choice(list(kind.options))
        case "choices":
            return tuple(chance.sample(list(kind.options), min(2, len(kind.options))))
        case "yes_no":
            return chance.random() < 0.5
        case "integer":
            return chance.randrange(1, 10)
        case "decimal" | "money" | "percent":
            return Decimal(chance.randrange(1, 10**6)).scaleb(-chance.choice((0, 1, 2)))
        case "date":
            return date(2020, 1, 1) + timedelta(days=chance.randrange(2000))
        case "datetime":
            return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**7))
        case "currency":
            return chance.choice((None, "EUR", "RUB"))
        case "url":
            return chance.choice(_SITES)
        case "tax_id":
            return chance.choice(("7707083893", "500100732259"))
        case _:
            words = " ".join(chance.choices(_WORDS, k=chance.randrange(1, 4)))
            return words[: kind.max_length or 200]


def some_columns(
    session: Session, chance: random.Random, entity: str, count: int, **given: Sequence[Any]
) -> dict[str, list[Any]]:
    """Return columns of random values for all fields of an entity that people fill."""
    columns: dict[str, list[Any]] = {name: list(values) for name, values in given.items()}
    for name, item in registry_of(session).fields(entity).items():
        if item.readonly or name in columns or item.kind.code == "reference":
            continue
        columns[name] = [some_value(chance, item) for _ in range(count)]
    return columns


def some_points(chance: random.Random, rows: int, count: int) -> dict[str, list[Any]]:
    """Return contact points of new records."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("row", "kind", "value", "label", "is_main", "is_valid")
    }
    for _ in range(count):
        kind = chance.choice(("phone", "mobile", "email", "site", "messenger", "address", None))
        values: Any = {
            "phone": _PHONES, "mobile": _PHONES, "": _PHONES, "email": _MAIL, "site": _SITES,
        }.get(kind or "", ("Ул. Ленина, 5", "@ёжик"))  # fmt: skip
        is_valid = chance.choice((None, True, False))
        broken = kind == "phone" and is_valid is False
        for name, value in (
            ("row", chance.randrange(rows)),
            ("kind", kind),
            ("value", "нет такого" if broken else chance.choice(values)),
            ("label", chance.choice((None, "склад"))),
            ("is_main", chance.choice((None, True, False))),
            ("is_valid", is_valid),
        ):
            columns[name].append(value)
    return columns


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+\.\d+[^'\"]*")
_MOMENTS = {"created_at", "updated_at", "at", "funnel_colors_since", "moved_at"}
TABLES = ("client", "contact", "contact_point", "employment", "client_source", "purchase",
          "activity", "task", "contract", "client_competitor", "competitor", "deal", "dmu",
          "dmu_member", "dmu_relation", "stage_change", "removal",
          "funnel_colors_move")  # fmt: skip


def everything(firm: Firm) -> dict[str, Any]:
    """Return what a base holds, as the database keeps it, without moments."""
    found: dict[str, Any] = {}
    with firm.made.engine.connect() as connection:
        for name in TABLES:
            rows = connection.execute(text(f"SELECT * FROM {name} ORDER BY id")).mappings()
            found[name] = [_without_moments(row) for row in rows]
        # A statement for many clients may find them in any order.
        for move in found["funnel_colors_move"]:
            del move["id"]
        found["funnel_colors_move"].sort(key=lambda move: (move["client_id"], repr(move)))
        history = connection.execute(
            text("SELECT * FROM change ORDER BY entity, record_id, id")
        ).mappings()
        found["change"] = [_without_moments(row, "id") for row in history]
        if firm.made.engine.dialect.name == "sqlite":
            for name in ("client", "contact", "deal", "task"):
                check = (
                    f"INSERT INTO {name}_search({name}_search, rank) VALUES('integrity-check', 1)"
                )
                connection.execute(text(check))
                found[f"{name}_triggers"] = connection.execute(
                    text(
                        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' "
                        f"AND tbl_name = '{name}' ORDER BY name"
                    )
                ).all()
    return found


def history_without_moments(base: Mapping[str, Any]) -> list[str]:
    """Return the history of a base as texts without moments told to the microsecond."""
    return [_MOMENT.sub("", repr(row)) for row in base["change"]]


def _without_moments(row: Any, *more: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _MOMENTS and name not in more}
