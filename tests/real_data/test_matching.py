"""Duplicates in lists that nobody here wrote, found by constants that were not fitted to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import matching
from benchmarks.matching import Quality
from kartoteka.cli.main import main


@pytest.fixture
def sets(shared_data: Path) -> Path:
    return shared_data / "08-dedupe"


def told(quality: Quality) -> str:
    return f"precision {quality.precision:.3f}, recall {quality.recall:.3f}, F1 {quality.f1:.3f}"


def test_spoilt_copies_of_people_are_found(sets: Path) -> None:
    for with_number in (True, False):
        found = matching.people(sets, with_number=with_number)
        assert found.f1 >= 0.95, told(found)


def test_restaurants_of_two_guides_are_matched(sets: Path) -> None:
    found = matching.restaurants(sets)
    assert found.f1 >= 0.95, told(found)


def test_day_care_centres_of_ten_messy_lists_are_matched(sets: Path) -> None:
    found = matching.centres(sets)
    assert found.f1 >= 0.80, told(found)


def test_beers_are_told_apart_more_often_than_not(sets: Path) -> None:
    found = matching.beers(sets)
    assert found.f1 >= 0.70, told(found)


def test_libraries_of_one_legal_entity_stay_several_points(shared_data: Path) -> None:
    path = shared_data / "03-contact-lists" / "ru_moscow_libraries_10.csv"
    columns = "name=CommonName,tax_id=INN,phone=PublicPhone,address=Address"
    result = CliRunner().invoke(main, ["duplicates", "compare", str(path), "--map", columns])
    assert (result.exit_code, result.output) == (
        0, "10 rows. 0 pairs may be one client.\n"
    )  # fmt: skip
