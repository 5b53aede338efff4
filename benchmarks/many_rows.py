"""How long does it take to write tens of thousands of new records under all rules?"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from benchmarks.base import Place
from kartoteka.access.actor import system
from kartoteka.api import Base, create_many

ROWS = 100_000
CHUNK = 5_000
BOUND = 2.5
TABLES = ("client", "contact", "contact_point", "employment")
#: Rows for the search index and the history are not in the floor: no bare writer writes them.
_LEFT_OUT = {"search_text"}
_WORDS = (
    "Ромашка", "Василёк", "Щит", "Меридиан", "Уют", "Глобус", "Партнёр", "Снабжение", "Пекарня",
    "Объединение", "Северный", "Южный", "Строй", "Мебель", "Радуга", "Комплект", "Сервис",
)  # fmt: skip
_STREETS = ("Ленина", "Мира", "Садовая", "Гагарина", "Софийская", "Шипка")
_INDUSTRIES = ("food", "toys", "стройматериалы", "мебель", "одежда")

Columns = dict[str, list[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The time of our writing and of the bare driver, in seconds."""

    rows: int
    ours: float
    floor: float

    @property
    def ratio(self) -> float:
        """How many times longer ours takes."""
        return self.ours / self.floor

    @property
    def holds(self) -> bool:
        """Whether it was quick enough."""
        return self.ratio <= BOUND


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """What a chunk of a file brings: a client, a person, a phone and an address in each row."""

    clients: Columns
    client_points: Columns
    contacts: Columns
    contact_points: Columns
    jobs: Columns


def measure(place: Place) -> Written:
    """Write the records of a file by `create_many`, then the same rows by the bare driver.

    Each is done in one transaction that is rolled back; the base stays as it is.
    """
    chunks = list(made(ROWS))
    firsts = _next_ids(place)
    with place.made.sessions() as session:
        session.info["actor"] = system("import", "bench")
        session.bind = session.get_bind().execution_options(writes=True)
        session.connection()
        begun = time.perf_counter()
        for chunk in chunks:
            write(session, chunk)
        ours = time.perf_counter() - begun
        kept = {name: _kept(session.connection(), name, firsts[name]) for name in TABLES}
        session.rollback()
    del chunks
    floor = _floor(place, kept)
    _tidy(place)
    return Written(rows=sum(rows.count for rows in kept.values()), ours=ours, floor=floor)


def write(session: Any, chunk: Chunk) -> None:
    """Write one chunk of the file."""
    clients = create_many(session, "client", chunk.clients, points=chunk.client_points)
    people = create_many(session, "contact", chunk.contacts, points=chunk.contact_points)
    create_many(session, "employment", {"client_id": clients, "contact_id": people, **chunk.jobs})


def made(rows: int) -> Iterator[Chunk]:
    """Make a file of clients with 15 columns, each with a person, a phone and an address."""
    chance = random.Random(5)
    for start in range(0, rows, CHUNK):
        count = min(CHUNK, rows - start)
        places = list(range(count))
        yield Chunk(
            clients=_clients(chance, start, count),
            client_points={
                "row": places, "kind": ["phone"] * count,
                "value": [f"+7 (912) {chance.randrange(100, 999)}-{chance.randrange(10, 99)}-"
                          f"{chance.randrange(10, 99)}" for _ in places],
                "is_main": [True] * count,
            },
            contacts={
                "name": [f"{chance.choice(_WORDS)}ова Анна {start + n}" for n in places],
                "birthday": [_day(chance) for _ in places],
            },
            contact_points={
                "row": places, "kind": ["email"] * count,
                "value": [f"anna{start + n}@firma{n}.ru" for n in places],
            },
            jobs={
                "position": [chance.choice(("Директор", "Закупщик", None)) for _ in places],
                "is_main": [True] * count,
            },
        )  # fmt: skip


