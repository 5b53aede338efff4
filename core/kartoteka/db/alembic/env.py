"""Alembic environment shared by the core and all plugins; `Migrations` passes the lineage in."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask_appbuilder import Model
from sqlalchemy import Engine

from kartoteka.db.migrations import CORE, VERSION_TABLE, Lineage, Owners
from kartoteka.db.search import mend_index
from kartoteka.fields.types import CodeSet, Exact, Moment
from kartoteka.models.record import Base

config = context.config
lineage: Lineage = config.attributes["lineage"]
owners: Owners = config.attributes["owners"]
engine: Engine = config.attributes["engine"]
#: Tables that Huey makes for itself where PostgreSQL wakes the workers.
QUEUE = "huey_"
SEARCH = ("_search", "_search_data", "_search_idx", "_search_docsize", "_search_config")


def mine(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """Say whether a part of the schema belongs to this lineage."""
    if type_ == "table":
        # A plugin must look into core's tables too: it may own columns there.
        name = name or ""
        if name.startswith((VERSION_TABLE, QUEUE)) or name.endswith(SEARCH):
            return False
        owner = owners.of(name)
        if owner == lineage.name:
            return True
        # What is in the process and not in the database is of a plugin that is not loaded here.
        is_there = reflected or compare_to is not None
        return owner == CORE and not name.startswith("ab_") and is_there
    if name is not None and name.endswith("_search_text"):
        return False
    table = obj.table.name
    if type_ == "column":
        return owners.of(table, name) == lineage.name
    columns = [column.name for column in getattr(obj, "columns", ())]
    return any(owners.of(table, column) == lineage.name for column in columns)


def written(type_: str, obj: Any, autogen_context: Any) -> str | bool:
    """Write our column types by their short names; the template imports them."""
    if type_ == "type" and isinstance(obj, Exact):
        return f"Exact({obj.precision}, {obj.scale})"
    if type_ == "type" and isinstance(obj, Moment):
        return "Moment()"
    if type_ == "type" and isinstance(obj, CodeSet):
        return "CodeSet(1000)"
    return False


with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    driver: Any = connection.connection.driver_connection
    if sqlite:
        # Batch mode drops and recreates tables. With foreign keys enforced, dropping a table
        # first deletes its rows, and ON DELETE CASCADE takes the rows of other tables along.
        # The switch works only before a transaction begins.
        driver.execute("PRAGMA foreign_keys=OFF")
    try:
        context.configure(
            connection=connection,
            target_metadata=[Model.metadata, Base.metadata],
            version_table=lineage.version_table,
            include_object=mine,
            render_item=written,  # pyright: ignore[reportArgumentType]
            render_as_batch=True,
            # Our engine begins SQLite's transactions itself, so its DDL can be rolled back too:
            # the check of foreign keys below undoes a migration that broke them.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                mend_index(connection)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(
                        f"Migration of {lineage.name!r} broke foreign keys: {broken[:5]}"
                    )
    finally:
        if sqlite:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")
