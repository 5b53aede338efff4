"""`kartoteka excel-import run` and `undo`: import a list at once, take an import back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy.orm import Session

from kartoteka.api import (
    DateTime,
    KartotekaError,
    Reading,
    RegionNames,
    Unreadable,
    column_pairs,
    gettext,
    links_meant,
    now,
    registry_of,
    with_session,
)
from kartoteka_excel_import.commands_preview import plan_for, region_hint
from kartoteka_excel_import.mapping.phone_country import other_region
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.mapping.remembered import remember
from kartoteka_excel_import.models import SENTENCE, ImportRun
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.shapes import Wish
from kartoteka_excel_import.reading.table import Begun, open_table
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.jobs import counts_of, words_of, words_of_undo
from kartoteka_excel_import.running.rejected import write_rejected
from kartoteka_excel_import.running.report import run_as_json, undo_as_json
from kartoteka_excel_import.running.start import begin, begin_undo, settle
from kartoteka_excel_import.running.undo import undo as take_back
from kartoteka_excel_import.running.undone import SeenEdit, undone_rows
from kartoteka_excel_import.running.uploads import folder_of, keep, path_of
from kartoteka_excel_import.running.work import import_rows, run_of

_UNREADABLE = 2
_SHOWN = 20
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command(epilog="Example: kartoteka excel-import run clients.xlsx --mode both --json")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mode", type=click.Choice(["create", "update", "both"]), default="both", show_default=True,
    help="create: what is there stays as it is; update: nothing new.",
)  # fmt: skip
@click.option(
    "--map", "columns", multiple=True, metavar="COLUMN=TARGET,…",
    help="Which column fills what, such as Phone=client.phone; COLUMN= leaves one out. Columns "
    "that are not named are guessed.",
)  # fmt: skip
@click.option("--create-alike", is_flag=True, help="Do not hold back possible duplicates.")
@click.option(
    "--strict-names", is_flag=True,
    help="Hold back rows whose client is known by an equal name only.",
)  # fmt: skip
@click.option(
    "--bad-cells", type=click.Choice(["reject", "leave"]), default="reject", show_default=True,
    help="A cell that does not pass: reject its row, or leave it out and take the rest.",
)  # fmt: skip
@click.option("--empties-overwrite", is_flag=True, help="An empty cell empties the field.")
@click.option("--owner", default="", metavar="USER", help="Who gets new clients.")
@click.option(
    "--rejected", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows that were not imported into this workbook.",
)  # fmt: skip
@click.option("--sheet", default="", help="Name of a sheet; found without it.")
@click.option("--header-row", type=click.IntRange(0), help="Row of the heads; 0: there are none.")
@click.option("--encoding", default="", help="Of a text file: utf-8, cp1251 …")
@click.option("--delimiter", default="", help="Of a text file; `tab` for a tab.")
@click.option("--phone-region", default="", help="Country of phones without +, such as BG.")
@_as_json
@with_session
def run(
    session: Session, file: Path, mode: Any, columns: tuple[str, ...], create_alike: bool,
    strict_names: bool, bad_cells: Any, empties_overwrite: bool, owner: str,
    rejected: Path | None, sheet: str, header_row: int | None, encoding: str, delimiter: str,
    phone_region: str, as_json: bool,
) -> None:  # fmt: skip
    """Import FILE, a list of clients and what belongs to them.

    Each row is taken whole or not at all, and accounted for. It is written in parts: when the
    command is killed, what was written stays, with its account, and can be undone.

    Exit code 0: imported; 1: refused; 2: the file or the mapping can not be read.
    """
    wish = Wish(sheet=sheet, header_row=header_row, encoding=encoding, delimiter=delimiter)
    try:
        with open_table(file, wish=wish, readers=readers_of(registry_of(session))) as table:
            layout = table.layout
            plan, rows = plan_for(session, table, column_pairs(columns), phone_region)
            first = next(rows, None)
            taken = [] if first is None else [first]
            region = other_region(session, plan, first) if first is not None else ""
            plan = replace(
                plan, mode=mode, owner_id=_user(session, owner),
                alike="create" if create_alike else "hold",
                equal_names="hold" if strict_names else "match",
                empties_overwrite=empties_overwrite, bad_cells=bad_cells,
            )  # fmt: skip
            begun = Begun(table=table, chunks=chain(taken, rows))
            made = _imported(session, file, plan, begun, as_json)
        if columns or made.asked_by_id:
            # A guess that nobody looked at is not made the way of the whole firm.
            remember(session, layout, plan)
            session.commit()
    except (OSError, Unreadable) as error:
        if as_json:
            _print({"error": str(error)})
        else:
            click.echo(str(error), err=True)
        raise SystemExit(_UNREADABLE) from error
    if rejected is not None:
        write_rejected(session, made, rejected)
    told: dict[str, Any] = {**run_as_json(session, made), "phone_region_hint": region}
    if as_json:
        _print(told)
        return
    click.echo(gettext("Import %(number)s.", number=made.id) + " " + words_of(counts_of(made)))
    for problem in told["problems"][:_SHOWN]:
        click.echo(f"  {problem['row']} {problem['column']}: {problem['reason']}")
    if region:
        click.echo(region_hint(session, region, plan.region))


@click.command(epilog="Example: kartoteka excel-import undo 7 --json")
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@_as_json
@with_session
def undo(session: Session, number: int, as_json: bool) -> None:
    """Take import ID back: what it created and changed, where nobody worked on it since."""
    made = run_of(session, number)
    settle(session, [made])
    begin_undo(session, made)
    made.state, made.job_id = "undoing", None
    with _failing(session, number):
        made = take_back(Foreground(session, _teller(as_json)), number)
        session.commit()
    if as_json:
        _print(undo_as_json(session, made))
        return
    click.echo(words_of_undo((made.undone or {}).get("counts", {})))
    reading: Reading = session.info.get("reading") or Reading()
    for one in undone_rows(session, made):
        if one.how != "reversed":
            named = ", ".join(record.name for record in (one.client, one.record) if record)
            worked = "; ".join(_worked(edit, reading) for edit in one.edits)
            said = " ".join(part for part in (named and f"{named}.", one.why, worked) if part)
            click.echo(f"  {one.row}: {said}")


def _worked(edit: SeenEdit, reading: Reading) -> str:
    """Say on one line what a person did since."""
    when = DateTime().show(edit.at, reading) if edit.at else ""
    return ", ".join(part for part in (*edit.fields.values(), edit.by, when) if part)


def _user(session: Session, name: str) -> int | None:
    if not name:
        return None
    found = links_meant(session, "ab_user", [name], RegionNames())
    if name not in found.ids:
        raise Unreadable(found.problems[name])
    return found.ids[name]


def _imported(
    session: Session, file: Path, plan: Plan, begun: Begun, is_quiet: bool
) -> ImportRun:  # fmt: skip
    folder = folder_of(current_app.extensions["kartoteka"].config)
    with file.open("rb") as source:
        made = keep(session, folder, file.name, source)
    made.plan = plan.as_json()
    begin(session, made)
    made.state = "running"
    number, path = made.id, path_of(folder, made)
    session.commit()
    with _failing(session, number):
        made = import_rows(Foreground(session, _teller(is_quiet)), number, path, begun)
        session.commit()
    return made


@contextmanager
def _failing(session: Session, number: int) -> Generator[None]:
    """Note at the run why the work did not come to its end."""
    try:
        yield
    except BaseException as error:
        session.rollback()
        made = session.get(ImportRun, number)
        if made is not None:
            is_stopped = isinstance(error, KeyboardInterrupt)
            made.state = "cancelled" if is_stopped else "failed"
            made.error = str(error)[:SENTENCE] if isinstance(error, KartotekaError) else None
            made.finished_at = now()
            session.commit()
        raise


def _teller(is_quiet: bool) -> Callable[[int, int | None, str], None] | None:
    """Return what shows progress to a person who looks on."""
    if is_quiet or not sys.stderr.isatty():
        return None

    def tell(done: int, total: int | None, words: str) -> None:
        whole = f" / {total}" if total else ""
        click.echo(f"\r{words}: {done}{whole}", nl=False, err=True)

    return tell


def _print(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


COMMANDS = (run, undo)
