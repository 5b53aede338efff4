"""Registers of regions and tables of statistical offices, matched to each other."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kartoteka import config
from kartoteka.access.actor import system
from kartoteka.api import Indicator, IndicatorValue, Region
from kartoteka.app import compose
from kartoteka.cli.main import main
from kartoteka.models import RegionShape
from kartoteka.services.geojson import read_features
from kartoteka.services.import_file import open_table
from kartoteka.services.import_indicators import import_indicator
from kartoteka.services.import_rows import Report
from kartoteka.services.importing import import_table
from kartoteka.services.region_matching import match_places
from kartoteka.services.region_shapes import draw_places
from kartoteka.testing import Firm
from kartoteka.testing.bases import upgrade_installed
from tests.core.region_spellings import spellings

RUSSIA = [("name_with_type", "name"), ("federal_district", "district"), ("iso_code", "iso_code"),
          ("okato", "okato"), ("oktmo", "oktmo"), ("timezone", "time_zone")]  # fmt: skip


@pytest.fixture
def regions(shared_data: Path) -> Path:
    return shared_data / "09-regions"


def load(firm: Firm, path: Path, **options: Any) -> Report:
    with firm.session(way="import") as session:
        report = import_table(
            session, open_table(path), firm.made.registry.entity("region"), **options
        )
        session.commit()
    return report


def test_russian_regions_make_a_tree(firm: Firm, regions: Path) -> None:
    path = regions / "ru_regions_hflabs.csv"
    options = {"columns": RUSSIA, "values": [("country", "Россия")], "key": ["iso_code"]}
    first, second = load(firm, path, **options), load(firm, path, **options)
    assert (first.created, first.rejected, len(first.also_created)) == (86, 0, 9)
    assert (second.unchanged, second.also_created) == (86, [])
    district, country = aliased(Region), aliased(Region)
    with firm.session() as session:
        row = session.execute(
            select(Region.name, Region.okato, district.name, district.kind, country.iso_code)
            .join(district, district.id == Region.parent_id)
            .join(country, country.id == district.parent_id)
            .where(Region.iso_code == "RU-AD")
        ).one()
    assert tuple(row) == ("Респ Адыгея", "79000000000", "Южный", "district", "RU")


def test_bulgarian_municipalities_keep_their_codes(firm: Firm, regions: Path) -> None:
    report = load(
        firm, regions / "bg_municipalities.csv",
        values=[("kind", "municipality"), ("country", "България")],
    )  # fmt: skip
    assert (report.rows_total, report.created, report.rejected) == (265, 265, 0)
    with firm.session() as session:
        codes = session.scalars(
            select(Region.ekatte).where(Region.name == "Бяла").order_by(Region.ekatte)
        ).all()
    assert codes == ["07598", "07603"]


def test_iso_list_brings_its_countries(firm: Firm, regions: Path) -> None:
    report = load(
        firm, regions / "iso_3166_2_ru_bg_kz_by_ua_de.csv",
        columns=[("country", "country"), ("code", "iso_code"), ("name", "name")],
    )  # fmt: skip
    assert (report.created, report.rejected) == (163, 0)
    with firm.session() as session:
        countries = set(session.scalars(select(Region.iso_code).where(Region.kind == "country")))
    assert countries == {"RU", "BG", "KZ", "BY", "UA", "DE"}


@pytest.mark.parametrize("column", ["name_with_type", "name"])
def test_all_regions_of_the_statistical_office_are_recognised(
    firm: Firm, regions: Path, column: str
) -> None:
    columns = [(column, "name"), *RUSSIA[1:]]
    load(firm, regions / "ru_regions_hflabs.csv", columns=columns)
    for indicator, file, values in (
        ("grp", "ru_fedstat_grp.csv", 2125),
        ("unemployment", "ru_fedstat_unemployment.csv", 1870),
    ):
        table = open_table(regions / file)
        for again in (False, True):
            with firm.session(way="import") as session:
                report = import_indicator(
                    session, table, indicator, region_column="Регион",
                    about=[("source", "Росстат"), ("is_official", "yes")],
                )  # fmt: skip
                session.commit()
            assert (report.rows_total, report.rejected, report.unmatched) == (85, 0, [])
            assert (report.values_unchanged if again else report.values_created) == values
    with firm.session() as session:
        value = session.scalar(
            select(IndicatorValue.value)
            .join(Region, Region.id == IndicatorValue.region_id)
            .where(Region.iso_code == "RU-BEL", func.abs(IndicatorValue.value) > 600000)
            .order_by(IndicatorValue.period.desc())
        )
    assert value == Decimal(646569)


def test_official_tables_reach_the_right_codes_by_the_command_line(
    tmp_path: Path, regions: Path
) -> None:
    folder = tmp_path / "base"

    def call(*arguments: str | Path) -> Any:
        found = CliRunner().invoke(main, ["--dir", str(folder), *map(str, arguments)])
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)

    password = ["--admin-password", "a long enough password"]
    assert CliRunner().invoke(main, ["init", str(folder), *password]).exit_code == 0
    made = compose(config.load(folder))
    upgrade_installed(made)  # columns that other tests of this process attached
    columns = ",".join(f"{column}={field}" for column, field in RUSSIA)
    account = call("import", regions / "ru_regions_hflabs.csv", "--entity", "region", "--map",
                   columns, "--set", "country=Россия", "--json")  # fmt: skip
    assert account["rejected"] == 0
    right = {text.casefold(): code for text, code in spellings().items()}
    for indicator, name in (("grp", "ru_fedstat_grp"), ("unemployment", "ru_fedstat_unemployment")):
        path = regions / f"{name}.csv"
        account = call("import", path, "--entity", "indicator", "--indicator", indicator, "--json")
        assert (account["rows_total"], account["rejected"], account["unmatched"]) == (85, 0, [])
        table = open_table(path)
        place, last = table.header.index("Регион"), len(table.header) - 1
        wanted = {
            right[row.cells[place].casefold()]: Decimal(row.cells[last]) for row in table.rows()
        }
        assert len(wanted) == 85
        with made.sessions() as session:
            session.info["actor"] = system("cli")
            rows = session.execute(
                select(Region.iso_code, IndicatorValue.value)
                .join(IndicatorValue, IndicatorValue.region_id == Region.id)
                .join(Indicator, Indicator.id == IndicatorValue.indicator_id)
                .where(Indicator.code == indicator)
                .where(IndicatorValue.period == date(int(table.header[last]), 1, 1))
            )
            assert {row[0]: round(row[1], 1) for row in rows} == wanted
    shapes = regions / "ru_regions_map.geojson.gz"
    account = call("regions", "load", shapes, "--country", "RU", "--json")
    assert (account["features"], account["loaded"], account["regions"]) == (83, 83, 83)
    assert (account["properties"], account["unmatched"], account["ambiguous"]) == (["name"], [], [])
    assert account["regions_without_shape"] == ["Респ Крым", "г Байконур", "г Севастополь"]
    assert account["characters"] <= 140_000
    names = {one.number: one.properties["name"] for one in read_features(shapes)}
    with made.sessions() as session:
        session.info["actor"] = system("cli")
        drawn = set(
            session.scalars(
                select(Region.iso_code).join(RegionShape, RegionShape.region_id == Region.id)
            )
        )
    assert drawn == {right[name.casefold()] for name in names.values()}
    made.engine.dispose()


def test_bulgarian_provinces_are_drawn_by_their_codes(firm: Firm, regions: Path) -> None:
    features = read_features(regions / "bg_provinces.geojson")
    with firm.session() as session:
        session.add(Region(name="България", kind="country", iso_code="BG"))
        session.add_all(
            Region(name=f"Област {one.number}", nuts=one.properties["nuts3"]) for one in features
        )
        session.flush()
        matched = match_places(session, features, country="България")
        sheet = draw_places(matched)
    assert (matched.country, matched.properties, len(matched.places)) == ("BG", ["nuts3"], 28)
    assert [one for one in sheet.drawings if one is None or one.is_small] == []
    assert 0.6 < sheet.height / sheet.width < 0.7  # Bulgaria is half as wide again as high
