"""A wholesale firm with people of all roles, and its demo base."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from kartoteka.testing import Firm, fresh

TODAY = date(2026, 6, 17)
_built: dict[str, Firm] = {}


@pytest.fixture
def wholesale(make: Callable[..., Firm]) -> Firm:
    """A small firm with the wholesale plugin."""
    return make("wholesale")


def fill(app: Any, **options: Any) -> Firm:
    """Build the demo base in an application; return it as a firm with its people."""
    made = app.extensions["kartoteka"]
    firm = Firm(app=app, made=made)
    with firm.session() as session:
        made.registry.demo_bases["wholesale"].build(
            session, **{"clients": 300, "password": "correct horse", "today": TODAY, **options}
        )
    return firm


@pytest.fixture
def today() -> date:
    """The day up to which everything in the demo base happened."""
    return TODAY


@pytest.fixture
def build() -> Callable[..., Firm]:
    """Return the function that fills an application with the demo base."""
    return fill


@pytest.fixture(scope="session")
def postgres_for_demo() -> Iterator[str]:
    """An empty PostgreSQL database that stays until all tests are done."""
    server = os.environ["KARTOTEKA_TEST_POSTGRES_URL"]
    name = f"kartoteka_demo_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def demo(request: pytest.FixtureRequest, dialect: str, tmp_path_factory: Any) -> Firm:
    """The demo base of 300 clients; built once for each database, only to be read."""
    if dialect not in _built:
        url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}"
        if dialect == "postgresql":
            url = request.getfixturevalue("postgres_for_demo")
        folder = tmp_path_factory.mktemp("demo")
        _built[dialect] = fill(fresh(folder, url, ("wholesale",)))
    return _built[dialect]
