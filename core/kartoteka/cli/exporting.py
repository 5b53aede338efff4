"""Export a list into a file on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kartoteka.cli.context import Installation, in_own_language, pass_installation
from kartoteka.cli.criteria import text_of
from kartoteka.cli.output import as_json, print_json
from kartoteka.errors import NotAllowed, Unreadable
from kartoteka.i18n import gettext, ngettext

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from kartoteka.hooks.contributions import Entity
    from kartoteka.services.selection import Selection


@click.command(epilog="Example: kartoteka export clients --criteria @regulars.json -o clients.xlsx")
@click.argument("list_", metavar="LIST")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--format", "form", type=click.Choice(["xlsx", "csv"]), help="Default: by the name.")
@click.option("--criteria", "tree", metavar="TREE", help="JSON, @file, or - for standard input.")
@click.option(
    "--view",
    default="",
    metavar="VIEW",
    help="A saved view by its id or its name, or a segment of a plugin.",
)
@click.option("--search", default="", metavar="WORDS", help="Words of quick search.")
@click.option("--order", default="", metavar="FIELD", help="Sort by; - before it: descending.")
@click.option("--columns", default="", metavar="A,B", help="Fields; default: all.")
@click.option("--titles", is_flag=True, help="Heads are titles; default: names for an import.")
@click.option("--as", "as_user", metavar="USER", default="", help="With the rights of this person.")
@as_json
@in_own_language
@pass_installation
def export(
    installation: Installation, list_: str, output: Path, form: str | None, tree: str | None,
    view: str, search: str, order: str, columns: str, titles: bool, as_user: str, as_json: bool,
) -> None:  # fmt: skip
    """Export LIST (clients, deals, or the code of any entity) into a file.

    A view brings its criteria, search, order and columns; what is said beside it goes over it.
    The file appears under its name once it is whole; one that is there is replaced.
    """
    from kartoteka.builtin.exports import EXPORT
    from kartoteka.services import exporting, permissions
    from kartoteka.services.selection import Selection

    found: Any = form or output.suffix.lower().removeprefix(".")
    if found not in ("xlsx", "csv"):
        raise Unreadable(gettext("Say --format xlsx or csv, or give the file such a name."))
    if view and tree is not None:
        raise Unreadable(
            gettext("Give either --view or --criteria: a view has criteria of its own.")
        )
    if not output.parent.is_dir():
        raise Unreadable(gettext("There is no folder “%(folder)s”.", folder=output.parent))
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    with installation.reading(as_user) as session:
        if not permissions.holds(session, EXPORT):
            raise NotAllowed(gettext("You have no right to export lists."))
        entity = _entity(session, list_)
        wanted = _selection(session, entity, Selection(search=search, order=order), tree)
        names = [name.strip() for name in columns.split(",") if name.strip()]
        if view:
            wanted, shown = _of_view(session, entity, wanted, view)
            names = names or shown
        chosen = exporting.columns_of(session, entity, names, titles=titles)
        try:
            rows = exporting.write(session, entity, wanted, chosen, part, found)
            part.replace(output)
        except OSError as error:
            raise Unreadable(
                gettext("“%(file)s” can not be written: %(why)s.", file=output,
                        why=error.strerror or error)
            ) from error  # fmt: skip
        finally:
            part.unlink(missing_ok=True)
    if as_json:
        print_json({"file": str(output), "rows": rows, "columns": [c.head for c in chosen]})
    else:
        click.echo(
            ngettext("%(num)s row is in %(file)s.", "%(num)s rows are in %(file)s.", rows,
                     file=output)
        )  # fmt: skip


def _selection(session: Session, entity: Entity, given: Selection, tree: str | None) -> Selection:
    """Return what is exported; every further way to say it is read here."""
    from dataclasses import replace

    from kartoteka.services import criteria

    if tree is None:
        return given
    return replace(given, criteria=criteria.read(session, entity, text_of(tree)))


def _of_view(
    session: Session, entity: Entity, given: Selection, name: str
) -> tuple[Selection, list[str]]:
    """Return the records of a view or segment and its columns; what was given goes over it."""
    from dataclasses import replace

    from kartoteka.services import records, segments, views

    try:
        view = views.named(session, entity, name)
    except NotAllowed:
        group = segments.declared(session, entity, name)
        if group is None:
            raise
        if group.problems:
            reasons = " ".join(group.problems)
            raise Unreadable(
                gettext("The segment “%(name)s” is broken: %(why)s", name=group.title, why=reasons)
            ) from None
        return replace(given, criteria=group.tree), []
    if broken := views.problems(session, view):
        raise Unreadable(
            gettext("The view “%(name)s” is broken: %(why)s", name=view.name, why=" ".join(broken))
        )
    visible = records.visible_fields(session, entity)
    columns = [one for one in (view.columns or "").split(".") if one in visible]
    wanted = replace(
        given,
        criteria=views.tree_of(view),
        search=given.search or view.search_words or "",
        order=given.order or view.sort or "",
    )
    return wanted, columns


def _entity(session: Session, name: str) -> Entity:
    """Return the entity of a list by its code, also in the plural."""
    from kartoteka.builtin.exports import entity_named
    from kartoteka.services.records import registry_of

    entities = registry_of(session).entities
    wanted = name.casefold()
    for code in entities:
        plurals = {code, f"{code}s", f"{code}es", f"{code[:-1]}ies"}
        if wanted in plurals:
            return entity_named(session, code)
    raise Unreadable(
        gettext("There is no list “%(name)s”. Choose one of: %(known)s.", name=name,
                known=", ".join(entities))
    )  # fmt: skip
