"""`kartoteka duplicates`: which rows of lists, which clients of the base are the same?"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kartoteka.cli.context import Installation, in_own_language, pass_installation
from kartoteka.cli.output import as_json, print_json, print_table
from kartoteka.i18n import gettext, ngettext

if TYPE_CHECKING:
    from kartoteka.matching.comparing import Compared, Pair, Prepared
    from kartoteka.services.import_file import Table

SHOWN = 20


@click.group(epilog="Example: kartoteka duplicates compare firms.csv --map name=Firm,phone=Phone")
def duplicates() -> None:
    """Find clients that are there twice."""


@duplicates.command(
    epilog="Example: kartoteka duplicates compare ours.csv theirs.csv "
    '--map "name=Firm,address=Street+City,phone=Phone" --out pairs.csv'
)
@click.argument("a", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("b", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--map", "columns", multiple=True, required=True, metavar="WHAT=COLUMN,…",
    help="What the columns are: name, person, address, phone, email, site, zip, tax_id, "
    "external_id; any other word compares a column as text. Several columns of one thing: "
    "address=Street+City.",
)  # fmt: skip
@click.option(
    "--map-b", "columns_b", multiple=True, metavar="WHAT=COLUMN,…",
    help="The same for B, when its columns have other names.",
)  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write pairs there.")
@click.option(
    "--min-score", type=click.FloatRange(0, 1), default=0.5, show_default=True,
    help="How sure a pair must be.",
)  # fmt: skip
@click.option("--delimiter", default="", help="Between cells; `tab` for a tab.")
@click.option("--encoding", default="", help="utf-8, cp1251 …; found out without it.")
@as_json
@in_own_language
def compare(
    a: Path, b: Path | None, columns: tuple[str, ...], columns_b: tuple[str, ...],
    out: Path | None, min_score: float, delimiter: str, encoding: str, as_json: bool,
) -> None:  # fmt: skip
    """Compare the rows of A with each other or with B.

    Writes each pair of rows that may be one client: row_a, row_b (1 is the header), score (0 to 1)
    and what agreed. Nothing is asked of or written into a base.

    Exit code 0: compared, whatever was found; 2: a file or the mapping can not be read.
    """
    from kartoteka.matching.comparing import find_pairs
    from kartoteka.services.import_file import open_table

    table_a = open_table(a, encoding, delimiter)
    compared, rows_a, numbers_a = _read(table_a, columns)
    if b is None:
        rows_b, numbers_b, name_b = None, numbers_a, None
        found = list(find_pairs(compared, rows_a, None, min_score))
    else:
        table_b = open_table(b, encoding, delimiter)
        compared_b, rows_b, numbers_b = _read(table_b, columns_b or columns)
        _demand_the_same(compared, compared_b)
        name_b = str(b)
        found = _between(compared, rows_a, rows_b, min_score)
    lines = [
        (numbers_a[pair.left], numbers_b[pair.right], f"{pair.verdict.score:.3f}", in_words(pair))
        for pair in found
    ]
    if out:
        _write(out, lines)
    account: dict[str, Any] = {
        "a": str(a), "b": name_b, "rows_a": len(rows_a),
        "rows_b": None if rows_b is None else len(rows_b), "pairs": len(lines),
        "rows_in_pairs": len({line[0] for line in lines} | {line[1] for line in lines})
        if rows_b is None else len({line[0] for line in lines}),
        "min_score": min_score, "columns": {one.label: one.code for one in compared},
        "out": str(out) if out else None,
    }  # fmt: skip
    if as_json:
        print_json(account)
        return
    rows = ngettext("%(num)s row", "%(num)s rows", len(rows_a))
    if rows_b is not None:
        rows += " + " + ngettext("%(num)s row", "%(num)s rows", len(rows_b))
    click.echo(f"{rows}. {pairs_in_words(len(lines))}")
    if out:
        click.echo(gettext("They are in %(file)s.", file=out))
    elif lines:
        print_table(("row_a", "row_b", "score", "agreed"), lines[:SHOWN])
        if len(lines) > SHOWN:
            more = len(lines) - SHOWN
            click.echo(gettext("… and %(num)s more; --out writes all.", num=more))


@duplicates.command(epilog="Example: kartoteka duplicates find --min-score 0.8 --json")
@click.option(
    "--min-score", type=click.FloatRange(0, 1), default=0.5, show_default=True,
    help="How sure a pair must be.",
)  # fmt: skip
@click.option("--as", "as_user", metavar="USER", default="", help="Only clients this person sees.")
@as_json
@in_own_language
@pass_installation
def find(installation: Installation, min_score: float, as_user: str, as_json: bool) -> None:
    """Find pairs of clients that may be one.

    Nothing is changed. In a base of more than 100,000 clients a name, an address, a phone or
    another key must be the same: slips in names are looked for in smaller ones.

    Exit code 0: looked through, whatever was found.
    """
    from kartoteka.matching.base_pairs import find_in_base

    with installation.reading(as_user) as session:
        looked_at, pairs = find_in_base(session, min_score)
    if as_json:
        print_json({"clients": looked_at, "pairs": [asdict(pair) for pair in pairs]})
        return
    clients = ngettext("%(num)s client", "%(num)s clients", looked_at)
    click.echo(f"{clients}. {pairs_in_words(len(pairs))}")
    if pairs:
        rows = [
            (f"{pair.score:.3f}", *(f"{one.id} {one.name}" for one in pair.clients))
            for pair in pairs[:SHOWN]
        ]
        print_table(("score", "client", "may be"), rows)
    if len(pairs) > SHOWN:
        more = len(pairs) - SHOWN
        click.echo(gettext("… and %(num)s more; --json shows all.", num=more))


@duplicates.command(epilog="Example: kartoteka duplicates merge 5 105 --as maria")
@click.argument("keep_id", type=click.IntRange(1))
@click.argument("merged_id", type=click.IntRange(1))
@click.option(
    "--entity", type=click.Choice(["client", "contact"]), default="client", show_default=True
)
@click.option("--as", "as_user", metavar="USER", default="", help="With the rights of this person.")
@as_json
@in_own_language
@pass_installation
def merge(
    installation: Installation, keep_id: int, merged_id: int, entity: str, as_user: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Make client MERGED_ID part of client KEEP_ID.

    Everything that led to MERGED_ID leads to KEEP_ID. Of the fields a filled value wins over
    none, and that of KEEP_ID over the other. Prints the number by which `unmerge` takes it back.

    Exit code 0: done; 1: refused, nothing was written.
    """
    from kartoteka.merging.merge import merge as make_one
    from kartoteka.services.records import registry_of

    with installation.session(as_user) as session:
        found = make_one(session, registry_of(session).entity(entity), keep_id, merged_id)
    account = {
        "merge": found.id, "entity": entity, "kept_id": keep_id, "merged_id": merged_id,
        "name": found.label,
    }  # fmt: skip
    if as_json:
        print_json(account)
        return
    back = f"kartoteka duplicates unmerge {account['merge']}"
    click.echo(f"{found_in_words(account)} " + gettext("Take it back: %(command)s", command=back))


