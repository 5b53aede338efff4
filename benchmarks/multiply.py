"""Make a big base of a small one set-wise: copies of clients, contacts, deals and purchases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Computed, Connection, Table, func, select, text

from kartoteka.db.search import rebuilt_after
from kartoteka.models import Base, Client, Contact, ContactPoint, Deal, Employment, Purchase

#: Columns that tell one copy from another.
COPIED = (Client, Contact, Employment, ContactPoint, Deal, Purchase)
_NAMED = ("name", "name_key", "search_text")


def multiply(connection: Connection, times: int) -> None:
    """Copy all clients and their rows so that there are `times` as many of each.

    One INSERT … SELECT for each table and copy; secondary indexes are made anew at the end.
    """
    tables = _tables()
    strides = {
        table.name: (connection.scalar(select(func.max(table.c.id))) or 0) + 1 for table in tables
    }
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
    indexes = [index for table in tables for index in table.indexes]
    with rebuilt_after(connection):
        for index in indexes:
            index.drop(connection, checkfirst=True)
        for table in tables:
            for copy in range(1, times):
                connection.execute(_copied(table, copy, strides))
        for index in indexes:
            index.create(connection)
    if not sqlite:
        for table in tables:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                    f"(SELECT max(id) FROM {table.name}))"
                )
            )


def _tables() -> list[Table]:
    names = {model.__tablename__ for model in COPIED}
    return [table for table in Base.metadata.sorted_tables if table.name in names]


def _copied(table: Table, copy: int, strides: dict[str, int]) -> Any:
    names: list[str] = []
    values: list[Any] = []
    for column in table.columns:
        if isinstance(column.computed, Computed):
            continue
        names.append(column.name)
        target = next((key.column.table.name for key in column.foreign_keys), "")
        if column.primary_key:
            values.append(column + copy * strides[table.name])
        elif target in strides:
            values.append(column + copy * strides[target])
        elif column.name in _NAMED:
            values.append(column + f" {copy}")
        else:
            values.append(column)
    rows = select(*values).where(table.c.id < strides[table.name])
    return table.insert().from_select(names, rows, include_defaults=False)
