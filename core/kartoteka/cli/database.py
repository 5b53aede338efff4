"""`kartoteka db`: the schema and the safety of the database."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, print_json, say
from kartoteka.errors import KartotekaError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(epilog="Example: kartoteka db upgrade")
def db() -> None:
    """Upgrade, check, back up and restore the database."""


@db.command(epilog="Example: kartoteka db upgrade")
@pass_installation
def upgrade(installation: Installation) -> None:
    """Bring the database up to the program.

    That is schema, roles, permissions and reference rows. Works under a lock, so that several
    servers may call it at once. A SQLite database is copied beside itself before it is changed.
    """
    from kartoteka.cli.install import build_database

    before = installation.made.migrations.behind()
    build_database(installation)
    if before:
        for name, (old, new) in before.items():
            click.echo(f"{name}: {old or 'nothing'} → {new}")
    else:
        click.echo("The schema was up to date.")
    click.echo("Roles, permissions and reference rows are written.")


@db.command(epilog="Example: kartoteka db check")
@as_json
@pass_installation
def check(installation: Installation, as_json: bool) -> None:
    """Compare the database with the program.

    Exit code 1 when it is not what the program expects.
    """
    migrations = installation.made.migrations
    behind = migrations.behind()
    differences = {} if behind else migrations.differences()
    left = sorted(migrations.orphans())
    if as_json:
        print_json(
            {
                "behind": {n: {"here": a, "wanted": b} for n, (a, b) in behind.items()},
                "differences": differences, "left_behind": left,
            }
        )  # fmt: skip
    else:
        for name, (old, new) in behind.items():
            click.echo(f"{name} is behind: {old or 'nothing'}, wanted {new}")
        for name, lines in differences.items():
            for line in lines:
                click.echo(f"{name}: {line}")
        for name in left:
            click.echo(f"Plugin {name!r} is not enabled; its data stays.")
        if behind:
            click.echo("Run `kartoteka db upgrade`.")
        elif not differences:
            click.echo("The database is what the program expects.")
    if behind or differences:
        raise SystemExit(1)


@db.command(epilog='Example: kartoteka db revise wholesale "Add floor area"')
@click.argument("plugin")
@click.argument("message")
@pass_installation
def revise(installation: Installation, plugin: str, message: str) -> None:
    """Write the migration of a changed PLUGIN.

    MESSAGE says what it does. Only the plugin and what it requires is loaded, on an empty database
    of its own, so nothing of the installation gets into the file. Read the file before you keep it.
    """
    click.echo(str(write_revision(installation, plugin, message)))


def write_revision(installation: Installation, plugin: str, message: str) -> Path:
    """Write the migration of a changed plugin and return its path."""
    from kartoteka.app import compose, find_plugins_beside
    from kartoteka.config import Config
    from kartoteka.db.migrations import CORE

    find_plugins_beside(installation.config)
    names = [] if plugin == CORE else needed(_listed(installation), plugin)
    with tempfile.TemporaryDirectory() as folder:
        made = compose(
            Config(folder=Path(folder), plugins=tuple(names), secret_key="-" * 32,
                   plugin_settings={})
        )  # fmt: skip
        lineages = made.migrations.lineages
        # A listed name may be a module; its code is what lineages are called by.
        code = CORE if plugin == CORE else list(made.registry.plugins.infos)[-1]
        if code not in lineages:
            raise KartotekaError(
                f"Plugin {plugin!r} names no package of migrations. Set `migrations` in its PLUGIN."
            )
        made.migrations.upgrade()
        path = made.migrations.revise(code, message)
        made.engine.dispose()
    return path


def needed(listed: Sequence[str], plugin: str) -> list[str]:
    """Return a plugin with all that must be listed before it, in their order.

    Args:
        listed: names of plugins beside the installed ones, which may be modules.
        plugin: name or code of a plugin.
    """
    from kartoteka.hooks.manager import installed, load, manifest_of, needed_by

    known = {*installed(), *listed}
    names: list[str] = []

    def add(name: str) -> None:
        module: Any = load([name])[0]
        info = manifest_of(module)
        for other in (needed_by(info, wanted)[0] for wanted in info.requires):
            found = next((item for item in known if item.rpartition(".")[2] == other), other)
            if found not in names:
                add(found)
        names.append(name)

    add(next((item for item in listed if item == plugin or _code(item) == plugin), plugin))
    return names


def _code(name: str) -> str:
    from kartoteka.hooks.manager import load, manifest_of

    return manifest_of(load([name])[0]).name


def _listed(installation: Installation) -> Sequence[str]:
    from kartoteka.config import FILE

    return installation.config.plugins if (installation.folder / FILE).exists() else ()


@db.command(epilog="Example: kartoteka db backup /var/backups/kartoteka-2026-12-31")
@click.argument("file", type=_FILE)
@pass_installation
def backup(installation: Installation, file: Path) -> None:
    """Copy the whole database into FILE.

    People may go on working. Keep kartoteka.toml and .kartoteka-secret too: they are not in it.
    """
    from kartoteka.services import backup as copies

    copies.backup(installation.made.engine, file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


@db.command(epilog="Example: kartoteka db restore /var/backups/kartoteka-2026-12-31 --yes")
@click.argument("file", type=_FILE)
@click.option("--yes", is_flag=True, help="Replace everything that is in the database.")
@pass_installation
def restore(installation: Installation, file: Path, yes: bool) -> None:
    """Bring FILE, made by `kartoteka db backup`, into the database.

    Stop the servers first.
    """
    from kartoteka.services import backup as copies

    kept = copies.restore(installation.made.engine, file, overwrite=yes)
    if kept is not None:
        say(f"What was there before: {kept}")
    click.echo(f"{file} is restored.")
    if installation.made.migrations.behind():
        click.echo("It is of an older release: run `kartoteka db upgrade`.")
