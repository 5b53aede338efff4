"""Make a new installation: settings, secret, database, the first account."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, new_password, print_json, say
from kartoteka.errors import KartotekaError


@click.command(
    epilog="Example: kartoteka init my-base --plugins wholesale --language ru --currency RUB"
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--name", default="Kartoteka", help="What the installation is called.")
@click.option("--plugins", default="", help="Plugins, with commas, in their order.")
@click.option("--language", default="en", help="en, ru or bg; each person may choose another.")
@click.option("--time-zone", default="Europe/Moscow", help="For example Europe/Sofia.")
@click.option("--phone-region", default="RU", help="Country of phones written without +.")
@click.option("--currency", default="RUB", help="ISO 4217 code of the usual currency.")
@click.option("--admin", default="admin", show_default=True, help="Name of the first account.")
@click.option(
    "--admin-password",
    envvar="KARTOTEKA_ADMIN_PASSWORD",
    help="Its password, or KARTOTEKA_ADMIN_PASSWORD; one is made and printed without it.",
)
@click.option("--ask-password", is_flag=True, help="Type the password instead.")
@as_json
@pass_installation
def init(
    installation: Installation, folder: Path | None, admin: str, admin_password: str | None,
    ask_password: bool, as_json: bool, plugins: str, **settings: str,
) -> None:  # fmt: skip
    """Make a new installation in FOLDER (default: this folder).

    Writes kartoteka.toml and a secret key, upgrades the database and makes the first account.
    PostgreSQL: give its address in KARTOTEKA_DATABASE_URL. It is written into kartoteka.toml, which
    then, when there is a password in it, is readable for its owner only.
    """
    place = installation.folder if folder is None else folder
    if ask_password:
        admin_password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    password = admin_password or new_password()
    missing = [path for path in (place, *place.parents) if not path.exists()]
    before = set(place.iterdir()) if place.is_dir() else set[Path]()
    names = [name.strip() for name in plugins.split(",") if name.strip()]
    quoted = {key: _quoted(value) for key, value in settings.items()}
    try:
        _write(place, plugins=", ".join(json.dumps(name) for name in names), **quoted)
        made = Installation(place)
        build_database(made)
        add_admin(made, admin, password)
    except BaseException:
        _undo(place, before, missing)
        raise
    result: dict[str, Any] = {
        "folder": str(place.resolve()), "database": _shown_url(made), "user": admin,
        "password": None if admin_password else password,
    }  # fmt: skip
    if as_json:
        print_json(result)
        return
    click.echo(f"Kartoteka is ready in {place.resolve()}")
    click.echo(f"User: {admin}")
    if not admin_password:
        click.echo(f"Password: {password}")
        say("Write the password down: it is shown only now.")
    click.echo(f"Start it: kartoteka --dir {place} run")


def build_database(installation: Installation) -> None:
    """Migrate the database, then write roles, permissions and reference rows."""
    from kartoteka.app import create_app
    from kartoteka.services import setup

    setup.upgrade(installation.made)
    setup.synchronise(create_app(installation.config))


def add_admin(installation: Installation, username: str, password: str) -> None:
    """Make the account that runs the installation."""
    from kartoteka.access.people import ADMIN
    from kartoteka.services.staff import add_user

    with installation.session() as session:
        add_user(session, username=username, password=password, roles=[ADMIN], first_name="Admin")


def _write(place: Path, **values: str) -> None:
    from kartoteka.config import write_new

    try:
        write_new(place, **values)
    except OSError as error:
        raise KartotekaError(f"{place} can not be written: {error.strerror}.") from error


def _quoted(value: str) -> str:
    """Return a value for between the quotes of a TOML string."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _shown_url(installation: Installation) -> str:
    from sqlalchemy import make_url

    return make_url(installation.config.url).render_as_string(hide_password=True)


def _undo(place: Path, before: set[Path], missing: Sequence[Path]) -> None:
    """Take away what a failed start wrote and the folders it made, so that it can be tried again.

    Args:
        place: folder of the installation.
        before: what was in it.
        missing: folders that were not there, the innermost first.
    """
    for path in set(place.iterdir()) - before if place.is_dir() else ():
        if path.is_dir():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    for folder in missing:
        with suppress(OSError):
            folder.rmdir()
