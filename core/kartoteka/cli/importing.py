"""`kartoteka import`: a CSV file into the base, with an account of every row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from kartoteka.cli.context import Installation, pass_installation
from kartoteka.cli.output import as_json, print_json, progress, say

SHOWN = 20


@click.command(
    "import",
    epilog="Example: kartoteka import firms.csv --entity client "
    "--map Name=name,INN=tax_id,Phone=phone --key tax_id",
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--entity", required=True, help="client, contact, region, indicator …")
@click.option(
    "--map", "columns", multiple=True, metavar="COLUMN=FIELD,…",
    help="Which column fills what; phone, mobile, fax, email, site take several values. Without "
    "it columns are known by their header.",
)  # fmt: skip
@click.option(
    "--set", "values", multiple=True, metavar="FIELD=VALUE,…", help="The same for every row."
)
@click.option("--key", default="", help="Fields that tell which record a row is: update it.")
@click.option("--delimiter", default="", help="Between cells; `tab` for a tab.")
@click.option("--encoding", default="", help="utf-8, cp1251 …; found out without it.")
@click.option("--phone-region", default="", help="Country of phones without +, such as BG.")
@click.option("--indicator", default="", help="Read a table of years of this indicator.")
@click.option("--region-column", default="", help="Its column of regions.")
@click.option("--source", default="", help="Where its figures come from.")
@click.option("--link", default="", help="Web address of the source.")
@click.option("--retrieved-on", default="", help="Day the figures were taken, 31.12.2026.")
@click.option("--official", is_flag=True, help="The figures are official statistics.")
@click.option("--dry-run", is_flag=True, help="Give the account, write nothing.")
@click.option("--as", "as_user", metavar="USER", default="", help="Import as this person.")
@as_json
@pass_installation
def import_(
    installation: Installation, file: Path, entity: str, columns: tuple[str, ...],
    values: tuple[str, ...], key: str, delimiter: str, encoding: str, phone_region: str,
    indicator: str, region_column: str, dry_run: bool, as_user: str, as_json: bool,
    **about: Any,
) -> None:  # fmt: skip
    """Import FILE, a CSV table with a header.

    Each row is one record, taken whole or not at all; the account names every rejected row with
    its column and reason. The file is written in one transaction. With --key a row whose record
    is there updates it, and an empty cell never empties a field; a second run changes nothing.

    Exit code 0: written; 1: refused, or every row was rejected; 2: the file or the mapping can
    not be read.
    """
    from flask_babel import force_locale

    from kartoteka.services.import_file import open_table
    from kartoteka.services.import_indicators import import_indicator
    from kartoteka.services.import_mapping import column_pairs
    from kartoteka.services.importing import import_table

    table = open_table(file, encoding, delimiter)
    kind = _entity(installation, entity)
    batch = uuid.uuid4().hex[:12]
    show = progress("rows")
    # The application knows the translations of titles, by which columns may be named.
    with (
        installation.app.app_context(),
        force_locale("en"),
        installation.session(as_user, way="import", batch=batch) as session,
    ):
        if phone_region:
            region = _phone_region(phone_region)
            session.info["reading"] = replace(session.info["reading"], region=region)
        if indicator:
            pairs = [("source", about["source"]), ("link", about["link"])]
            pairs += [("retrieved_on", about["retrieved_on"])]
            given = [(name, value) for name, value in pairs if value]
            report = import_indicator(
                session, table, indicator, region_column=region_column, values=column_pairs(values),
                about=[*given, ("is_official", "yes")] if about["official"] else given,
            )  # fmt: skip
        else:
            report = import_table(
                session, table, kind, columns=column_pairs(columns), values=column_pairs(values),
                key=[name.strip() for name in key.split(",") if name.strip()], progress=show,
            )  # fmt: skip
        report.dry_run = dry_run
        if dry_run:
            session.rollback()
    found = {
        "file": str(file), **asdict(report), "encoding": table.encoding.removesuffix("-sig"),
        "delimiter": table.delimiter,
    }  # fmt: skip
    if as_json:
        print_json(found)
    else:
        _print(found)
    if report.alike:
        say(
            f"{report.alike} of the rows have the name of a record that was there before and "
            "were taken as new ones. To update what is there, say by what it is known: --key name"
        )
    if _has_bad_phones(report.problems) and not phone_region:
        say(
            f"Phones without + were read as numbers of {installation.config.phone_region}; "
            "another country: --phone-region BG"
        )
    if report.rows_total and report.rejected == report.rows_total:
        raise SystemExit(1)


def _entity(installation: Installation, code: str) -> Any:
    from kartoteka.errors import Unreadable

    entities = installation.made.registry.entities
    if code not in entities:
        known = ", ".join(name for name, item in entities.items() if item.addable)
        raise Unreadable(f"There is no entity {code!r}. There are: {known}.")
    return entities[code]


def _phone_region(code: str) -> str:
    import phonenumbers

    from kartoteka.errors import Unreadable

    if code.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise Unreadable(f"{code!r} is no country code of phones. Examples: RU, BG, KZ.")
    return code.upper()


def _has_bad_phones(problems: Iterable[Any]) -> bool:
    return any("phone number" in problem.reason for problem in problems)


def _print(found: dict[str, Any]) -> None:
    click.echo(
        "{rows_total} rows: {created} created, {updated} updated, {unchanged} unchanged, "
        "{rejected} rejected".format(**found)
    )
    if found["dry_run"]:
        click.echo("Nothing was written: this was a dry run.")
    for problem in found["problems"][:SHOWN]:
        click.echo(f"  row {problem['row']}, {problem['column'] or 'row'}: {problem['reason']}")
    if len(found["problems"]) > SHOWN:
        click.echo(f"  … and {len(found['problems']) - SHOWN} more; --json shows all.")
    for column, field in found["mapping"].items():
        click.echo(f"  {column} → {field}")
    if found["ignored"]:
        click.echo(f"Not used: {', '.join(found['ignored'])}")
    if found["also_created"]:
        click.echo(f"Also made: {', '.join(found['also_created'])}")
