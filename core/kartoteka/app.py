"""Compose an application: configuration, plugins, fields, views, Flask-AppBuilder, freeze.

The order is law. A column attached after Flask-AppBuilder has looked at a class would be half
seen, so fields come before views and nothing is added after the registry is frozen.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from flask_appbuilder import AppBuilder
from jinja2 import BaseLoader, TemplateNotFound
from sqlalchemy import Engine
from sqlalchemy.orm import configure_mappers, scoped_session, sessionmaker

from kartoteka import plugin_texts
from kartoteka.builtin import plugin as builtin
from kartoteka.config import Config
from kartoteka.db.engine import make_engine
from kartoteka.db.session import RecordSession, session_factory
from kartoteka.errors import PluginError
from kartoteka.fields.kinds import Reading
from kartoteka.hooks.manager import Plugins, check_settings, load
from kartoteka.hooks.registry import Registry
from kartoteka.i18n import gettext, in_template, plural_text
from kartoteka.jobs.broker import Broker
from kartoteka.models import catalog

if TYPE_CHECKING:
    from kartoteka.db.migrations import Migrations

EXTENSION = "kartoteka"


@dataclass(frozen=True, kw_only=True)
class Kartoteka:
    """One running application: what it was configured with and what its plugins contribute."""

    config: Config
    registry: Registry
    engine: Engine
    sessions: sessionmaker[RecordSession]
    settings: dict[str, dict[str, Any]]
    broker: Broker

    @property
    def migrations(self) -> Migrations:
        """The schema of this installation."""
        from kartoteka.db.migrations import Migrations, lineages  # Alembic is not for servers

        return Migrations(self.engine, lineages(self.registry.plugins))


def kartoteka() -> Kartoteka:
    """Return the Kartoteka of the current Flask application."""
    return cast("Kartoteka", current_app.extensions[EXTENSION])


def compose(config: Config, *extra_plugins: Any) -> Kartoteka:
    """Load plugins, attach fields, make engine and sessions: all that needs no web server.

    Args:
        config: the settings.
        extra_plugins: plugin objects beside those of the configuration; for tests.

    Raises:
        ConfigError, PluginError: with one sentence that says who, what and what to do.
    """
    find_plugins_beside(config)
    plugins = Plugins([builtin, *load(config.plugins), *extra_plugins])
    settings = {
        name: check_settings(info, config.plugin_settings.get(name, {}))
        for name, info in plugins.infos.items()
    }
    registry = Registry(plugins, settings)
    try:
        configure_mappers()
    except Exception as error:
        raise PluginError("?", f"the tables of the enabled plugins do not fit: {error}") from error
    catalog.use(registry)
    # Values of people's records stay out of errors, and so out of logs.
    engine = make_engine(config.url, hide_parameters=True)
    reading = Reading(
        locale=config.language, tz=ZoneInfo(config.time_zone), region=config.phone_region
    )
    broker = Broker(config)
    pause = timedelta(minutes=config.mail_pause) if config.mail_host else None
    sessions = session_factory(
        engine, registry, reading, config.currency, settings, broker, letter_pause=pause
    )
    return Kartoteka(
        config=config, registry=registry, engine=engine, sessions=sessions, settings=settings,
        broker=broker,
    )  # fmt: skip


def translations(plugins: Plugins) -> list[str]:
    """Return the folders with catalogues of the core and of the enabled plugins."""
    own = own_catalogues(plugins).values()
    return [str(Path(__file__).with_name("translations")), *(folder for folder in own if folder)]


def own_catalogues(plugins: Plugins) -> dict[str, str]:
    """Return the folder with the catalogue of each enabled plugin by its module; empty for none.

    A plugin's lies in `translations` beside its `plugin.py`, or where its manifest says.
    """
    found: dict[str, str] = {}
    for name, module in plugins.modules.items():
        where = getattr(module, "__file__", None)
        if where is not None and name != "core":
            folder = Path(where).parent / (plugins.infos[name].translations or "translations")
            package = str(getattr(module, "__name__", name)).removesuffix(".plugin")
            found[package] = str(folder) if folder.is_dir() else ""
    return found


def find_plugins_beside(config: Config) -> None:
    """Let an integrator's own plugin stand in a folder beside kartoteka.toml."""
    folder = str(config.folder)
    if folder not in sys.path:
        sys.path.append(folder)


@contextmanager
def _without_collecting() -> Generator[None]:
    """Put the search for garbage off: a start makes a hundred thousand things and drops few."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collecting()
def create_app(config: Config, *extra_plugins: Any) -> Flask:
    """Return the Flask application of an installation; its database is upgraded before.

    Args:
        config: the settings.
        extra_plugins: plugin objects beside those of the configuration; for tests.

    Raises:
        ConfigError, PluginError: with one sentence that says who, what and what to do.
    """
    from kartoteka import rest, screens
    from kartoteka.screens import addresses, hardening, requests, security

    made = compose(config, *extra_plugins)
    app = Flask("kartoteka", static_folder=None)
    app.url_rule_class = addresses.LateRule
    app.config.update(hardening.settings(config))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(translations(made.registry.plugins))
    app.extensions[EXTENSION] = made
    app.extensions[plugin_texts.EXTENSION] = own_catalogues(made.registry.plugins)
    requests.serve(app, made)
    with app.app_context():
        session = scoped_session(made.sessions, scopefunc=requests.scope_key)
        app.extensions["kartoteka.session"] = session
        app.teardown_appcontext(requests.close_session)
        builder = AppBuilder(
            security_manager_class=security.SecurityManager, indexview=screens.IndexView,
            base_template="kartoteka/layout.html", update_perms=False,
        )  # fmt: skip
        builder.init_app(app, cast("Any", session))
        templates = cast("Any", app.jinja_env)
        templates.install_gettext_callables(gettext, plural_text, newstyle=True)
        templates.globals["_"] = in_template
        screens.register(app, builder, made)
        rest.register(app, builder, made)
        hardening.harden(app, made)
        for _plugin, blueprints in made.registry.plugins.each("endpoints"):
            for blueprint in blueprints:
                app.register_blueprint(blueprint)
        for _plugin, _answer in made.registry.plugins.each("on_start", app=app):
            pass
        _check_templates(app, made.registry)
    return app


def _check_templates(app: Flask, registry: Registry) -> None:
    """Stop the start when the page of a record would break later; nothing is compiled here."""
    loader = cast("BaseLoader", app.jinja_env.loader)
    for code, panel in registry.panels.items():
        try:
            loader.get_source(app.jinja_env, panel.template)
        except TemplateNotFound as error:
            raise PluginError(
                registry.plugin_of("panels", code),
                f"panel {code!r} has the template {panel.template!r}, which does not exist. It "
                "belongs into the folder `templates` beside plugin.py.",
            ) from error
