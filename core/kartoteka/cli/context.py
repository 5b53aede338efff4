"""Give a command what it works on: the installation in a folder, composed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from functools import cached_property, update_wrapper
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from kartoteka.errors import ConfigError, KartotekaError

if TYPE_CHECKING:
    from flask import Flask

    from kartoteka.access.actor import Way
    from kartoteka.app import Kartoteka
    from kartoteka.config import Config
    from kartoteka.db.session import RecordSession


class Installation:
    """The Kartoteka of one folder.

    Nothing is read before a command asks, so `--help` is quick and works without an installation.

    Args:
        folder: with kartoteka.toml.
        given: settings that go over file and environment.
    """

    def __init__(self, folder: Path, **given: Any) -> None:
        self.folder = folder
        self._given = given

    @cached_property
    def config(self) -> Config:
        """The settings of the folder."""
        from kartoteka.config import load

        return load(self.folder, **self._given)

    @cached_property
    def made(self) -> Kartoteka:
        """Plugins, registry, engine and sessions: all that needs no web server."""
        from kartoteka.app import compose

        return compose(self.config)

    @cached_property
    def app(self) -> Flask:
        """The Flask application; the database was upgraded before."""
        from kartoteka.app import create_app

        self.demand_schema()
        return create_app(self.config)

    def demand_schema(self) -> None:
        """Refuse to work with a database that is behind the program.

        Raises:
            ConfigError: names what is behind and the command that mends it.
        """
        behind = self.made.migrations.behind()
        if behind:
            raise ConfigError(
                f"The database is behind the program ({', '.join(sorted(behind))}). "
                "Run `kartoteka db upgrade` first."
            )

    @cached_property
    def translator(self) -> Flask:
        """An application that serves nothing: inside its context texts are translated."""
        from flask import Flask
        from flask_babel import Babel

        from kartoteka import plugin_texts
        from kartoteka.app import EXTENSION, own_catalogues, translations

        app = Flask("kartoteka", static_folder=None)
        app.extensions[EXTENSION] = self.made
        plugins = self.made.registry.plugins
        app.extensions[plugin_texts.EXTENSION] = own_catalogues(plugins)
        folders = ";".join(translations(plugins))
        Babel(app, default_translation_directories=folders)
        return app

    @contextmanager
    def speaking(self) -> Generator[None]:
        """Speak the language of the installation; inside sessions that of their person holds."""
        from flask_babel import force_locale

        with self.translator.app_context(), force_locale(self.config.language):
            yield

    @contextmanager
    def session(
        self, user: str = "", way: Way = "cli", batch: str = ""
    ) -> Generator[RecordSession]:
        """Open a session of the system, or of a person by user name; commit at the end.

        The write lock is taken at once, so that what is read first can not change before it is
        written. The language and time zone of the person hold, else those of the installation.
        """
        from flask_babel import force_locale

        from kartoteka.access.actor import system

        self.demand_schema()
        with self.translator.app_context(), self.made.sessions() as session:
            session.connection(execution_options={"writes": True})
            actor = system(way, batch)
            session.info["actor"] = actor
            if user:
                actor = self._person(session, user).by(way, batch)
            with force_locale(self._read_as(session, actor.user_id)):
                session.info["actor"] = actor
                yield session
                session.commit()

    def _read_as(self, session: RecordSession, user_id: int | None) -> str:
        """Let a session read as a person does, None: as the firm; return the language."""
        from kartoteka.models import Staff
        from kartoteka.services.reading import reading_for

        staff = None if user_id is None else session.get(Staff, user_id)
        session.info["reading"] = reading_for(self.made.config, staff)
        return session.info["reading"].locale.partition("_")[0]

    @contextmanager
    def reading(self, user: str = "") -> Generator[RecordSession]:
        """Open a session that only reads and sees one moment, of the system or of a person.

        It keeps nobody from writing. A person's language and time zone hold.
        """
        from flask_babel import force_locale

        from kartoteka.access.actor import system

        with self.app.app_context(), self.made.sessions() as session:
            options: dict[str, Any] = {}
            if self.made.engine.dialect.name == "postgresql":
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            session.bind = self.made.engine.execution_options(**options)
            actor = system("cli")
            session.info["actor"] = actor
            if user:
                actor = self._person(session, user)
            with force_locale(self._read_as(session, actor.user_id)):
                session.info["actor"] = actor
                yield session

    def _person(self, session: RecordSession, username: str) -> Any:
        from flask_appbuilder.security.sqla.models import User
        from sqlalchemy import select

        from kartoteka.access.people import actor_for

        user = session.scalar(select(User).where(User.username == username))
        if user is None or not user.active:
            raise KartotekaError(
                f"There is no active user {username!r}. See `kartoteka user list`."
            )
        return actor_for(session, user, self.made.registry.roles, "cli")


def in_own_language(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command speak the language of its installation, where there is one."""

    def call(*args: Any, **options: Any) -> Any:
        context = click.get_current_context()
        installation = context.find_object(Installation)
        if installation is None or not (installation.folder / "kartoteka.toml").exists():
            return context.invoke(function, *args, **options)
        with installation.speaking():
            return context.invoke(function, *args, **options)

    return update_wrapper(call, function)


def pass_installation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the `Installation` as its first argument."""

    def call(*args: Any, **options: Any) -> Any:
        context = click.get_current_context()
        return context.invoke(function, context.find_object(Installation), *args, **options)

    return update_wrapper(call, function)


def with_session(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command a session as its first argument, and the option `--as USER`.

    The session belongs to the system, or to the person named: then the rules of that person hold.
    It is committed when the command returns, and rolled back when it raises. What the command
    prints is shown when it is committed: nothing is announced that was not kept. A question to the
    person at the terminal belongs before it, in a callback of an option.
    """

    @click.option("--as", "as_user", metavar="USER", default="", help="Act as this person.")
    def call(*args: Any, as_user: str, **options: Any) -> Any:
        context = click.get_current_context()
        installation = context.find_object(Installation)
        if installation is None:
            raise KartotekaError("The command was not called through `kartoteka`.")
        with _told_at_the_end(), installation.session(as_user) as session:
            return context.invoke(function, session, *args, **options)

    return update_wrapper(call, function)


@contextmanager
def _told_at_the_end() -> Generator[None]:
    """Hold back what is printed until the work has ended well, or by an exit code."""
    held = TextIOWrapper(BytesIO(), encoding="utf-8", newline="")

    def tell() -> None:
        held.flush()
        click.echo(held.buffer.getvalue(), nl=False)

    try:
        with redirect_stdout(held):
            yield
    except (Exit, SystemExit):
        tell()
        raise
    tell()


def with_reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command a session that only reads as its first argument, and the option `--as USER`.

    It keeps nobody from writing. Inside it the application is there.
    """

    @click.option("--as", "as_user", metavar="USER", default="", help="As this person sees it.")
    def call(*args: Any, as_user: str, **options: Any) -> Any:
        context = click.get_current_context()
        installation = context.find_object(Installation)
        if installation is None:
            raise KartotekaError("The command was not called through `kartoteka`.")
        with installation.reading(as_user) as session:
            return context.invoke(function, session, *args, **options)

    return update_wrapper(call, function)
