"""What one act took out of the tables and wrote elsewhere, kept so that it can be put back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select

from kartoteka.merging.ways import numbers, ways_to
from kartoteka.models.record import Base

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A column of some rows that went from one value to another, as plain JSON values."""

    table: str
    column: str
    old: Any
    new: Any
    ids: list[int]


@dataclass(kw_only=True, slots=True)
class Package:
    """Rows that were taken out, by table and id, and what was written into others, in order.

    Args:
        rows: all columns of each row, as the database gives them.
        values: of the record that stayed: field to what it was and what it became, plain.
    """

    rows: dict[str, dict[int, Row]] = field(default_factory=dict[str, dict[int, Row]])
    written: list[Written] = field(default_factory=list[Written])
    values: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Take in rows of a table."""
        kept = self.rows.setdefault(table.name, {})
        kept.update({row["id"]: row for row in rows})

    def note(self, table: Table, column: str, old: Any, new: Any, ids: Iterable[int]) -> None:
        """Take in that a column of rows went from one value to another."""
        wanted = sorted(ids)
        if wanted:
            self.written.append(
                Written(table=table.name, column=column, old=plain(old), new=plain(new), ids=wanted)
            )

    def as_json(self) -> dict[str, Any]:
        """Return it as the table of removals keeps it: rows by columns, which is short."""
        tables: dict[str, Any] = {}
        for name, rows in self.rows.items():
            columns = list(next(iter(rows.values()), {}))
            tables[name] = {
                "columns": columns,
                "rows": [[plain(row[column]) for column in columns] for row in rows.values()],
            }
        written = [[one.table, one.column, one.old, one.new, one.ids] for one in self.written]
        return {"rows": tables, "written": written, "values": self.values}


def package_of(kept: Mapping[str, Any]) -> Package:
    """Return a package from what the table of removals has.

    Tables and columns that are no longer there, of a plugin that was purged, are left out.
    """
    found = Package(values=dict(kept.get("values", {})))
    for name, part in kept.get("rows", {}).items():
        table = Base.metadata.tables.get(name)
        if table is None:
            continue
        columns: list[str] = part["columns"]
        found.rows[name] = {}
        for values in part["rows"]:
            row = {
                column: revived(table, column, value)
                for column, value in zip(columns, values, strict=True)
                if column in table.c
            }
            found.rows[name][row["id"]] = row
    for table, column, old, new, ids in kept.get("written", ()):
        found.written.append(Written(table=table, column=column, old=old, new=new, ids=ids))
    return found


def plain(value: Any) -> Any:
    """Return a value of a column as JSON keeps it."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return list(cast("tuple[Any, ...]", value))
    return value


def revived(table: Table, column: str, value: Any) -> Any:
    """Return a value of a column from JSON."""
    kind: Any = table.c[column].type
    python: Any = kind.python_type
    if value is None:
        return None
    if isinstance(value, str):
        if issubclass(python, datetime):
            return datetime.fromisoformat(value)
        if issubclass(python, date):
            return date.fromisoformat(value)
        if issubclass(python, Decimal):
            return Decimal(value)
    if isinstance(value, list) and issubclass(python, str):
        return tuple(cast("list[Any]", value))
    return value


def rows_by(connection: Connection, table: Table, column: str, ids: Iterable[int]) -> list[Row]:
    """Return whole rows whose column is one of these: one statement."""
    query = select(table).where(table.c[column].in_(numbers(connection, ids)))
    if "id" in table.c:
        query = query.order_by(table.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def going(connection: Connection, table: Table, ids: Iterable[int]) -> Package:
    """Return what a deletion takes along: rows that go, and links to them that are emptied.

    A statement for each column that leads to a table of which something goes.
    """
    found = Package()
    rows = rows_by(connection, table, "id", ids)
    found.add(table, rows)
    waiting: list[tuple[Table, set[int]]] = [(table, {row["id"] for row in rows})]
    emptied: dict[tuple[str, str, int], set[int]] = {}
    while waiting:
        parent, wanted = waiting.pop(0)
        for way in ways_to(parent.name):
            if not wanted or "id" not in way.table.c:
                continue
            if way.on_delete == "CASCADE":
                known = found.rows.get(way.table.name, {})
                more = [row for row in rows_by(connection, way.table, way.column, wanted)
                        if row["id"] not in known]  # fmt: skip
                if more:
                    found.add(way.table, more)
                    waiting.append((way.table, {row["id"] for row in more}))
            elif way.on_delete == "SET NULL":
                column = way.table.c[way.column]
                for number, target in connection.execute(
                    select(way.table.c.id, column).where(column.in_(numbers(connection, wanted)))
                ):
                    emptied.setdefault((way.table.name, way.column, target), set()).add(number)
    for (name, column, target), holders in sorted(emptied.items()):
        # What goes itself comes back with its links.
        left = holders - set(found.rows.get(name, ()))
        found.note(Base.metadata.tables[name], column, target, None, left)
    return found


def write_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Put whole rows into a table; what the database computes is left to it."""
    computed = {column.name for column in table.columns if column.computed is not None}
    made = [{k: v for k, v in row.items() if k not in computed} for row in rows]
    if made:
        connection.execute(insert(table), made)


__all__ = [
    "Package", "Row", "Written", "going", "package_of", "plain", "revived", "rows_by", "write_rows",
]  # fmt: skip
