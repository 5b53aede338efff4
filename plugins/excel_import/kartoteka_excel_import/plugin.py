"""The plugin of imports: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from flask import Flask

from kartoteka.api import Entity, Permission, PluginInfo, Setting, _, hookimpl
from kartoteka_excel_import import hookspecs as offered, models
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.running.uploads import RIGHT, ROLES

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
            help=_("How large a file may be, in megabytes"),
        ),
        Setting(
            name="keep_days",
            kind=int,
            default=30,
            help=_("Days after which an imported file is removed; its account stays"),
        ),
    ),
)


@hookimpl
def hookspecs() -> ModuleType:
    """Return the hook by which other plugins read further kinds of files."""
    return offered


@hookimpl
def entities() -> Iterable[Entity]:
    """Return the imports, with their state and counts."""
    return (models.ENTITY,)


@hookimpl
def permissions() -> Iterable[Permission]:
    """Return the right to import lists; what they hold is written with the person's own rights."""
    return (Permission(code=RIGHT, title=_("Imports lists"), roles=ROLES),)


@hookimpl
def on_start(app: Flask) -> None:
    """Refuse to start with readers that are none."""
    readers_of(app.extensions["kartoteka"].registry)
