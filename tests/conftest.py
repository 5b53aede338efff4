"""Every test that asks for a database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from acme_dummy import plugin as acme_plugin
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from kartoteka.api import Pipeline, PluginInfo, Stage, hookimpl
from kartoteka.models import catalog
from kartoteka.testing import Firm, always_in_schema, firm as make_firm, fresh

always_in_schema(acme_plugin)

POSTGRES = os.environ.get("KARTOTEKA_TEST_POSTGRES_URL", "")
NO_POSTGRES = os.environ.get("KARTOTEKA_TEST_POSTGRES_MISSING", "no server was given")
CHROMIUM = os.environ.get("KARTOTEKA_TEST_CHROMIUM", "")
NO_CHROMIUM = os.environ.get("KARTOTEKA_TEST_CHROMIUM_MISSING", "no Chromium was given")
SHARED = Path(__file__).parents[2] / "shared" / "data"


def _postgres_sql(statement: str) -> None:
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _new_postgres(template: str = "template1") -> str:
    name = f"kartoteka_{uuid.uuid4().hex}"
    _postgres_sql(f'CREATE DATABASE {name} TEMPLATE "{template}"')
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


def _drop_postgres(url: str) -> None:
    _postgres_sql(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """The database a test runs on."""
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip(f"PostgreSQL: {NO_POSTGRES}")
    return request.param


@pytest.fixture
def empty_url(dialect: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    url = _new_postgres()
    yield url
    _drop_postgres(url)


def sale_plugin() -> Any:
    """Return a small business plugin: one pipeline with every kind of stage."""

    def pipelines() -> list[Pipeline]:
        return [
            Pipeline(
                code="sale",
                title="Sale",
                stages=[
                    Stage(code="new", title="New"),
                    Stage(code="offer", title="Offer sent", requires=["amount"], max_days=14),
                    Stage(code="later", title="Will call back", kind="deferred"),
                    Stage(code="won", title="Won", kind="won", next=["doing", "refused"]),
                    Stage(code="doing", title="In delivery", kind="delivery"),
                    Stage(code="done", title="Done", kind="done", next=[]),
                    Stage(code="refused", title="Refused", kind="lost"),
                ],
            )
        ]

    info = PluginInfo(name="sale", title="Sale", version="1", requires_core=">=0.1,<1")
    return SimpleNamespace(PLUGIN=info, pipelines=hookimpl(pipelines))


SALE = sale_plugin()


class Templates:
    """Databases that were migrated and filled once; each test gets a fresh copy.

    The application of the usual firm is made once too and moved to a fresh copy for each test;
    firms with a test's own plugins get applications of their own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[tuple[str, tuple[str, ...]], tuple[str, Firm]] = {}
        self.usual: dict[tuple[str, tuple[str, ...], int], tuple[str, Flask, dict[str, Any]]] = {}
        self.urls: list[str] = []

    def firm(
        self, dialect: str, folder: Path, plugins: tuple[str, ...], *extra: Any, number: int = 0
    ) -> Firm:
        key = dialect, (*plugins, *(item.PLUGIN.name for item in extra))
        if key not in self.made:
            if dialect == "sqlite":
                url = f"sqlite:///{self.folder / f'template{len(self.made)}.db'}"
            else:
                url = _new_postgres()
                self.urls.append(url)
            made = make_firm(fresh(self.folder, url, plugins, *extra))
            made.made.engine.dispose()
            if dialect == "sqlite":
                with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.made[key] = url, made
        template, built = self.made[key]
        if all(item is SALE for item in extra):
            app = self._usual(dialect, plugins, template, *extra, number=number)
        else:
            url = _copy(template, dialect, folder / "firm.db")
            app = _reopen(folder, url, plugins, *extra)
        return Firm(
            app=app, made=app.extensions["kartoteka"], users=dict(built.users),
            departments=dict(built.departments),
        )  # fmt: skip

    def _usual(
        self, dialect: str, plugins: tuple[str, ...], template: str, *extra: Any, number: int
    ) -> Flask:
        key = dialect, (*plugins, *(item.PLUGIN.name for item in extra)), number
        known = self.usual.get(key)
        if known is None:
            place = self.folder / f"usual{len(self.usual)}"
            place.mkdir()
            url = _copy(template, dialect, place / "firm.db")
            app = _reopen(place, url, plugins, *extra)
            self.usual[key] = url, app, dict(app.config)
            if dialect != "sqlite":
                self.urls.append(url)
            return app
        url, app, config = known
        app.extensions["kartoteka"].engine.dispose()
        app.config.clear()
        app.config.update(config)
        catalog.use(app.extensions["kartoteka"].registry)
        _copy(template, dialect, Path(url.removeprefix("sqlite:///")), over=url)
        return app


def _copy(template: str, dialect: str, path: Path, over: str = "") -> str:
    """Copy a template database to a path or, on PostgreSQL, to a database; return its address."""
    if dialect == "sqlite":
        for rest in ("-wal", "-shm"):
            Path(f"{path}{rest}").unlink(missing_ok=True)
        shutil.copyfile(template.removeprefix("sqlite:///"), path)
        return f"sqlite:///{path}"
    name = str(make_url(over).database) if over else f"kartoteka_{uuid.uuid4().hex}"
    if over:
        _drop_postgres(over)
    _postgres_sql(
        f'CREATE DATABASE {name} TEMPLATE "{make_url(template).database}" STRATEGY FILE_COPY'
    )
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


def _reopen(folder: Path, url: str, plugins: tuple[str, ...], *extra: Any) -> Flask:
    from kartoteka.app import create_app
    from kartoteka.config import Config

    config = Config(
        folder=folder, database_url=url, plugins=plugins, secret_key="s" * 48, rate_limits=False
    )
    app = create_app(config, *extra)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Hold the template databases of this worker."""
    made = Templates(tmp_path_factory.mktemp("templates"))
    yield made
    for url in made.urls:
        _drop_postgres(url)


MakeFirm = Callable[..., Firm]


@pytest.fixture
def make(dialect: str, templates: Templates, tmp_path: Path) -> Iterator[MakeFirm]:
    """Return a function that makes a firm with further plugins: `make("wholesale", my_plugin)`.

    Names are those of installed plugins; other objects are plugins themselves.
    """
    made: list[Firm] = []

    def build(*plugins: Any) -> Firm:
        names = tuple(name for name in plugins if isinstance(name, str))
        extra = [item for item in plugins if not isinstance(item, str)]
        folder = tmp_path / f"firm{len(made)}"
        folder.mkdir()
        made.append(templates.firm(dialect, folder, names, *extra, number=len(made)))
        return made[-1]

    yield build
    for item in made:
        item.made.engine.dispose()
        if item.made.config.folder.is_relative_to(tmp_path) and dialect == "postgresql":
            _drop_postgres(item.made.config.url)


@pytest.fixture
def firm(make: MakeFirm) -> Firm:
    """A small firm with a sales pipeline, two departments and people of all roles."""
    return make(SALE)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; tests on them are skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("The folder of real files is not beside the project.")
    return SHARED
