"""Which columns of which tables lead to the records of a table, whoever brought them?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Connection,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    inspect as sa_inspect,
    select,
)

from kartoteka.models.record import Base, Record

#: Tables of the full-text index, which belong to their table.
_INDEX = "_search"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One column that leads to the records of a table."""

    table: Table
    column: str
    target: str
    on_delete: str

    @property
    def is_nullable(self) -> bool:
        """Say whether a row can do without it."""
        return bool(self.table.c[self.column].nullable)


def ways_to(name: str) -> list[Way]:
    """Return every column that leads to a table, of the core and of all enabled plugins."""
    return [way for table in Base.metadata.sorted_tables for way in ways_of(table, name)]


def ways_of(table: Table, name: str = "") -> Iterator[Way]:
    """Yield the columns of a table that lead to others, or to the one named."""
    for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
        target = key.target_fullname.rpartition(".")[0]
        if not name or target == name:
            yield Way(
                table=table, column=key.parent.name, target=target,
                on_delete=key.ondelete or "",
            )  # fmt: skip


def ways_of_strangers(connection: Connection, name: str) -> list[Way]:
    """Return the columns of tables this program does not know: of plugins that are switched off.

    The database deletes their rows with the record, so they have to come along too.
    """
    inspector = sa_inspect(connection)
    unknown = [
        table
        for table in inspector.get_table_names()
        if table not in Base.metadata.tables and _INDEX not in table and table[:3] != "ab_"
    ]
    found: list[Way] = []
    described = inspector.get_multi_foreign_keys(filter_names=unknown) if unknown else {}
    for (_schema, table), keys in described.items():
        for key in keys:
            if key["referred_table"] == name and len(key["constrained_columns"]) == 1:
                whole = stranger(connection, table)
                on_delete = str(key.get("options", {}).get("ondelete", ""))
                found.append(
                    Way(table=whole, column=key["constrained_columns"][0], target=name,
                        on_delete=on_delete)
                )  # fmt: skip
    return found


def stranger(connection: Connection, name: str) -> Table:
    """Return a table this program does not know, as the database describes it."""
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def known_or_stranger(connection: Connection, name: str) -> Table | None:
    """Return a table by name; None when it is not there any more."""
    if name in Base.metadata.tables:
        return Base.metadata.tables[name]
    return stranger(connection, name) if sa_inspect(connection).has_table(name) else None


def model_of(table: Table) -> type[Record] | None:
    """Return the record class that is kept in a table; None for other tables."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return mapper.class_ if issubclass(mapper.class_, Record) else None
    return None


def unique_sets(table: Table) -> list[tuple[str, ...]]:
    """Return the columns that no two rows of a table have alike; not the primary key."""
    found: list[tuple[str, ...]] = [
        tuple(column.name for column in one.columns)
        for one in table.constraints
        if isinstance(one, UniqueConstraint)
    ]
    found += [tuple(c.name for c in one.columns) for one in table.indexes if one.unique]
    found += [(column.name,) for column in table.columns if column.unique]
    return sorted(set(found))


def numbers(connection: Connection, ids: Iterable[int]) -> Any:
    """Return ids as something to be IN, however many: one parameter for all of them."""
    wanted = sorted(ids)
    if connection.dialect.name == "postgresql":
        return select(func.unnest(bindparam(None, wanted, type_=ARRAY(Integer))))
    listed = func.json_each("[" + ",".join(map(str, wanted)) + "]").table_valued("value")
    return select(cast("Any", listed.c).value)


__all__ = [
    "Way", "known_or_stranger", "model_of", "numbers", "unique_sets", "ways_of",
    "ways_of_strangers", "ways_to",
]  # fmt: skip
