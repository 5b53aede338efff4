"""Give each test a firm to start from without making its database and application anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy import Connection, create_engine, make_url, text

from kartoteka.app import compose, create_app
from kartoteka.config import Config
from kartoteka.models import catalog
from kartoteka.services import setup
from kartoteka.testing import Firm, firm as fill, for_tests, fresh

POSTGRES = os.environ.get("KARTOTEKA_TEST_POSTGRES_URL", "")

_lasting: dict[int, Any] = {}


def lasting(plugin: Any) -> Any:
    """Let tests share the application of a plugin that is one and the same in all of them."""
    _lasting[id(plugin)] = plugin
    return plugin


class Starts:
    """Databases that were migrated and filled once; each test gets a fresh copy.

    One base per dialect has the schema and the people; a set of plugins begins with a copy of it.
    The application of a set that lasts is kept too and moved to a fresh copy for each test; firms
    with a test's own plugins get applications of their own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bases: dict[str, tuple[str, Firm]] = {}
        #: Of sets that last: the database as it was at first, the application, its settings.
        self.kept: dict[Any, tuple[str, Flask, dict[str, Any]]] = {}

    def firm(
        self, dialect: str, folder: Path, plugins: tuple[str, ...], *extra: Any, number: int = 0
    ) -> Firm:
        """Return a firm with its people.

        Args:
            dialect: sqlite or postgresql.
            folder: an empty folder of this test.
            plugins: names of installed plugins.
            extra: plugin objects.
            number: how many firms the test has already; each has a database of its own.
        """
        base, filled = self._base(dialect)
        if all(isinstance(item, ModuleType) or id(item) in _lasting for item in extra):
            key = dialect, plugins, tuple(id(item) for item in extra), number
            app = self.again(
                key, dialect,
                lambda place: _app_on(
                    copy(base, dialect, place / "firm.db"), place, plugins, *extra
                ),
            )  # fmt: skip
        else:
            app = _app_on(copy(base, dialect, folder / "firm.db"), folder, plugins, *extra)
        return Firm(
            app=app, made=app.extensions["kartoteka"], users=dict(filled.users),
            departments=dict(filled.departments),
        )  # fmt: skip

    def clear(self) -> None:
        """Drop what lies on a server."""
        for url, _firm in self.bases.values():
            drop_postgres(url)
        for first, app, _config in self.kept.values():
            app.extensions["kartoteka"].engine.dispose()
            drop_postgres(first)
            drop_postgres(app.extensions["kartoteka"].config.url)

    def _base(self, dialect: str) -> tuple[str, Firm]:
        if dialect not in self.bases:
            place = self.folder / f"base-{dialect}"
            place.mkdir()
            url = f"sqlite:///{place / 'base.db'}" if dialect == "sqlite" else new_postgres()
            filled = fill(fresh(place, url))
            _rest(filled.app, url)
            self.bases[dialect] = url, filled
        return self.bases[dialect]

    def again(self, key: Any, dialect: str, begin: Callable[[Path], Flask]) -> Flask:
        """Return an application that was made once, on its database as it was at first.

        Args:
            key: what tells it from others.
            dialect: sqlite or postgresql.
            begin: makes the application, on `firm.db` of an empty folder or on a new database.
        """
        if key not in self.kept:
            place = self.folder / f"kept{len(self.kept)}"
            place.mkdir()
            app = begin(place)
            url = app.extensions["kartoteka"].config.url
            _rest(app, url)
            self.kept[key] = copy(url, dialect, place / "first.db"), app, dict(app.config)
            return app
        first, app, config = self.kept[key]
        made = app.extensions["kartoteka"]
        made.engine.dispose()
        app.config.clear()
        app.config.update(config)
        catalog.use(made.registry)
        copy(first, dialect, made.config.folder / "firm.db", over=made.config.url)
        return app


def _app_on(url: str, folder: Path, plugins: tuple[str, ...], *extra: Any) -> Flask:
    """Return an application on a copy of the base, with what its plugins bring."""
    config = Config(
        folder=folder, database_url=url, plugins=plugins, secret_key="s" * 48, rate_limits=False
    )
    if any(item.PLUGIN.migrations for item in extra):
        first = compose(config, *extra)
        setup.upgrade(first)
        first.engine.dispose()
    app = for_tests(create_app(config, *extra))
    setup.synchronise(app)
    return app


def _rest(app: Flask, url: str) -> None:
    """Leave a database so that it can be copied: nobody connected, all of it in one file."""
    app.extensions["kartoteka"].engine.dispose()
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def copy(source: str, dialect: str, path: Path, over: str = "") -> str:
    """Copy a database to a path or, on PostgreSQL, to a database; return its address."""
    if dialect == "sqlite":
        for rest in ("-wal", "-shm"):
            Path(f"{path}{rest}").unlink(missing_ok=True)
        shutil.copyfile(source.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"
    if over:
        drop_postgres(over)
    name = str(make_url(over).database) if over else ""
    return new_postgres(str(make_url(source).database), name)


def new_postgres(template: str = "template1", name: str = "") -> str:
    """Make a database as a copy of another; return its address."""
    name = name or f"kartoteka_{uuid.uuid4().hex}"
    _server().execute(text(f'CREATE DATABASE {name} TEMPLATE "{template}" STRATEGY FILE_COPY'))
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


def drop_postgres(url: str) -> None:
    """Drop a database of the server; an address of SQLite is left alone."""
    if not url.startswith("sqlite"):
        _server().execute(text(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)"))


@cache
def _server() -> Connection:
    """Return the one connection over which this process makes and drops databases."""
    return create_engine(POSTGRES, isolation_level="AUTOCOMMIT").connect()
