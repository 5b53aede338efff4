"""`kartoteka regions`: the shapes of regions on the map."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kartoteka.cli.context import Installation, in_own_language, pass_installation
from kartoteka.cli.output import as_json, print_json
from kartoteka.i18n import gettext

if TYPE_CHECKING:
    from kartoteka.services.region_shapes import ShapesReport

SHOWN = 20


@click.group(epilog="Example: kartoteka regions load regions.geojson --country RU")
def regions() -> None:
    """Load the shapes of regions for the map."""


@regions.command(epilog="Example: kartoteka regions load regions.geojson --country RU")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--country", default="", help="Code or name; only its regions are meant.")
@click.option("--code-property", default="", help="Property with a code, such as ISO 3166-2.")
@click.option("--name-property", default="", help="Property with a name.")
@click.option("--source", default="", help="Whose work it is, shown beside the map.")
@click.option("--dry-run", is_flag=True, help="Give the account, write nothing.")
@as_json
@in_own_language
@pass_installation
def load(
    installation: Installation, file: Path, country: str, code_property: str, name_property: str,
    source: str, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Draw the regions of a country from GeoJSON.

    FILE has polygons in longitude and latitude. Each feature is matched to a region by a code or a
    name; without --code-property and --name-property by the property that fits most. The account
    names every feature that was not drawn. What was loaded for the country before is replaced, in
    one transaction.

    Exit code 0: written; 2: the file can not be read, or nothing in it is a region of the base.
    """
    from kartoteka.services.geojson import read_features
    from kartoteka.services.region_matching import match_places
    from kartoteka.services.region_shapes import draw_places, store_shapes

    features = read_features(file)
    with installation.session() as session:
        matched = match_places(
            session, features, country=country, code_property=code_property,
            name_property=name_property,
        )  # fmt: skip
    # A detailed file takes seconds to draw: nobody waits for the database meanwhile.
    sheet = draw_places(matched)
    with installation.session() as session:
        report = store_shapes(session, matched, sheet, file, source=source, dry_run=dry_run)
    if as_json:
        print_json(asdict(report))
    else:
        _print(report)


def _print(report: ShapesReport) -> None:
    click.echo(
        gettext(
            "%(country)s: %(loaded)s of %(features)s features drawn, %(unmatched)s unmatched, "
            "%(ambiguous)s ambiguous, %(without)s without a shape. Known by: %(properties)s.",
            country=report.country, loaded=report.loaded, features=report.features,
            unmatched=len(report.unmatched), ambiguous=len(report.ambiguous),
            without=len(report.without_shape), properties=", ".join(report.properties),
        )
    )  # fmt: skip
    if report.dry_run:
        click.echo(gettext("Nothing was written: this was a dry run."))
    problems = [*report.unmatched, *report.ambiguous, *report.without_shape]
    for one in problems[:SHOWN]:
        click.echo(f"  {one['feature']}, {one['name'] or '—'}: {one['reason']}")
    if len(problems) > SHOWN:
        click.echo(gettext("  … and %(n)s more; --json shows all.", n=len(problems) - SHOWN))
    if report.regions_without_shape:
        names = ", ".join(report.regions_without_shape[:SHOWN])
        click.echo(gettext("Regions without a shape: %(names)s", names=names))


__all__ = ["regions"]
