"""Count what a plugin keeps in the database, before anybody removes it."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import Engine, column, func, inspect, select, table


class PluginData(TypedDict):
    """Tables with their rows, columns in tables of others with how many rows fill them."""

    tables: dict[str, int]
    columns: dict[str, int]


def data_of(engine: Engine, plugin: str) -> PluginData:
    """Return tables and columns with the prefix of a plugin and how much is in them."""
    prefix = f"{plugin}_"
    found = PluginData(tables={}, columns={})
    inspector = inspect(engine)
    with engine.connect() as connection:
        for name in inspector.get_table_names():
            if name.startswith(prefix):
                found["tables"][name] = (
                    connection.scalar(select(func.count()).select_from(table(name))) or 0
                )
                continue
            mine = [
                item["name"]
                for item in inspector.get_columns(name)
                if item["name"].startswith(prefix)
            ]
            if mine:
                counts = connection.execute(
                    select(*(func.count(column(item)) for item in mine)).select_from(table(name))
                ).one()
                found["columns"].update(
                    {f"{name}.{item}": int(n) for item, n in zip(mine, counts, strict=True)}
                )
    return found
