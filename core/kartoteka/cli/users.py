"""`kartoteka user`: accounts of staff and keys of programs."""

from __future__ import annotations

from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, new_password, print_json, print_table
from kartoteka.errors import KartotekaError


@click.group(epilog="Example: kartoteka user add maria --role manager --department Sales")
def user() -> None:
    """Manage the accounts of staff."""


@user.command(epilog="Example: kartoteka user add maria --role manager --first-name Мария")
@click.argument("username")
@click.option(
    "--role", "roles", multiple=True, required=True,
    help="director, curator, manager, assistant, Admin or a plugin's; several times for several.",
)  # fmt: skip
@click.option("--password", help="One is made and printed without it.")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--email", default="")
@click.option("--department", default="", help="Name of a department.")
@click.option("--superior", default="", help="User name of the person an assistant works for.")
@click.option("--language", default="", help="en, ru or bg.")
@as_json
@pass_installation
def add(
    installation: Installation, username: str, roles: tuple[str, ...], password: str | None,
    department: str, superior: str, language: str, as_json: bool, **names: str,
) -> None:  # fmt: skip
    """Make an account for USERNAME."""
    from kartoteka.services.staff import add_user
    from kartoteka.services.staff_log import remember_new

    word = password or new_password()
    with installation.session() as session:
        made = add_user(
            session, username=username, password=word, roles=list(roles), **names,
            department_id=_department(session, department) if department else None,
            superior_id=_account(session, superior).id if superior else None,
            language=language or None,
        )  # fmt: skip
        remember_new(session, made)
        number = made.id
    if as_json:
        print_json({"id": number, "username": username, "password": None if password else word})
        return
    click.echo(f"User: {username}")
    if not password:
        click.echo(f"Password: {word}")


@user.command("list", epilog="Example: kartoteka user list --json")
@as_json
@pass_installation
def list_(installation: Installation, as_json: bool) -> None:
    """Show all accounts.

    Each with its role, department and number of clients.
    """
    from kartoteka.services.staff import everybody

    with installation.session() as session:
        people = everybody(session)
    rows: list[dict[str, Any]] = [
        {
            "id": p.id, "username": p.username, "name": p.name, "roles": list(p.roles),
            "department": p.department, "superior": p.superior, "active": bool(p.active),
            "clients": p.clients,
        }
        for p in people
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    print_table(
        ("user", "name", "roles", "department", "active", "clients"),
        [(r["username"], r["name"], ", ".join(r["roles"]), r["department"],
          "yes" if r["active"] else "no", r["clients"]) for r in rows],
    )  # fmt: skip


@user.command(epilog="Example: kartoteka user password maria")
@click.argument("username")
@click.option("--password", help="One is made and printed without it.")
@pass_installation
def password(installation: Installation, username: str, password: str | None) -> None:
    """Give USERNAME a new password.

    All open sessions of that person end.
    """
    from kartoteka.services.staff import set_password

    word = password or new_password()
    with installation.session() as session:
        set_password(session, _account(session, username).id, word)
    click.echo(f"{username} has a new password." if password else f"Password: {word}")


@user.command(epilog="Example: kartoteka user deactivate maria")
@click.argument("username")
@click.option("--back", is_flag=True, help="Let the person in again.")
@pass_installation
def deactivate(installation: Installation, username: str, back: bool) -> None:
    """Shut USERNAME out, or let back in.

    The records of that person stay as they are.
    """
    from kartoteka.services.staff import clients_of, set_active

    with installation.session() as session:
        number = _account(session, username).id
        set_active(session, number, active=back)
        clients = clients_of(session, number)
    click.echo(f"{username} may work again." if back else f"{username} is shut out.")
    if clients and not back:
        click.echo(f"{clients} clients still belong to {username}: hand them over.")


@user.command("api-key", epilog="Example: kartoteka user api-key maria 'web site' --days 365")
@click.argument("username")
@click.argument("name")
@click.option("--days", type=int, help="The key ends after so many days; never without it.")
@click.option("--revoke", is_flag=True, help="End the key of this name.")
@pass_installation
def api_key(
    installation: Installation, username: str, name: str, days: int | None, revoke: bool
) -> None:
    """Make a key for a program.

    With it a program works as USERNAME; NAME says what it is for.
    """
    from kartoteka.services.api_keys import create_api_key, revoke_api_key

    ended, made = 0, ""
    with installation.session() as session:
        if revoke:
            ended = revoke_api_key(session, username, name)
        else:
            made = create_api_key(session, username, name, days)
    if made:
        click.echo(made)
        return
    if not ended:
        raise KartotekaError(f"{username!r} has no API key {name!r}.")
    click.echo(f"{ended} API key ended.")


def _account(session: Any, username: str) -> Any:
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select

    found = session.scalar(select(User).where(User.username == username))
    if found is None:
        raise KartotekaError(f"There is no user {username!r}. See `kartoteka user list`.")
    return found


def _department(session: Any, name: str) -> int:
    from sqlalchemy import select

    from kartoteka.models import Department

    found = session.execute(select(Department.id, Department.name)).all()
    for number, known in found:
        if known.casefold() == name.casefold():
            return int(number)
    listed = ", ".join(known for _number, known in found) or "none"
    raise KartotekaError(f"There is no department {name!r}. There are: {listed}.")