def _clients(chance: random.Random, start: int, count: int) -> Columns:
    def some(*values: Any) -> list[Any]:
        return [chance.choice(values) for _ in range(count)]

    places = range(start, start + count)
    return {
        "name": [f"ООО «{chance.choice(_WORDS)} {chance.choice(_WORDS)} {n}»" for n in places],
        "kind": some("organisation", "person"),
        "legal_form": some("ООО", "АО", "ИП", None),
        "external_id": [f"A-{n:06d}" for n in places],
        "industry": some(*_INDUSTRIES),
        "size_class": some("A", "B", "C", None),
        "interest": some("low", "medium", "high", None),
        "address": [f"г. Пермь, ул. {chance.choice(_STREETS)}, {n % 200}" for n in places],
        "website": [f"https://firma{n}.ru" for n in places],
        "working_hours": some("9–18", "10–19", None),
        "note": [f"Просили перезвонить; заметка {n}" if n % 3 else None for n in places],
        "important": some(True, False),
        "currency": some("RUB", "EUR", None),
        "wholesale_min_order": [Decimal(chance.randrange(1, 9999)) for _ in places],
        "wholesale_outlets": [chance.randrange(1, 50) for _ in places],
    }


def _day(chance: random.Random) -> date | None:
    if chance.random() < 0.5:
        return None
    return date(1960, 1, 1) + timedelta(days=chance.randrange(15_000))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """Rows of one table as the database gave them back, in chunks."""

    columns: Sequence[str]
    count: int
    chunks: Sequence[Any]


def _next_ids(place: Place) -> dict[str, int]:
    with place.made.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # Numbers are given by the sequence, which a roll-back does not turn back.
            asked = "SELECT nextval(pg_get_serial_sequence('{0}', 'id'))"
        else:
            asked = "SELECT coalesce(max(id), 0) + 1 FROM {0}"
        return {name: connection.scalar(text(asked.format(name))) or 1 for name in TABLES}


def _kept(connection: Any, name: str, first: int) -> _Kept:
    there = Base.metadata.tables[name].columns
    columns = [column.name for column in there if column.name not in _LEFT_OUT]
    filled = connection.execute(
        text(
            f"SELECT count(*), {', '.join(f'count({c})' for c in columns)} FROM {name} "
            f"WHERE id >= {first}"
        )
    ).one()
    columns = [c for c, held in zip(columns, filled[1:], strict=True) if held]
    named = ", ".join(columns)
    driver: Any = connection.connection.driver_connection
    chunks: list[Any] = []
    if connection.dialect.name == "postgresql":
        rows = f"SELECT {named} FROM {name} WHERE id >= {first} ORDER BY id"
        with driver.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
            lines = b"".join(bytes(part) for part in copy).splitlines(keepends=True)
        chunks += [b"".join(lines[at : at + CHUNK]) for at in range(0, len(lines), CHUNK)]
    else:
        asked = f"SELECT {named} FROM {name} WHERE id >= ? ORDER BY id"
        rows = driver.execute(asked, (first,)).fetchall()
        chunks += [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]
    return _Kept(columns=columns, count=filled[0], chunks=chunks)


def _floor(place: Place, kept: dict[str, _Kept]) -> float:
    """Write rows that are ready, as quickly as the driver can."""
    with place.made.engine.connect().execution_options(writes=True) as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            for name in ("client", "contact"):
                connection.execute(text(f"DROP TRIGGER {name}_search_insert"))
        connection.execute(text("SELECT 1"))
        driver: Any = connection.connection.driver_connection
        begun = time.perf_counter()
        for name, rows, chunk in _in_turn(kept):
            named = ", ".join(rows.columns)
            if is_sqlite:
                marks = ", ".join("?" * len(rows.columns))
                driver.executemany(f"INSERT INTO {name} ({named}) VALUES ({marks})", chunk)
            else:
                statement = f"COPY {name} ({named}) FROM STDIN"
                with driver.cursor() as cursor, cursor.copy(statement) as copy:
                    copy.write(chunk)
        seconds = time.perf_counter() - begun
        connection.rollback()
    return seconds


def _in_turn(kept: dict[str, _Kept]) -> Iterator[tuple[str, _Kept, Any]]:
    """Yield the chunks of all tables in the order in which they were written."""
    parts = len(kept["client"].chunks)
    for part in range(parts):
        for name, rows in kept.items():
            each = len(rows.chunks) // parts
            for chunk in rows.chunks[part * each : (part + 1) * each]:
                yield name, rows, chunk


def _tidy(place: Place) -> None:
    if place.made.engine.dialect.name == "postgresql":
        with place.made.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.execute(text(f"VACUUM {', '.join(TABLES)}, change"))
