"""`kartoteka excel-import run` and `undo`: import a list at once, take an import back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy.orm import Session

from kartoteka.api import KartotekaError, Unreadable, gettext, now, registry_of, with_session
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.mapping.remembered import recalled
from kartoteka_excel_import.mapping.targets import targets_for
from kartoteka_excel_import.models import SENTENCE, ImportRun
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.shapes import Wish
from kartoteka_excel_import.reading.table import open_table
from kartoteka_excel_import.running.foreground import Foreground
from kartoteka_excel_import.running.jobs import words_of, words_of_undo
from kartoteka_excel_import.running.rejected import write_rejected
from kartoteka_excel_import.running.report import run_as_json, undo_as_json
from kartoteka_excel_import.running.start import begin, begin_undo, settle
from kartoteka_excel_import.running.undo import undo as take_back
from kartoteka_excel_import.running.uploads import folder_of, keep, path_of
from kartoteka_excel_import.running.work import import_rows, run_of

_UNREADABLE = 2
_SHOWN = 20
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def list_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what says how a file is read and what fills what."""
    for option in (
        click.option("--region", default="", help="Country of phones without +, such as BG."),
        click.option("--delimiter", default="", help="Between cells of a text; tab for a tab."),
        click.option("--encoding", default="", help="Of a text: utf-8, cp1251 …"),
        click.option("--header-row", type=click.IntRange(0), help="Row of the heads; 0: none."),
        click.option("--sheet", default="", help="Name of the sheet."),
        click.option(
            "--map", "pairs", multiple=True, metavar="COLUMN=TARGET",
            help="Which column fills what: a head or a letter, and client.name, contact.email … "
            "Nothing behind = leaves the column out.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(epilog="Example: kartoteka excel-import run clients.xlsx --mode both --json")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mode", type=click.Choice(["create", "update", "both"]), default="both", show_default=True,
    help="Only new records, only changes of what is there, or both.",
)  # fmt: skip
@click.option("--create-alike", is_flag=True, help="Do not hold back possible duplicates.")
@click.option("--empties-overwrite", is_flag=True, help="An empty cell empties the field.")
@click.option("--owner", type=int, help="Number of the user who gets new clients.")
@click.option(
    "--rejected", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows that were not imported into this workbook.",
)  # fmt: skip
@list_options
@_as_json
@with_session
def run(
    session: Session, file: Path, mode: Any, create_alike: bool, empties_overwrite: bool,
    owner: int | None, rejected: Path | None, as_json: bool, pairs: Sequence[str], sheet: str,
    header_row: int | None, encoding: str, delimiter: str, region: str,
) -> None:  # fmt: skip
    """Import FILE, a list of clients and what belongs to them.

    Each row is taken whole or not at all, and accounted for. Everything is written in parts: when
    the command is killed, what was written stays, with its account, and can be undone.

    Exit code 0: imported; 1: refused; 2: the file can not be read.
    """
    try:
        wish = Wish(
            sheet=sheet, header_row=header_row, encoding=encoding, delimiter=delimiter
        )  # fmt: skip
        plan = replace(
            plan_for(session, file, wish, pairs), mode=mode, owner_id=owner, region=region,
            alike="create" if create_alike else "hold", empties_overwrite=empties_overwrite,
        )  # fmt: skip
        made = _imported(session, file, plan, as_json)
    except (OSError, Unreadable) as error:
        _say_unreadable(str(error), as_json)
        raise SystemExit(_UNREADABLE) from error
    if rejected is not None:
        write_rejected(session, made, rejected)
    told = run_as_json(session, made)
    if as_json:
        _print(told)
        return
    click.echo(f"{gettext('Import')} {made.id}. {words_of(made)}")
    for problem in told["problems"][:_SHOWN]:
        click.echo(f"  {problem['row']} {problem['column']}: {problem['reason']}")


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
    told = undo_as_json(session, made)
    if as_json:
        _print(told)
        return
    click.echo(words_of_undo((made.undone or {}).get("counts", {})))
    for one in told["rows"]:
        if one["outcome"] != "reversed":
            by = f" ({one['by']})" if one["by"] else ""
            click.echo(f"  {one['row']}: {one['reason']}{by}")


def plan_for(session: Session, file: Path, wish: Wish, pairs: Sequence[str]) -> Plan:
    """Return how a file is read: as remembered, else as guessed, with what was said.

    Raises:
        OSError, Unreadable: the file or what was said of it can not be read.
    """
    with open_table(file, wish=wish, readers=readers_of(registry_of(session))) as table:
        sample = list(islice(table.chunks(), 1))
        plan = recalled(session, table.layout) or guess(session, table.layout, sample)
        layout = table.layout
    read = replace(
        wish, sheet=layout.sheet, header_row=layout.header_row, encoding=layout.encoding,
        delimiter=layout.delimiter,
    )  # fmt: skip
    return mapped(session, replace(plan, wish=read), pairs)


def mapped(session: Session, plan: Plan, pairs: Sequence[str]) -> Plan:
    """Return a plan in which columns fill what was said.

    Raises:
        Unreadable: there is no such column or target.
    """
    targets = targets_for(session)
    columns = {column.letter: column for column in plan.columns}
    for pair in pairs:
        head, sign, target = (part.strip() for part in pair.rpartition("="))
        found = [c for c in columns.values() if head in (c.head, c.letter)]
        if not sign or not found:
            known = ", ".join(column.head or column.letter for column in plan.columns)
            raise Unreadable(
                gettext("There is no column %(head)r. There are: %(known)s.", head=head,
                        known=known)
            )  # fmt: skip
        if target and target not in targets:
            raise Unreadable(
                gettext("There is no target %(target)r. There are: %(known)s.", target=target,
                        known=", ".join(targets))
            )  # fmt: skip
        why = gettext("You said so.")
        columns[found[0].letter] = replace(found[0], target=target, confidence=1.0, why=why)
    return replace(plan, columns=tuple(columns.values()))


def _imported(session: Session, file: Path, plan: Plan, is_quiet: bool) -> ImportRun:
    folder = folder_of(current_app.extensions["kartoteka"].config)
    with file.open("rb") as source:
        made = keep(session, folder, file.name, source)
    made.plan = plan.as_json()
    begin(session, made)
    made.state = "running"
    number, path = made.id, path_of(folder, made)
    session.commit()
    with _failing(session, number):
        made = import_rows(Foreground(session, _teller(is_quiet)), number, path)
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


def _say_unreadable(error: str, as_json: bool) -> None:
    if as_json:
        _print({"error": error})
    else:
        click.echo(error, err=True)


def _print(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


COMMANDS = (run, undo)
