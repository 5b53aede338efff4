"""Write rows given by columns: straight to the driver, by COPY on PostgreSQL.

This knows nothing of the rules of records: `services.many` keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    String,
    Table,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from kartoteka.db.among import numbers_of
from kartoteka.fields.types import CodeSet, Exact, Moment

Values = Sequence[Any]
_KNOWN = frozenset({String, Text, Integer, BigInteger, Boolean, Date, Moment, Exact, CodeSet})
_NOTHING = {type(None)}
_SPECIAL = "\\\n\t\r"
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def is_known(column: Column[Any]) -> bool:
    """Say whether values of a column can be given to the driver as the ORM would keep them."""
    if column.computed is not None or column.primary_key:
        return True
    default: Any = column.default
    if default is None:
        has_known_default = column.server_default is None
    else:
        has_known_default = default.is_scalar or default.is_callable
    return has_known_default and column.onupdate is None and type(column.type) in _KNOWN


def next_ids(connection: Connection, table: Table, count: int, *, above: Any = None) -> list[int]:
    """Take the next free numbers of a table, rising; on SQLite the transaction must write them.

    Args:
        above: a scalar subquery of a number that is not free, though no row has it; asked on SQLite
            only, PostgreSQL gives no number twice.
    """
    key = table.c.id
    if connection.dialect.name == "sqlite":
        taken = [select(func.max(key)).scalar_subquery(), *([] if above is None else [above])]
        first = 1 + max(number or 0 for number in connection.execute(select(*taken)).one())
        return list(range(first, first + count))
    asked = text(
        "WITH taken AS MATERIALIZED (SELECT nextval("
        # In a SELECT of its own it is looked up once.
        "CAST((SELECT pg_get_serial_sequence(:name, 'id')) AS regclass)) AS number "
        "FROM generate_series(1, :count)) SELECT min(number), max(number), "
        # Others who take numbers meanwhile leave gaps; else two numbers say all.
        "CASE WHEN max(number) - min(number) + 1 > count(*) THEN array_agg(number) END FROM taken"
    )
    first, last, numbers = connection.execute(asked, {"name": table.name, "count": count}).one()
    return list(range(first, last + 1)) if numbers is None else sorted(numbers)


def insert_columns(
    connection: Connection, table: Table, columns: Mapping[str, Values], raw: Iterable[str] = ()
) -> None:
    """Insert rows given by columns of one length; columns without any value are left out.

    Args:
        raw: columns whose values are texts as the database keeps them, whatever their type.

    Raises:
        IntegrityError, DataError: as the ORM raises them.
    """
    names = [name for name, values in columns.items() if set(map(type, values)) != _NOTHING]
    quoted = ", ".join(f'"{name}"' for name in names)
    if connection.dialect.name == "postgresql":
        cells = [
            _cells(connection, None if name in raw else table.c[name], columns[name])
            for name in names
        ]
        _copy(connection, f'COPY "{table.name}" ({quoted}) FROM STDIN', cells)
        return
    kept = [
        columns[name] if name in raw else _bound(connection, table.c[name], columns[name])
        for name in names
    ]
    marks = ", ".join("?" * len(names))
    statement = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'
    driver: Any = connection.connection.driver_connection
    with _errors_of(connection, statement):
        # The driver takes the rows one by one: none has to be kept.
        driver.executemany(statement, zip(*kept, strict=True))


def update_columns(
    connection: Connection, table: Table, keys: Mapping[str, Values], columns: Mapping[str, Values]
) -> int:
    """Set columns of the rows whose `keys` have these values; return how many rows there were."""
    parts = [*columns.items(), *keys.items()]
    bound = [_bound(connection, table.c[name], values) for name, values in parts]
    if connection.dialect.name == "postgresql":
        # One statement: each column travels as an array of texts.
        kinds = [_cast_to(connection, table.c[name]) for name, _values in parts]
        given = [f"CAST(v.c{at} AS {kind})" for at, kind in enumerate(kinds)]
        settings = ", ".join(f'"{n}" = {v}' for n, v in zip(columns, given, strict=False))
        where = " AND ".join(
            f't."{n}" = {v}' for n, v in zip(keys, given[len(columns) :], strict=True)
        )
        arrays = ", ".join(["%s::text[]"] * len(parts))
        named = ", ".join(f"c{at}" for at in range(len(parts)))
        statement = (
            f'UPDATE "{table.name}" AS t SET {settings} FROM unnest({arrays}) AS v({named}) '
            f"WHERE {where}"
        )
        done = connection.exec_driver_sql(statement, tuple(_texts(values) for values in bound))
    else:
        settings = ", ".join(f'"{name}" = ?' for name in columns)
        where = " AND ".join(f'"{name}" = ?' for name in keys)
        statement = f'UPDATE "{table.name}" SET {settings} WHERE {where}'
        done = connection.exec_driver_sql(statement, list(zip(*bound, strict=True)))
    return done.rowcount


def delete_rows(
    connection: Connection, table: Table, ids: Sequence[int], versions: Sequence[int]
) -> int:
    """Delete rows that still have these versions; return how many there were."""
    if connection.dialect.name == "postgresql":
        statement = (
            f'DELETE FROM "{table.name}" AS t USING unnest(%s::int[], %s::int[]) AS v(id, version) '
            "WHERE t.id = v.id AND t.version = v.version"
        )
        return connection.exec_driver_sql(
            statement, (numbers_of(ids), numbers_of(versions))
        ).rowcount
    statement = (
        f'DELETE FROM "{table.name}" WHERE id IN (SELECT t.id FROM json_each(?) AS v CROSS JOIN '
        f"\"{table.name}\" AS t ON t.id = json_extract(v.value, '$[0]') "
        "AND t.version = json_extract(v.value, '$[1]'))"
    )
    given = json.dumps(list(zip(ids, versions, strict=True)))
    return connection.exec_driver_sql(statement, (given,)).rowcount


def _cast_to(connection: Connection, column: Column[Any]) -> str:
    # A cast to VARCHAR(255) would cut off what is longer; without it the column refuses it.
    if isinstance(column.type, String | CodeSet):
        return "TEXT"
    return column.type.compile(connection.dialect)


def of_each(work: Callable[[Any], Any], values: Values) -> list[Any]:
    """Return what becomes of each value; equal ones are worked on once."""
    try:
        known = {value: work(value) for value in set(values)}
        return [known[value] for value in values]
    except TypeError:  # lists can not be looked up
        return [work(value) for value in values]


def _bound(connection: Connection, column: Column[Any], values: Values) -> Values:
    """Return values as the driver takes them."""
    dialect = connection.dialect
    process: Any = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else of_each(process, values)


def _cells(connection: Connection, column: Column[Any] | None, values: Values) -> list[str]:
    """Return values in the text format of COPY."""
    texts = _texts(values if column is None else _bound(connection, column, values))
    there = [one for one in texts if one is not None]
    whole = "\0".join(there)
    signs = [sign for sign in _SPECIAL if sign in whole]
    if whole.count("\0") >= max(len(there), 1):
        raise ValueError("PostgreSQL can not keep a text with U+0000.")
    if signs:
        # All texts in one go; the backslash is the first sign, so none is doubled twice.
        for sign in signs:
            whole = whole.replace(sign, _ESCAPES[sign])
        escaped = iter(whole.split("\0"))
        return ["\\N" if one is None else next(escaped) for one in texts]
    return ["\\N" if one is None else one for one in texts] if len(there) < len(texts) else there


def _texts(values: Values) -> Sequence[str | None]:
    types = set(map(type, values)) - _NOTHING
    if types <= {str}:
        return values
    if types == {int} and len(set(values)) > len(values) // 2 and None not in values:
        return list(map(str, values))
    return of_each(_text, values)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _copy(connection: Connection, statement: str, cells: Sequence[Sequence[str]]) -> None:
    driver: Any = connection.connection.driver_connection
    rows = "\n".join(map("\t".join, zip(*cells, strict=True)))
    with (
        _errors_of(connection, statement),
        driver.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write(rows + "\n")


@contextmanager
def _errors_of(connection: Connection, statement: str) -> Generator[None]:
    """Raise what the driver raises as the ORM does."""
    base: Any = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(
            statement, None, error, base, hide_parameters=True, dialect=connection.dialect
        ) from error


__all__ = ["delete_rows", "insert_columns", "is_known", "next_ids", "of_each", "update_columns"]
