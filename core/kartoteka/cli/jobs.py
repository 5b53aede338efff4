"""`kartoteka jobs`: list, start and cancel long work."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, print_json, print_table
from kartoteka.errors import Unreadable

_AS = click.option("--as", "as_user", metavar="USER", default="", help="Act as this person.")


@click.group(epilog="Example: kartoteka jobs list")
def jobs() -> None:
    """List, start and cancel long work."""


@jobs.command("list", epilog="Example: kartoteka jobs list --state running")
@click.option(
    "--state", type=click.Choice(["waiting", "running", "done", "failed", "cancelled"]),
    help="Only these.",
)  # fmt: skip
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 10_000))
@_AS
@as_json
@pass_installation
def list_(
    installation: Installation, state: str | None, most: int, as_user: str, as_json: bool
) -> None:
    """Show the newest jobs, and the kinds there are."""
    from sqlalchemy import select

    from kartoteka.models import StartedJob

    with installation.session(as_user) as session:
        wanted = select(StartedJob).order_by(StartedJob.id.desc()).limit(most)
        if state:
            wanted = wanted.where(StartedJob.state == state)
        registry = installation.made.registry
        rows = [described(row, registry) for row in session.scalars(wanted)]
    kinds = {code: str(job.title) for code, job in installation.made.registry.jobs.items()}
    if as_json:
        print_json({"jobs": rows, "kinds": kinds})
        return
    print_table(
        ("job", "kind", "state", "done", "started", "result or error"),
        [
            (r["id"], r["kind"], r["state"], _part(r), r["started_at"] or "",
             r["error"] or r["result_words"] or r["words"] or "")
            for r in rows
        ],
    )  # fmt: skip
    click.echo("\nThey can be started: " + ", ".join(kinds))


@jobs.command(epilog="Example: kartoteka jobs start core.check_totals --wait")
@click.argument("code")
@click.option("--args", "arguments", default="{}", metavar="JSON", help="Its values, an object.")
@click.option("--wait", is_flag=True, help="Wait for its end; exit code 1 when it fails.")
@_AS
@as_json
@pass_installation
def start(
    installation: Installation, code: str, arguments: str, wait: bool, as_user: str, as_json: bool
) -> None:
    """Start the job CODE.

    A worker does it: `kartoteka run` or `kartoteka worker`.
    """
    from kartoteka.models import StartedJob
    from kartoteka.services.jobs import start_job

    try:
        values = json.loads(arguments)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unreadable(f"--args is no JSON: {error}. Example: '{{\"view\": 5}}'") from error
    if not isinstance(values, dict):
        raise Unreadable("--args must be a JSON object. Example: '{\"view\": 5}'")
    given: dict[str, Any] = values  # pyright: ignore[reportUnknownVariableType]
    with installation.session(as_user) as session:
        row = described(start_job(session, code, given), installation.made.registry)
    while wait and row["state"] in ("waiting", "running"):
        time.sleep(0.3)
        with installation.made.sessions() as session:
            from kartoteka.access.actor import system

            session.info["actor"] = system("cli")
            row = described(session.get_one(StartedJob, row["id"]), installation.made.registry)
    if as_json:
        print_json(row)
    else:
        click.echo(f"Job {row['id']} is {row['state']}. {row['result_words'] or ''}".rstrip())
        if row["error"]:
            click.echo(row["error"], err=True)
    if row["state"] in ("failed", "cancelled"):
        raise SystemExit(1)


@jobs.command(epilog="Example: kartoteka jobs cancel 12")
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
@_AS
@as_json
@pass_installation
def cancel(installation: Installation, number: int, as_user: str, as_json: bool) -> None:
    """Ask job NUMBER to end.

    One that runs ends after the part it is at.
    """
    from kartoteka.services.jobs import cancel_job

    with installation.session(as_user) as session:
        row = described(cancel_job(session, number), installation.made.registry)
    if as_json:
        print_json(row)
    elif row["state"] == "cancelled":
        click.echo(f"Job {number} is cancelled.")
    else:
        click.echo(f"Job {number} ends after the part it is at.")


def described(row: Any, registry: Any) -> dict[str, Any]:
    """Return a job for a program; its result is said in the language in force."""
    from kartoteka.services.job_words import result_words

    names = (
        "id", "kind", "state", "asked_by_id", "run_at", "started_at", "finished_at", "done",
        "total", "words", "result_words", "result", "result_file", "error", "attempts",
        "arguments",
    )  # fmt: skip
    found = {name: getattr(row, name) for name in names}
    return {**found, "result_words": result_words(registry, row) or None}


def _part(row: dict[str, Any]) -> str:
    if row["done"] is None:
        return ""
    return f"{row['done']:,}" + (f" / {row['total']:,}" if row["total"] is not None else "")
