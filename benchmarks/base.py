"""Build the big base once for each database and keep it for the next run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, make_url, text

from kartoteka.access.actor import system
from kartoteka.app import compose, create_app
from kartoteka.config import Config
from kartoteka.db.session import open_session
from kartoteka.services import setup

SECRET = "b" * 48
PASSWORD = "bench password"
#: What a server does by itself soon after a big import.
TIDY = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One database under measurement, the application on it, and how many clients it holds."""

    name: str
    config: Config
    app: Flask
    clients: int

    @property
    def made(self) -> Any:
        """The running Kartoteka."""
        return self.app.extensions["kartoteka"]


def places(
    folder: Path, clients: int, wanted: list[str], name: str = "base",
    plugins: tuple[str, ...] = ("wholesale",),
) -> list[Place]:  # fmt: skip
    """Return an application on a filled base for each database that can be had.

    Args:
        folder: where bases are kept between runs.
        clients: how many; contacts and purchases follow in the proportions of the demo base.
        wanted: `sqlite`, `postgresql` or both.
        name: of the base; one with other plugins is another base.
    """
    made: list[Place] = []
    folder.mkdir(parents=True, exist_ok=True)
    for database in wanted:
        url = _sqlite(folder, name, clients) if database == "sqlite" else _postgres(name, clients)
        if url is None:
            print(f"{database}: no server (KARTOTEKA_TEST_POSTGRES_URL), left out", file=sys.stderr)
            continue
        config = Config(
            folder=folder, database_url=url, plugins=plugins, secret_key=SECRET, rate_limits=False
        )
        _fill(config, clients)
        app = create_app(config)
        app.config.update(WTF_CSRF_ENABLED=False)
        made.append(Place(name=database, config=config, app=app, clients=clients))
    return made


def _sqlite(folder: Path, name: str, clients: int) -> str:
    return f"sqlite:///{folder / f'{name}-{clients}.db'}"


def _postgres(base: str, clients: int) -> str | None:
    server = os.environ.get("KARTOTEKA_TEST_POSTGRES_URL")
    if not server:
        return None
    name = f"kartoteka_bench_{clients}" if base == "base" else f"kartoteka_bench_{base}_{clients}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        there = connection.scalar(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        )
        if not there:
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _fill(config: Config, clients: int) -> None:
    made = compose(config)
    setup.upgrade(made)
    app = create_app(config)
    setup.synchronise(app)
    made = app.extensions["kartoteka"]
    with made.engine.connect() as connection:
        have = connection.scalar(text("SELECT count(*) FROM client"))
    if have >= clients:
        return
    if have:
        raise SystemExit(f"{config.url} holds {have} clients of a broken run. Remove it.")
    started = time.perf_counter()
    print(f"building {clients} clients in {config.url.split('@')[0]} …", file=sys.stderr)
    with open_session(made.sessions, system()) as session, app.app_context():
        made.registry.demo_bases["wholesale"].build(
            session, clients=clients, seed=1, password=PASSWORD
        )
    with made.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(TIDY[made.engine.dialect.name]))
    made.engine.dispose()
    print(f"built in {time.perf_counter() - started:.0f} s", file=sys.stderr)


def best(work: Callable[[], Any], rounds: int = 9) -> float:
    """Return the shortest of several runs in milliseconds: the one others disturbed least."""
    times: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


def alternately(*works: Callable[[], Any], rounds: int = 15) -> list[float]:
    """Return the shortest run of each, run in turns: what else the machine does falls on all."""
    times = [[best(work, 1) for work in works] for _ in range(rounds)]
    return [min(one) for one in zip(*times, strict=True)]
