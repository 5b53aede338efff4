"""Every test that asks for a database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from acme_dummy import plugin as acme_plugin

from kartoteka.api import Pipeline, PluginInfo, Stage, hookimpl
from kartoteka.testing import Firm, always_in_schema
from tests.starts import POSTGRES, Starts, drop_postgres, lasting, new_postgres

always_in_schema(acme_plugin)

NO_POSTGRES = os.environ.get("KARTOTEKA_TEST_POSTGRES_MISSING", "no server was given")
CHROMIUM = os.environ.get("KARTOTEKA_TEST_CHROMIUM", "")
NO_CHROMIUM = os.environ.get("KARTOTEKA_TEST_CHROMIUM_MISSING", "no Chromium was given")
SHARED = Path(__file__).parents[2] / "shared" / "data"


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
    url = new_postgres()
    yield url
    drop_postgres(url)


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


SALE = lasting(sale_plugin())


@pytest.fixture(scope="session")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starts]:
    """Hold the databases and applications of this worker."""
    made = Starts(tmp_path_factory.mktemp("starts"))
    yield made
    made.clear()


MakeFirm = Callable[..., Firm]


@pytest.fixture
def make(dialect: str, starts: Starts, tmp_path: Path) -> Iterator[MakeFirm]:
    """Return a function that makes a firm with further plugins: `make("wholesale", my_plugin)`.

    Names are those of installed plugins; other objects are plugins themselves.
    """
    made: list[Firm] = []

    def build(*plugins: Any) -> Firm:
        names = tuple(name for name in plugins if isinstance(name, str))
        extra = [item for item in plugins if not isinstance(item, str)]
        folder = tmp_path / f"firm{len(made)}"
        folder.mkdir()
        made.append(starts.firm(dialect, folder, names, *extra, number=len(made)))
        return made[-1]

    yield build
    for item in made:
        item.made.engine.dispose()
        if item.made.config.folder.is_relative_to(tmp_path):
            drop_postgres(item.made.config.url)


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
