"""Write millions of rows: straight to the driver, with everything derived built at the end.

This goes round the rules of the session: whoever uses it writes owner, department, keys, search
texts and totals of the rows itself. It is for filling a fresh base nobody works in yet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.schema import AddConstraint, DropConstraint, ForeignKeyConstraint, Index

from kartoteka.db.search import INDEXED, rebuilt_after
from kartoteka.fields.types import Exact

Row = tuple[Any, ...]


class BulkLoad:
    """Rows on their way into several tables.

    Values are given as the database keeps them, because converting is what takes the time: days
    as `YYYY-MM-DD`, moments as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, amounts as whole numbers of
    the smallest unit, sets of codes as `|a|b|`, yes and no as 1 and 0.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.written = 0
        self._targets: list[_Target] = []

    def into(self, model: Any, columns: Sequence[str]) -> Callable[[Row], None]:
        """Return the function that takes one row of a table; values in the order of `columns`.

        Columns that are not named stay NULL or get the default of the database.
        """
        target = _Target(model.__table__, columns)
        self._targets.append(target)
        return target.rows.append

    def next_id(self, model: Any) -> int:
        """Return the first number that is free in a table."""
        return 1 + (self.connection.scalar(select(func.max(model.__table__.c.id))) or 0)

    def write(self) -> None:
        """Write the rows given so far, in the order in which their tables were named."""
        postgres = self.connection.dialect.name == "postgresql"
        if postgres:
            self.connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for target in self._targets:
            if not target.rows:
                continue
            if postgres:
                self._copy(target)
            else:
                self.connection.exec_driver_sql(target.insert, target.rows)
            self.written += len(target.rows)
            target.rows.clear()

    def finish(self) -> None:
        """Write what is left and let PostgreSQL number further rows behind ours."""
        self.write()
        if self.connection.dialect.name == "postgresql":
            for table in {target.table for target in self._targets}:
                self.connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                        f"(SELECT max(id) FROM {table.name}))"
                    )
                )

    def _copy(self, target: _Target) -> None:
        driver: Any = self.connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(target.copy) as copy:
            copy.write(target.text())


class _Target:
    """One table that is filled, and how its rows are written."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.table = table
        self.rows: list[Row] = []
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        self.insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
        self.copy = f'COPY "{table.name}" ({names}) FROM STDIN'
        types = [table.c[name].type for name in columns]
        self._scales = [
            (index, kind.scale) for index, kind in enumerate(types) if isinstance(kind, Exact)
        ]

    def text(self) -> str:
        """Return the rows in the text format of COPY."""
        lines: list[str] = []
        for row in self.rows:
            values = list(row)
            for index, scale in self._scales:
                if values[index] is not None:
                    values[index] = _decimal(values[index], scale)
            lines.append(
                "\t".join(
                    [
                        "\\N" if v is None else _plain(v) if type(v) is str else str(v)
                        for v in values
                    ]
                )
            )
        lines.append("")
        return "\n".join(lines)


@contextmanager
def put_aside(connection: Connection, models: Iterable[Any]) -> Generator[None]:
    """Write into tables without their indexes, foreign keys and search; build them at the end.

    The block may commit. When it fails the indexes are missing: the base is to be made anew.
    """
    tables: list[Table] = [model.__table__ for model in models]
    indexes = [index for table in tables for index in _indexes(table)]
    keys = [key for table in tables for key in _foreign_keys(table)]
    postgres = connection.dialect.name == "postgresql"
    for index in indexes:
        index.drop(connection, checkfirst=True)
    if postgres:
        for key in keys:
            connection.execute(DropConstraint(key))
    searched = [table.name for table in tables if table.name in INDEXED]
    with rebuilt_after(connection, searched):
        yield
        if postgres:
            connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        for index in indexes:
            index.create(connection)
        if postgres:
            for key in keys:
                connection.execute(AddConstraint(key, isolate_from_table=False))


@contextmanager
def bulk_connection(engine: Any) -> Generator[Connection]:
    """Open a connection for mass writing; SQLite does not check each row's foreign keys in it."""
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            yield connection
            return
        # The switch works only before a transaction begins.
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")


def _indexes(table: Table) -> list[Index]:
    return sorted((i for i in table.indexes if not i.unique), key=lambda index: str(index.name))


def _foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    found = [c for c in table.constraints if isinstance(c, ForeignKeyConstraint)]
    return sorted(found, key=lambda key: str(key.name))


def _decimal(units: int, scale: int) -> str:
    sign = "-" if units < 0 else ""
    shown = str(abs(units)).rjust(scale + 1, "0")
    return f"{sign}{shown[:-scale]}.{shown[-scale:]}" if scale else f"{sign}{shown}"


def _plain(value: str) -> str:
    if "\\" in value or "\n" in value or "\t" in value or "\r" in value:
        return (
            value.replace("\\", "\\\\")
            .replace("\n", "\\n")
            .replace("\t", "\\t")
            .replace("\r", "\\r")
        )
    return value
