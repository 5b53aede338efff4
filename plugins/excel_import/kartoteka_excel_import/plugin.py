"""The plugin of imports: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

import click
from flask import Flask

from kartoteka.api import (
    Asset,
    Entity,
    Job,
    Permission,
    PluginInfo,
    Setting,
    View,
    _,
    hookimpl,
)
from kartoteka_excel_import import (
    commands as import_commands,
    commands_preview,
    commands_run,
    hookspecs as offered,
    models,
)
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.running.check_job import CHECK_JOB
from kartoteka_excel_import.running.jobs import JOBS, ROLES
from kartoteka_excel_import.running.rest_job import REST_JOB
from kartoteka_excel_import.running.uploads import RIGHT
from kartoteka_excel_import.screens import size_limit
from kartoteka_excel_import.screens.import_view import ImportView
from kartoteka_excel_import.screens.run_view import ImportRunView
from kartoteka_excel_import.workbooks.lists import lists_of

PLUGIN = PluginInfo(
    name="excel_import",
    title=_("Import of lists"),
    version="0.1.0",
    requires_core=">=0.1,<1",
    migrations="kartoteka_excel_import.migrations",
    settings=(
        Setting(
            name="most_megabytes",
            kind=int,
            default=200,
            help=_("How large a list may be that is sent"),
        ),
        Setting(
            name="keep_days",
            kind=int,
            default=30,
            help=_("Days for which the files of imports are kept; undoing needs no file"),
        ),
    ),
)


@hookimpl
def hookspecs() -> ModuleType:
    """Return the hooks by which other plugins bring kinds of files and ready workbooks."""
    return offered


@hookimpl
def entities() -> Iterable[Entity]:
    """Return the imports, with their state and counts."""
    return (models.ENTITY,)


@hookimpl
def views() -> Iterable[View]:
    """Return the wizard, and the list of imports that leads to it."""
    return (
        View(view=ImportView, title=_("Import"), menu="clients", icon="fa-file-import", weight=40),
        View(view=ImportRunView, title=_("Imports")),
    )


@hookimpl
def assets() -> Iterable[Asset]:
    """Return the style and the script of the wizard."""
    return (Asset(path="excel_import.css"), Asset(path="excel_import.js"))


@hookimpl
def commands() -> Iterable[click.Command]:
    """Return template, preview, run and undo."""
    return (*import_commands.COMMANDS, *commands_preview.COMMANDS, *commands_run.COMMANDS)


@hookimpl
def permissions() -> Iterable[Permission]:
    """Return the right to import, without which nobody gets to the wizard or its jobs."""
    return (Permission(code=RIGHT, title=_("Import lists from files"), roles=ROLES),)


@hookimpl
def jobs() -> Iterable[Job]:
    """Return check, decisions, import, undoing, and the nightly removal of old files."""
    return (CHECK_JOB, REST_JOB, *JOBS)


@hookimpl
def on_start(app: Flask) -> None:
    """Refuse to start with readers or ready workbooks that are none; let lists be large."""
    registry = app.extensions["kartoteka"].registry
    readers_of(registry)
    lists_of(registry)
    size_limit.install(app)
