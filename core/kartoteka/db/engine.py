"""Make the engine: SQLite that knows Unicode and keeps its promises, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url

from kartoteka.criteria.medians import MedianGap
from kartoteka.fields.text import fold


def make_engine(url: str, **options: Any) -> Engine:
    """Return an engine for a database address.

    SQLite gets write-ahead logging, enforced foreign keys, patience with other writers,
    immediate write locks (two writers wait for each other instead of failing), and Unicode-aware
    `lower` and `fold` (its own `lower` knows ASCII only, so Cyrillic would not be found).
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database and address.database != ":memory:":
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return create_engine(address, pool_pre_ping=True, **options)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver must not open transactions by itself: it would not do so before DDL and SELECT.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.create_function("fold", 1, _fold, deterministic=True)
    aggregate: Any = MedianGap  # its days are texts, the driver's types know numbers only
    connection.create_aggregate("kartoteka_median_gap", 1, aggregate)


def _begin_sqlite(connection: Any) -> None:
    mode = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {mode}")


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _fold(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value
