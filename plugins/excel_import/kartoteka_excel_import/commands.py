"""The commands of the plugin: template, and those of checking and running."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from kartoteka.api import (
    KartotekaError,
    Unreadable,
    gettext,
    in_language,
    registry_of,
    with_session,
)
from kartoteka_excel_import.workbooks.lists import lists_of
from kartoteka_excel_import.workbooks.writing import write_workbook


@click.command(epilog="Example: kartoteka excel-import template shop --language ru")
@click.argument("code", required=False, default="")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Where it is written; default: CODE.xlsx in this folder.",
)  # fmt: skip
@click.option("--language", type=click.Choice(["en", "ru", "bg"]), help="Of heads and notes.")
@with_session
def template(session: Session, code: str, out: Path | None, language: str | None) -> None:
    """Write the ready workbook CODE; without CODE list those there are."""
    if language is None:
        _template(session, code, out)
        return
    with in_language(language):
        _template(session, code, out)


def _template(session: Session, code: str, out: Path | None) -> None:
    known = lists_of(registry_of(session))
    if not code:
        for one in known.values():
            click.echo(f"{one.code:16} {one.title}")
        return
    if code not in known:
        raise Unreadable(
            gettext(
                "There is no ready workbook %(code)r. There are: %(known)s.",
                code=code, known=", ".join(known),
            )
        )  # fmt: skip
    path = out or Path(f"{code}.xlsx")
    try:
        columns = write_workbook(session, known[code], path)
    except OSError as error:
        raise KartotekaError(
            gettext("%(file)s can not be written: %(why)s.", file=path, why=error.strerror)
        ) from error
    click.echo(gettext("%(file)s has %(num)s columns.", file=path, num=len(columns)))


COMMANDS = (template,)
__all__ = ["COMMANDS", "template"]
