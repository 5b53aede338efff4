"""Make a fresh, migrated database and a small firm with people of all roles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask_appbuilder.security.sqla.models import User
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from kartoteka.access.actor import Actor, Way, system
from kartoteka.access.people import actor_for
from kartoteka.app import EXTENSION, Kartoteka, create_app
from kartoteka.builtin import plugin as builtin
from kartoteka.config import Config
from kartoteka.db.migrations import Migrations, lineages
from kartoteka.db.session import RecordSession
from kartoteka.hooks.manager import Plugins, installed, load
from kartoteka.models import Department
from kartoteka.services import setup
from kartoteka.services.api_keys import create_api_key
from kartoteka.services.staff import add_user

PASSWORD = "correct horse"
#: user name: (role, department, superior)
PEOPLE = {
    "director": ("director", None, None),
    "curator1": ("curator", "North", None),
    "curator2": ("curator", "South", None),
    "manager1": ("manager", "North", None),
    "manager2": ("manager", "North", None),
    "manager3": ("manager", "South", None),
    "assistant1": ("assistant", "North", "manager1"),
    "admin": ("Admin", None, None),
}


@dataclass
class Firm:
    """A small firm at work: application, people, and sessions in which each of them acts."""

    app: Flask
    made: Kartoteka
    users: dict[str, int] = field(default_factory=dict[str, int])
    departments: dict[str, int] = field(default_factory=dict[str, int])

    def session(self, who: str | None = None, way: Way = "screen") -> RecordSession:
        """Return a session in which a person (None: the system) acts; the caller closes it."""
        session = self.made.sessions()
        session.info["actor"] = system(way) if who is None else self.actor(session, who, way)
        return session

    def actor(self, session: Session, who: str, way: Way = "screen") -> Actor:
        """Return the actor a person of the firm is."""
        user = session.get_one(User, self.users[who])
        return actor_for(session, user, self.made.registry.roles, way)

    def browser(self, who: str, password: str = PASSWORD) -> Any:
        """Return a test client of Flask that is logged in as a person."""
        client = self.app.test_client()
        client.post("/login/", data={"username": who, "password": password})
        return client

    def program(self, who: str) -> Any:
        """Return a test client of Flask that sends an API key of a person."""
        with self.session() as session:
            name = f"key {secrets.token_hex(4)}"
            key = create_api_key(session, who, name)
            session.commit()
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client


def fresh(
    folder: Path, url: str, plugins: tuple[str, ...] = (), *extra: Any, **given: Any
) -> Flask:
    """Return an application on a new, migrated database.

    Args:
        folder: an empty folder.
        url: database address; an SQLite file or an empty PostgreSQL database.
        plugins: names as in kartoteka.toml.
        extra: plugin objects.
        given: further settings of `Config`.
    """
    settings: dict[str, Any] = {"secret_key": "s" * 48, "rate_limits": False, **given}
    config = Config(folder=folder, database_url=url, plugins=plugins, **settings)
    from kartoteka.app import compose

    first = compose(config, *extra)
    setup.upgrade(first)
    upgrade_installed(first)
    first.engine.dispose()  # PostgreSQL copies only a database that nobody is connected to
    app = for_tests(create_app(config, *extra))
    setup.synchronise(app)
    return app


def for_tests(app: Flask) -> Flask:
    """Set an application up for a test client; pages are compiled once for all applications."""
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.jinja_env.bytecode_cache = _compiled
    return app


class _Compiled(BytecodeCache):
    """Compiled templates in memory: each application would compile them anew."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template from memory."""
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template in memory."""
        self.known[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


def always_in_schema(plugin: Any) -> None:
    """Give every database made from now on the schema of a plugin that is not installed.

    For the `conftest.py` of a plugin under test: columns attached by one test stay on the classes
    of the process, so databases of other tests must have them too.
    """
    _of_this_run.append(plugin)


_of_this_run: list[Any] = []


def upgrade_installed(made: Kartoteka) -> None:
    """Give the database the columns of every installed plugin, enabled or not.

    Once attached, columns stay on the classes of this process, whichever plugins a later test
    enables; a database without them could not be read any more.
    """
    enabled = made.registry.plugins.infos
    known = [*load(list(installed())), *_of_this_run]
    by_name = {module.PLUGIN.name: module for module in known}
    others = [module for name, module in by_name.items() if name not in enabled]
    if others:
        Migrations(made.engine, lineages(Plugins([builtin, *others]))).upgrade()


def firm(app: Flask) -> Firm:
    """Fill a fresh database with two departments and people of all roles."""
    made: Kartoteka = app.extensions[EXTENSION]
    result = Firm(app=app, made=made)
    with result.session() as session:
        head = Department(name="Sales")
        session.add(head)
        session.flush()
        for name in ("North", "South"):
            department = Department(name=name, parent_id=head.id)
            session.add(department)
            session.flush()
            result.departments[name] = department.id
        for who, (role, department, superior) in PEOPLE.items():
            user = add_user(
                session,
                username=who,
                password=PASSWORD,
                roles=[role],
                first_name=who.capitalize(),
                last_name="Test",
                department_id=result.departments.get(department or ""),
                superior_id=result.users.get(superior or ""),
            )
            result.users[who] = user.id
        # Who logs in needs no protection here, and the costly hash is most of what a login takes.
        cheap = generate_password_hash(PASSWORD, "pbkdf2:sha256:1")
        session.execute(update(User).values(password=cheap))
        session.commit()
    return result