@duplicates.command(epilog="Example: kartoteka duplicates unmerge 3 --json")
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--as", "as_user", metavar="USER", default="", help="With the rights of this person.")
@as_json
@in_own_language
@pass_installation
def unmerge(installation: Installation, number: int, as_user: str, as_json: bool) -> None:
    """Take merge ID back, as `merge` printed it.

    What somebody changed since the merge stays as it is, and is named.

    Exit code 0: done; 1: refused, nothing was written.
    """
    from kartoteka.merging.unmerge import merge_of, unmerge as take_back

    with installation.session(as_user) as session:
        done = take_back(session, merge_of(session, number))
    if as_json:
        print_json({
            "merge": number, "entity": done.entity.code, "kept_id": done.kept_id,
            "record_id": done.record_id, "stays": list(done.stays),
        })  # fmt: skip
        return
    click.echo(
        gettext("%(entity)s %(number)s is there again beside %(kept)s.", entity=done.entity.title,
                number=done.record_id, kept=done.kept_id)
    )  # fmt: skip
    for sentence in done.stays:
        click.echo(f"  {sentence}")


def found_in_words(account: dict[str, Any]) -> str:
    """Return what a merge did, as a sentence."""
    return gettext(
        "Number %(merged)s (%(name)s) is part of %(kept)s now.", merged=account["merged_id"],
        name=account["name"], kept=account["kept_id"],
    )  # fmt: skip


def pairs_in_words(count: int) -> str:
    """Say how many pairs were found."""
    return ngettext("%(num)s pair may be one client.", "%(num)s pairs may be one client.", count)


