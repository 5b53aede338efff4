"""`kartoteka demo`: a fresh embedded database with realistic data, served at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.database import needed
from kartoteka.cli.install import build_database
from kartoteka.cli.output import as_json, new_password, print_json, print_table, say
from kartoteka.cli.serve import serve
from kartoteka.cli.worker import embedded
from kartoteka.errors import KartotekaError

MARK = ".kartoteka-demo"
FOLDER = Path("kartoteka-demo")
DATABASE = "sqlite:///kartoteka.db"


@click.command(epilog="Example: kartoteka demo wholesale --clients 1000 --port 8080")
@click.argument("base", default="wholesale")
@click.option(
    "--dir", "folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER,
    show_default=True, help="Where it is built; an earlier demonstration there is replaced.",
)  # fmt: skip
@click.option("--clients", default=300, show_default=True, type=click.IntRange(1, 10_000_000))
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same base.")
@click.option("--password", help="Of all users; one is made and printed without it.")
@click.option("--language", help="en, ru or bg; default: that of the demonstration's staff.")
@click.option("--keep", is_flag=True, help="Serve the demonstration that is there.")
@click.option("--no-serve", is_flag=True, help="Build it and stop.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 128))
@as_json
@pass_installation
def demo(
    _installation: Installation, base: str, folder: Path, clients: int, seed: int,
    password: str | None, language: str | None, keep: bool, no_serve: bool, host: str, port: int,
    threads: int, as_json: bool,
) -> None:  # fmt: skip
    """Build the demonstration BASE (a plugin that brings one) and serve it.

    Users of every role are printed with their password. Nothing outside --dir is touched.
    """
    names = _plugins(base)
    # Its own database, whatever the environment says.
    installation = Installation(folder, database_url=DATABASE, plugins=names)
    if keep and (folder / MARK).exists():
        installation.demand_schema()
    else:
        word = password or new_password()
        _make_room(folder)
        _prepare(installation, base, names, language)
        _fill(installation, base, clients=clients, seed=seed, password=word)
        people = _people(installation)
        if as_json:
            print_json(
                {"folder": str(folder.resolve()), "password": word, "users": people,
                 "address": None if no_serve else f"http://localhost:{port}"}
            )  # fmt: skip
        else:
            click.echo(f"The demonstration is in {folder.resolve()}")
            print_table(("user", "role"), [(p["user"], p["role"]) for p in people])
            click.echo(f"Password of all: {word}")
            if no_serve and (variable := _gone_over()):
                click.echo(f"{variable} is set and goes over its kartoteka.toml: unset it first.")
            if no_serve:
                click.echo(f"Serve it: kartoteka --dir {folder} run --port {port}")
    if not no_serve:
        app = installation.app
        with embedded(installation.config, log_level="WARNING"):
            serve(app, host, port, threads, "WARNING")


def _gone_over() -> str:
    """Return the variable that would lead `run` elsewhere; empty when none is set."""
    names = ("KARTOTEKA_DATABASE_URL", "KARTOTEKA_PLUGINS")
    return next((name for name in names if os.environ.get(name)), "")


def _plugins(base: str) -> tuple[str, ...]:
    """Return the plugin of a base with those it needs and, where installed, those it shows."""
    from kartoteka.hooks.manager import installed, items_of, load

    names = needed((), base)
    bases: Any = getattr(load([names[-1]])[0], "demo_bases", None)
    for one in items_of(base, "demo_bases", bases()) if bases else ():
        for shown in one.plugins:
            if shown in installed():
                names += [name for name in needed((), shown) if name not in names]
    return tuple(names)


def _prepare(
    installation: Installation, base: str, names: tuple[str, ...], language: str | None
) -> None:  # fmt: skip
    from kartoteka.builtin import plugin as builtin
    from kartoteka.config import write_new
    from kartoteka.hooks.contributions import DemoBase
    from kartoteka.hooks.manager import Plugins, load

    installation.folder.mkdir(parents=True, exist_ok=True)
    (installation.folder / MARK).write_text("A demonstration: `kartoteka demo` replaces it.\n")
    plugins = ", ".join(f'"{name}"' for name in names)
    found = Plugins([builtin, *load(names)]).collect("demo_bases", DemoBase)
    if base not in found:
        known = ", ".join(found) or "none"
        raise KartotekaError(f"Plugin {base!r} brings no demonstration {base!r}; it has: {known}.")
    spoken: str = language or found[base][1].language
    write_new(installation.folder, language=spoken, plugins=plugins, database_url=DATABASE)
    say("Making the database …")
    build_database(installation)


def _fill(
    installation: Installation, base: str, *, clients: int, seed: int, password: str
) -> None:  # fmt: skip
    say(f"Filling it with {clients:,} clients …")
    with installation.session(way="system") as session:
        build = installation.made.registry.demo_bases[base].build
        build(session, clients=clients, seed=seed, password=password)
        for _plugin, _answer in installation.made.registry.plugins.each(
            "base_loaded", session=session
        ):
            pass


def _people(installation: Installation) -> list[dict[str, str]]:
    from kartoteka.services.staff import everybody

    with installation.session() as session:
        return [
            {"user": person.username, "role": ", ".join(person.roles)}
            for person in sorted(everybody(session), key=lambda person: person.id)
        ]


def _make_room(folder: Path) -> None:
    """Take away an earlier demonstration; refuse a folder with anything else in it."""
    from kartoteka.config import FILE, JOB_FOLDER, SECRET_FILE
    from kartoteka.jobs.broker import FILE as JOB_QUEUE

    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARK).exists():
        raise KartotekaError(f"{folder} holds something else. Choose another folder with --dir.")
    for path in folder.iterdir():
        if path.name == JOB_FOLDER:
            shutil.rmtree(path)
        elif path.name in {FILE, SECRET_FILE, MARK} or path.name.startswith(
            ("kartoteka.db", JOB_QUEUE)
        ):
            path.unlink()
