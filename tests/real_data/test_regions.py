"""Registers of regions and tables of statistical offices, matched to each other."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from kartoteka.api import IndicatorValue, Region
from kartoteka.services.import_file import open_table
from kartoteka.services.import_indicators import import_indicator
from kartoteka.services.import_rows import Report
from kartoteka.services.importing import import_table
from kartoteka.testing import Firm

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
