"""The plugin of imports: its table of contents."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from flask import Flask

from kartoteka.api import Entity, PluginInfo, _, hookimpl
from kartoteka_excel_import import hookspecs as offered, models
from kartoteka_excel_import.reading.kinds import readers_of

PLUGIN = PluginInfo(
    name="excel_import",
    title=_("Import of lists"),
    version="0.1.0",
    requires_core=">=0.1,<1",
    migrations="kartoteka_excel_import.migrations",
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
def on_start(app: Flask) -> None:
    """Refuse to start with readers that are none."""
    readers_of(app.extensions["kartoteka"].registry)
