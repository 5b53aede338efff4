"""`kartoteka excel-import preview`: what an import would do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import click
from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy.orm import Session

from kartoteka.api import Unreadable, column_pairs, gettext, registry_of, with_reading
from kartoteka_excel_import.checking.preview import Preview, preview
from kartoteka_excel_import.mapping.guess import guess
from kartoteka_excel_import.mapping.orders import ordered
from kartoteka_excel_import.mapping.phone_country import hint
from kartoteka_excel_import.mapping.plan import BadCells, Mode, Plan
from kartoteka_excel_import.mapping.remembered import recalled
from kartoteka_excel_import.mapping.targets import targets_for
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.shapes import Chunk, Wish
from kartoteka_excel_import.reading.table import Table, open_table

SHOWN = 20


@click.command(
    "preview",
    epilog='Example: kartoteka excel-import preview clients.xlsx --map "Фирма=client.name" --json',
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--map", "columns", multiple=True, metavar="COLUMN=TARGET,…",
    help="Which column fills what, such as Phone=client.phone; COLUMN= leaves one out. Columns "
    "that are not named are guessed.",
)  # fmt: skip
@click.option(
    "--mode", type=click.Choice(["create", "update", "both"]), default="both", show_default=True,
    help="create: what is there stays as it is; update: nothing new.",
)  # fmt: skip
@click.option(
    "--strict-names", is_flag=True,
    help="Hold back rows whose client is known by an equal name only.",
)  # fmt: skip
@click.option(
    "--bad-cells", type=click.Choice(["reject", "leave"]), default="reject", show_default=True,
    help="A cell that does not pass: reject its row, or leave it out and take the rest.",
)  # fmt: skip
@click.option("--sheet", default="", help="Name of a sheet; found without it.")
@click.option(
    "--header-row",
    type=click.IntRange(0),
    default=None,
    help="Row of the heads; 0: there are none.",
)
@click.option("--encoding", default="", help="Of a text file: utf-8, cp1251 …")
@click.option("--delimiter", default="", help="Of a text file; `tab` for a tab.")
@click.option("--phone-region", default="", help="Country of phones without +, such as BG.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_reading
def preview_command(
    session: Session, file: Path, columns: tuple[str, ...], mode: Mode, strict_names: bool,
    bad_cells: BadCells, sheet: str, header_row: int | None, encoding: str, delimiter: str,
    phone_region: str, as_json: bool,
) -> None:  # fmt: skip
    """Say what an import of FILE would do, and write nothing.

    Exit code 0: the file was read, whatever is in it; 2: the file or the mapping can not be read.
    """
    wish = Wish(sheet=sheet, header_row=header_row, encoding=encoding, delimiter=delimiter)
    try:
        found = previewed(
            session, file, wish, column_pairs(columns), phone_region, mode=mode,
            equal_names="hold" if strict_names else "match", bad_cells=bad_cells,
        )  # fmt: skip
    except Unreadable as error:
        if not as_json:
            raise
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
        raise SystemExit(2) from error
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2, default=str))
    else:
        _print(found)
        if found.other_region:
            click.echo(region_hint(session, found.other_region, phone_region.upper()))


def previewed(
    session: Session, file: Path, wish: Wish, orders: list[tuple[str, str]], region: str = "",
    **how: Any,
) -> Preview:  # fmt: skip
    """Return what an import of a file would do.

    Args:
        session: of the person who would import it.
        wish: how the file is read.
        orders: columns and what they fill; the others are guessed.
        region: country of phones without +; empty: as remembered or guessed.
        how: further values of the plan.

    Raises:
        Unreadable: the file, or what was ordered.
    """
    readers = readers_of(registry_of(session))
    with open_table(file, wish=wish, readers=readers) as table:
        plan, chunks = plan_for(session, table, orders, region)
        return preview(session, table, replace(plan, **how), chunks=chunks)


def plan_for(
    session: Session, table: Table, orders: list[tuple[str, str]], region: str = ""
) -> tuple[Plan, Iterator[Chunk]]:
    """Return the plan for a file, as remembered or guessed and then ordered, and its rows.

    Raises:
        Unreadable: the file, what was ordered, or a country that does not exist.
    """
    region = region.upper()
    if region and region not in SUPPORTED_REGIONS:
        raise Unreadable(gettext("There is no country %(code)r. Write RU or BG.", code=region[:20]))
    rows = table.chunks()
    first = next(rows, None)
    taken = [] if first is None else [first]
    plan = recalled(session, table.layout) or guess(session, table.layout, taken)
    if orders:
        plan = ordered(plan, orders, targets_for(session))
    if region:
        plan = replace(plan, region=region)
    return plan, chain(taken, rows)


def region_hint(session: Session, region: str, chosen: str) -> str:
    """Say that the phones fit another country, and how to choose it."""
    return f"{hint(session, region, chosen)} --phone-region {region}"


def _print(found: Preview) -> None:
    shown = found.as_json()
    click.echo(
        "{rows_total} rows: {create} to be created, {update} updated, {unchanged} unchanged, "
        "{duplicate} duplicates ({possible} of them possible), {rejected} rejected".format(**shown)
    )
    if found.in_file:
        click.echo(f"  {found.in_file} of the updated rows complete an earlier row of the file")
    if found.left_out:
        click.echo(f"  {found.left_out} rows are taken without {found.cells_left_out} bad cells")
    if found.spoilt:
        click.echo(f"  --bad-cells leave would take {found.spoilt} of the rejected rows")
    if found.blank or found.totals:
        click.echo(f"  passed over: {found.blank} empty rows, {found.totals} rows of totals")
    for one in found.changes[:SHOWN]:
        click.echo(f"  row {one.row}, {one.title}: {one.old or '—'} → {one.new or '—'}")
    if shown["by_name"]:
        click.echo(f"  {shown['by_name']} rows are matched by the name of the client alone")
    for column in shown["columns"]:
        target = column["field"] or "not used"
        click.echo(f"  {column['header']} → {target} ({column['confidence']:.0%}): {column['why']}")
    for problem in shown["problems"][:SHOWN]:
        click.echo(f"  row {problem['row']}, {problem['column'] or 'row'}: {problem['reason']}")
    if shown["problems_total"] > SHOWN:
        click.echo(f"  … and {shown['problems_total'] - SHOWN} more; --json shows more of them.")


COMMANDS = (preview_command,)
__all__ = ["COMMANDS", "plan_for", "preview_command", "previewed", "region_hint"]
