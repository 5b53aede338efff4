"""The command line: `kartoteka <command>`. Commands are imported when they are called."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from kartoteka import __version__
from kartoteka.cli.context import Installation
from kartoteka.errors import KartotekaError, Unreadable

VARIABLE = "KARTOTEKA_DIR"
#: Command: where it is, and its line in the list (read without importing it).
COMMANDS = {
    "init": ("install:init", "Make a new installation in a folder."),
    "run": ("serve:run", "Serve the application."),
    "worker": ("worker:worker", "Run exports and other long work."),
    "demo": ("demo:demo", "Build a demonstration base and serve it."),
    "db": ("database:db", "Upgrade, check, back up and restore the database."),
    "plugins": ("plugins:plugins", "List, check, compare and purge plugins."),
    "user": ("users:user", "Manage the accounts of staff."),
    "import": ("importing:import_", "Import a CSV file."),
    "regions": ("regions:regions", "Load the shapes of regions for the map."),
    "export": ("exporting:export", "Export a list to xlsx or csv."),
    "report": ("reports:report", "Print a report, or write it into a file."),
    "duplicates": ("duplicates:duplicates", "Find clients that are there twice."),
    "criteria": ("criteria:criteria", "Explain saved filters, segments, rules."),
    "jobs": ("jobs:jobs", "List, start and cancel long work."),
    "check-totals": ("totals:check_totals", "Prove that kept totals equal their ledger."),
}


class Commands(click.Group):
    """The core's commands, then a group for every enabled plugin that brings commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, _, name = COMMANDS[cmd_name][0].partition(":")
            return getattr(import_module(f"kartoteka.cli.{module}"), name)
        return self._of_plugin(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_place, line) in COMMANDS.items()])
        plugins = self._with_commands(ctx)
        if plugins:
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, f"{name} --help") for name in plugins])

    def invoke(self, ctx: click.Context) -> Any:
        given = [*ctx._protected_args, *ctx.args]  # pyright: ignore[reportPrivateUsage]
        try:
            return super().invoke(ctx)
        except Exception as error:
            end = _end_of(error)
            if end is None:
                raise  # ours to mend: it is shown whole
            if "--json" in given:
                # A program reads one stream, whatever came of it.
                click.echo(json.dumps({"error": end.format_message()}, ensure_ascii=False))
                raise SystemExit(end.exit_code) from error
            raise end from error

    def _of_plugin(self, ctx: click.Context, name: str) -> click.Command | None:
        if not (_installation(ctx).folder / "kartoteka.toml").exists():
            return None
        commands: dict[str, click.Command] = {}
        for plugin, answer in _installation(ctx).made.registry.plugins.each("commands"):
            if _as_command(plugin) == _as_command(name):
                commands.update({str(command.name): command for command in answer})
        if not commands:
            return None
        name = _as_command(name)
        return click.Group(name, commands, help=f"Commands of the plugin {name}.")

    def _with_commands(self, ctx: click.Context) -> list[str]:
        """Name the plugins with commands; the list of commands is shown even when one is broken."""
        if not (_installation(ctx).folder / "kartoteka.toml").exists():
            return []
        try:
            found = _installation(ctx).made.registry.plugins.implementers("commands")
            return [_as_command(name) for name in found]
        except KartotekaError as error:
            click.echo(f"Plugins: {error}", err=True)
            return []


def _as_command(plugin: str) -> str:
    """Write the name of a plugin as commands are written."""
    return plugin.replace("_", "-")


class _Stop(click.ClickException):
    """The end of a command with one sentence."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # pyright: ignore[reportAttributeAccessIssue]


def _installation(ctx: click.Context) -> Installation:
    """Return the installation, also while `--help` is answered before the group has run."""
    if not isinstance(ctx.obj, Installation):
        given = ctx.params.get("folder") or os.environ.get(VARIABLE) or "."
        ctx.obj = Installation(Path(given))
    return ctx.obj


def _end_of(error: Exception) -> click.ClickException | None:
    """Return the sentence and the exit code for what a person can mend; None for any other."""
    if isinstance(error, KartotekaError):
        return _Stop(str(error), 2 if isinstance(error, Unreadable) else 1)
    return error if isinstance(error, click.ClickException) else _plainly(error)


def _plainly(error: Exception) -> _Stop | None:
    """Return the sentence for a database that does not answer; None for any other error."""
    alchemy = sys.modules.get("sqlalchemy.exc")
    if alchemy is not None and isinstance(error, alchemy.OperationalError):
        from kartoteka.db.busy import is_busy

        original: object = getattr(error, "orig", error)
        if is_busy(error):
            return _Stop("Others are writing into the database. Try again in a minute.", 1)
        reason = str(original).strip().splitlines()[0]
        return _Stop(
            f"The database does not work: {reason}. Check database_url in kartoteka.toml.", 1
        )
    return None


@click.group(cls=Commands, epilog="Example: kartoteka demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar=VARIABLE,
    default=".",
    is_eager=True,  # known before --help lists the commands of its plugins
    help="Folder of the installation; default: this one, or KARTOTEKA_DIR.",
)
@click.version_option(__version__, prog_name="kartoteka")
@click.pass_context
def main(ctx: click.Context, folder: Path) -> None:
    """Kartoteka: a framework for client bases."""
    ctx.obj = Installation(folder)
