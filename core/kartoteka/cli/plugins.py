"""`kartoteka plugins`: what is enabled, what it brings, what it would change or leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, print_json, print_table
from kartoteka.errors import KartotekaError, PluginError

if TYPE_CHECKING:
    from kartoteka.services.plugin_data import PluginData

#: What `check` counts: attribute of the registry and its word.
_NOUNS = (
    "entities", "pipelines", "roles", "activity_kinds", "dmu_roles", "sources", "lost_reasons",
    "indicators", "norms", "segments", "panels", "actions", "views", "links", "permissions",
    "jobs", "assets", "demo_bases",
)  # fmt: skip


@click.group(epilog="Example: kartoteka plugins list")
def plugins() -> None:
    """List, check, compare and purge plugins."""


@plugins.command("list", epilog="Example: kartoteka plugins list --json")
@as_json
@pass_installation
def list_(installation: Installation, as_json: bool) -> None:
    """Show plugins and their state.

    Enabled plugins, installed ones that are not enabled, and those that left data behind.
    """
    rows = _enabled(installation)
    names = {row["name"] for row in rows}
    rows += [row for row in _installed() if row["name"] not in names]
    for name in _left_behind(installation):
        row = next((item for item in rows if item["name"] == name), None)
        if row is None:
            rows.append({"name": name, "version": "", "state": "left data behind", "title": ""})
        elif row["state"] == "installed":
            row["state"] = "installed, left data behind"
    if as_json:
        print_json(rows)
    elif rows:
        print_table(
            ("plugin", "version", "state", "title"),
            [(r["name"], r["version"], r["state"], r["title"]) for r in rows],
        )
    else:
        click.echo("No plugin is installed.")


@plugins.command(epilog="Example: kartoteka plugins new acme")
@click.argument("name")
@pass_installation
def new(installation: Installation, name: str) -> None:
    """Write a new plugin NAME and enable it.

    It stands beside kartoteka.toml and has a field, its first migration and a test that passes.
    """
    from kartoteka.cli.database import write_revision
    from kartoteka.config import enable_plugin
    from kartoteka.services.scaffold import new_plugin, whole_or_nothing

    folder = installation.config.folder
    with whole_or_nothing(folder, name):
        written = new_plugin(folder, name)
        enable_plugin(folder, name)
        written.append(write_revision(Installation(folder), name, "first"))
    for path in written:
        click.echo(str(path.relative_to(folder)))
    click.echo(f"{name} is on the list of plugins. Now: kartoteka db upgrade")


@plugins.command(epilog="Example: kartoteka plugins check")
@as_json
@pass_installation
def check(installation: Installation, as_json: bool) -> None:
    """Start as a server would and say what comes of it.

    Shows what each plugin contributes. Exit code 1, with one sentence that names the plugin, when
    the start would be refused.
    """
    from kartoteka.app import create_app

    registry = installation.made.registry
    create_app(installation.config)
    found: list[dict[str, Any]] = []
    for name, info in registry.plugins.infos.items():
        brings = {
            noun: codes
            for noun in _NOUNS
            if (
                codes := [
                    code
                    for code in getattr(registry, noun, ())
                    if registry.plugin_of(noun, code) == name
                ]
            )
        }
        fields = [
            f"{entity}.{field}"
            for entity in registry.entities
            for field, item in registry.fields(entity).items()
            if item.plugin == name and name != "core"
        ]
        if fields:
            brings["fields"] = fields
        found.append({"name": name, "version": info.version, "brings": brings})
    if as_json:
        print_json(found)
        return
    for item in found:
        click.echo(f"{item['name']} {item['version']}")
        for noun, codes in item["brings"].items():
            shown = ", ".join(codes[:8]) + (f" … {len(codes)} in all" if len(codes) > 8 else "")
            click.echo(f"  {noun.replace('_', ' ')}: {shown}")


@plugins.command(epilog="Example: kartoteka plugins diff")
@as_json
@pass_installation
def diff(installation: Installation, as_json: bool) -> None:
    """Show what an upgrade would change.

    That is what `kartoteka db upgrade` would do. Exit code 1 when there is anything.
    """
    migrations = installation.made.migrations
    found: Mapping[str, list[str]] = migrations.differences()
    if as_json:
        print_json(found)
    elif found:
        for name, lines in found.items():
            for line in lines:
                click.echo(f"{name}: {line}")
    else:
        click.echo("Nothing: the database has everything the plugins declare.")
    if found:
        raise SystemExit(1)


@plugins.command(epilog="Example: kartoteka plugins purge wholesale --yes")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Remove it; without this nothing is changed.")
@as_json
@pass_installation
def purge(installation: Installation, name: str, yes: bool, as_json: bool) -> None:
    """Remove the data of a plugin that is off.

    Its tables and columns go, when it is no longer enabled. Without --yes it only shows what would
    go, with the number of rows.
    """
    from kartoteka.db.migrations import CORE, copy_before_upgrade, upgrade_lock
    from kartoteka.services.plugin_data import data_of

    if name == CORE:
        raise KartotekaError("The core can not be purged.")
    enabled = name in installation.made.registry.plugins.infos
    if enabled and yes:
        raise PluginError(name, "is enabled. Take it off plugins in kartoteka.toml first.")
    engine = installation.made.engine
    found = data_of(engine, name)
    if not any(found.values()) and not enabled and name not in _left_behind(installation):
        raise KartotekaError(
            f"There is no plugin {name!r} in the database. See `kartoteka plugins list`."
        )
    if as_json:
        print_json({"plugin": name, "enabled": enabled, "removed": yes, **found})
    else:
        if enabled:
            click.echo(f"Plugin {name!r} is enabled and works with:")
        _print_data(found)
    if not yes:
        if not as_json:
            first = "Take it off plugins in kartoteka.toml first; then r" if enabled else "R"
            click.echo(f"Nothing was removed. {first}emove it with --yes.")
        return
    migrations = _with_lineage(installation, name)
    with upgrade_lock(engine):
        copy = copy_before_upgrade(engine)
        migrations.purge(name)
    click.echo(f"Plugin {name!r} is removed from the database.", err=as_json)
    if copy is not None:
        click.echo(f"A copy of what was there: {copy}", err=True)


def _print_data(found: PluginData) -> None:
    for table, rows in found["tables"].items():
        click.echo(f"table {table}: {rows} rows")
    for column, rows in found["columns"].items():
        click.echo(f"column {column}: {rows} filled")
    if not found["tables"] and not found["columns"]:
        click.echo("no table and no column")


def _enabled(installation: Installation) -> list[dict[str, Any]]:
    """Each enabled plugin by itself, so that a broken one does not hide the others."""
    from kartoteka.app import find_plugins_beside
    from kartoteka.config import FILE
    from kartoteka.hooks.manager import load, manifest_of

    if not (installation.folder / FILE).exists():
        return []
    find_plugins_beside(installation.config)
    rows: list[dict[str, Any]] = []
    for name in installation.config.plugins:
        try:
            info = manifest_of(load([name])[0])
            rows.append(
                {"name": info.name, "version": info.version, "state": "enabled",
                 "title": str(info.title)}
            )  # fmt: skip
        except PluginError as error:
            rows.append({"name": name, "version": "", "state": "broken", "title": str(error)})
    return rows


def _installed() -> list[dict[str, Any]]:
    from kartoteka.hooks.manager import installed

    return [
        {"name": name, "version": point.dist.version if point.dist else "", "state": "installed",
         "title": ""}
        for name, point in sorted(installed().items())
    ]  # fmt: skip


def _left_behind(installation: Installation) -> list[str]:
    try:
        return sorted(installation.made.migrations.orphans())
    except KartotekaError:
        return []


def _with_lineage(installation: Installation, name: str) -> Any:
    """Return the schema with the lineage of a plugin that is installed but not enabled."""
    from importlib.resources import files

    from kartoteka.db.migrations import Lineage, Migrations
    from kartoteka.hooks.manager import load, manifest_of

    try:
        info = manifest_of(load([name])[0])
    except PluginError as error:
        raise PluginError(
            name, "is not installed, and only its own migrations know how to remove it. Install it."
        ) from error
    known = installation.made.migrations
    if not info.migrations:
        raise PluginError(name, "has no migrations, so there is nothing to remove.")
    lineage = Lineage(name=info.name, versions=Path(str(files(info.migrations))))
    return Migrations(known.engine, [*known.lineages.values(), lineage])