def in_words(pair: Pair) -> str:
    """Return what two rows have in common and where they differ, as a sentence."""
    found = pair.verdict
    return "; ".join(
        f"{how} {', '.join(labels)}"
        for how, labels in (
            ("same", found.same), ("similar", found.similar), ("different", found.different),
        )
        if labels
    )  # fmt: skip


def _between(
    columns: list[Compared], left: list[Prepared], right: list[Prepared], least: float
) -> list[Pair]:
    """Compare two lists; the shorter one is gone through."""
    from dataclasses import replace

    from kartoteka.matching.comparing import find_pairs

    if len(left) <= len(right):
        return list(find_pairs(columns, left, right, least))
    found = find_pairs(columns, right, left, least)
    turned = [replace(pair, left=pair.right, right=pair.left) for pair in found]
    return sorted(turned, key=lambda pair: (pair.left, pair.right))


def _read(table: Table, texts: Sequence[str]) -> tuple[list[Compared], list[Prepared], list[int]]:
    """Return what is compared, the rows ready for it and their numbers in the file."""
    from kartoteka.matching.comparing import Compared, prepared

    places = _places(table, texts)
    columns = [Compared(label=label, code=label) for label in places]
    rows: list[Prepared] = []
    numbers: list[int] = []
    for row in table.rows():
        cells = [
            (" " if column.kind.is_text else "; ").join(
                row.cells[place] for place in wanted if place < len(row.cells)
            )
            for column, wanted in zip(columns, places.values(), strict=True)
        ]
        rows.append(prepared(columns, cells))
        numbers.append(row.number)
    return columns, rows, numbers


def _places(table: Table, texts: Sequence[str]) -> dict[str, list[int]]:
    """Return for each thing that is compared the places of its columns."""
    from kartoteka.errors import Unreadable
    from kartoteka.fields.text import fold

    by_name = {fold(name): place for place, name in reversed(list(enumerate(table.header)))}
    found: dict[str, list[int]] = {}
    for what, names in _wanted(texts):
        whole = by_name.get(fold(names))
        for name in [names] if whole is not None else names.split("+"):
            if fold(name) not in by_name:
                raise Unreadable(
                    gettext("%(file)s has no column “%(name)s”. It has: %(known)s.",
                            file=table.path, name=name.strip(),
                            known=", ".join(filter(None, table.header)))
                )  # fmt: skip
            found.setdefault(what, []).append(by_name[fold(name)])
    return found


def _wanted(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Cut `name=Firm,phone=Phone` into pairs; a comma inside a column's name stays there."""
    from kartoteka.errors import Unreadable

    found: list[tuple[str, str]] = []
    for text in texts:
        for piece in text.split(","):
            what, sign, column = piece.partition("=")
            if sign and what.strip() and column.strip():
                found.append((SPELLINGS.get(what.strip().casefold(), what.strip()), column.strip()))
            elif not sign and found and piece.strip():
                found[-1] = (found[-1][0], f"{found[-1][1]},{piece}")
            elif piece.strip():
                raise Unreadable(
                    gettext("“%(text)s” is not of the form WHAT=COLUMN.", text=piece.strip())
                )
    if not found:
        raise Unreadable(
            gettext("--map names no column. Example: %(example)s",
                    example="--map name=Firm,phone=Phone")
        )  # fmt: skip
    return found


#: Other words for what is compared.
SPELLINGS = {
    "inn": "tax_id", "eik": "tax_id", "vat": "tax_id", "tax": "tax_id", "taxid": "tax_id",
    "id": "external_id", "postcode": "zip", "postal_code": "zip", "e-mail": "email",
    "mail": "email", "website": "site", "url": "site", "mobile": "phone", "tel": "phone",
    "firm": "name", "company": "name",
}  # fmt: skip


def _demand_the_same(left: list[Compared], right: list[Compared]) -> None:
    from kartoteka.errors import Unreadable

    if [one.label for one in left] != [one.label for one in right]:
        raise Unreadable(
            gettext(
                "--map and --map-b must name the same things in the same order, got %(a)s and "
                "%(b)s.",
                a=", ".join(one.label for one in left), b=", ".join(one.label for one in right),
            )
        )  # fmt: skip


def _write(path: Path, lines: Sequence[tuple[Any, ...]]) -> None:
    from kartoteka.errors import Unreadable

    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("row_a", "row_b", "score", "agreed"))
            writer.writerows(lines)
    except OSError as error:
        raise Unreadable(
            gettext("“%(file)s” can not be written: %(why)s.", file=path, why=error.strerror)
        ) from error
