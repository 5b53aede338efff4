"""Print a report on the command line, or write it into a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kartoteka.cli.context import Installation, in_own_language, pass_installation
from kartoteka.cli.output import as_json, print_json, print_table
from kartoteka.errors import Unreadable
from kartoteka.i18n import gettext, ngettext

if TYPE_CHECKING:
    from kartoteka.reports.result import Cell, Result


@click.command(epilog="Example: kartoteka report conversion --set by=manager --as ivanova --json")
@click.argument("code", required=False)
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE",
    help="period, since, until, or a parameter of the report; may be repeated.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path),
              help="Write it into this file, .xlsx or .csv.")  # fmt: skip
@click.option("--as", "as_user", metavar="USER", default="", help="As this person sees it.")
@as_json
@in_own_language
@pass_installation
def report(
    installation: Installation, code: str | None, given: tuple[str, ...], output: Path | None,
    as_user: str, as_json: bool,
) -> None:  # fmt: skip
    """Print the report CODE; without CODE say which reports there are."""
    from kartoteka.reports import answers, building

    with installation.reading(as_user) as session:
        if not code:
            found = [answers.described(one) for one in building.open_to(session)]
            if as_json:
                print_json(found)
            else:
                print_table(("code", "title", "parameters"),
                            [(one["code"], one["title"], ", ".join(one["parameters"]))
                             for one in found])  # fmt: skip
            return
        asked = building.asked(session, code, _sent(given))
        result = building.build(asked, building.MOST_WRITTEN)
        if output is not None:
            rows = _written(session, result, output)
            if as_json:
                print_json({"file": str(output), "rows": rows})
            else:
                text = ngettext("%(num)s row is in %(file)s.", "%(num)s rows are in %(file)s.",
                                rows, file=output)  # fmt: skip
                click.echo(text)
        elif as_json:
            print_json(answers.answered(asked, result))
        else:
            _print(result)


def _sent(given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise Unreadable(gettext("“%(text)s” is not of the form NAME=VALUE.", text=text[:60]))
        found[name.strip()] = value.strip()
    return found


def _written(session: Any, result: Result, output: Path) -> int:
    from kartoteka.builtin.exports import EXPORT
    from kartoteka.errors import NotAllowed
    from kartoteka.reports import files
    from kartoteka.services import permissions

    form: Any = output.suffix.lower().removeprefix(".")
    if form not in ("xlsx", "csv"):
        raise Unreadable(gettext("Give the file a name that ends with .xlsx or .csv."))
    if not output.parent.is_dir():
        raise Unreadable(gettext("There is no folder “%(folder)s”.", folder=output.parent))
    if not permissions.holds(session, EXPORT):
        raise NotAllowed(gettext("You have no right to export lists."))
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        rows = files.write(result, part, form, session.info["reading"])
        part.replace(output)
    except OSError as error:
        raise Unreadable(
            gettext("“%(file)s” can not be written: %(why)s.", file=output,
                    why=error.strerror or error)
        ) from error  # fmt: skip
    finally:
        part.unlink(missing_ok=True)
    return rows


def _print(result: Result) -> None:
    click.echo("  ".join([result.title, *result.said]))
    for block in result.blocks:
        click.echo("")
        if block.title:
            click.echo(block.title)
        for head, cell in block.tiles:
            click.echo(f"{head.title}: {_text(cell)}")
        lines = [*block.lines, *([block.total] if block.total else [])]
        print_table([head.title for head in block.heads],
                    [[_text(cell) for cell in line.cells] for line in lines])  # fmt: skip


def _text(cell: Cell) -> str:
    if isinstance(cell.value, list | tuple):
        return " + ".join(f"{amount} {code}".strip() for code, amount in cell.value)
    return cell.words or ("" if cell.value is None else str(cell.value))
