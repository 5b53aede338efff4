"""`kartoteka duplicates compare`: pairs of rows in one list or two."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kartoteka.access.actor import system
from kartoteka.api import Client
from kartoteka.app import compose
from kartoteka.cli.main import main
from kartoteka.config import load
from kartoteka.testing.bases import upgrade_installed

OURS = """Firm,Street,City,Phone
ООО «Ромашка»,Ленина 1,Тула,8 (4872) 30-00-01
Кедр,Мира 5,Тула,
OOO Romashka,,,+7 4872 300001
"""
THEIRS = """Наименование;Адрес
ЗАО Кедр;"г. Тула, Мира, 5"
Сосна;
"""


def compare(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["duplicates", "compare", *map(str, arguments)])


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours.csv"
    path.write_text(OURS, encoding="utf-8")
    return path


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.csv"
    path.write_text(THEIRS, encoding="cp1251")
    return path


def test_duplicates_within_one_file_are_written_with_what_agreed(ours: Path) -> None:
    out = ours.with_name("pairs.csv")
    result = compare(ours, "--map", "name=Firm,address=Street+City,phone=Phone", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("3 rows. 1 pair may be one client.")
    with out.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["row_a"], row["row_b"], row["agreed"]) == ("2", "4", "same name, phone")
    assert 0.9 < float(row["score"]) <= 1


def test_two_files_with_other_headers_and_encodings_are_compared(ours: Path, theirs: Path) -> None:
    result = compare(
        ours, theirs, "--map", "name=Firm,address=Street+City",
        "--map-b", "name=Наименование,address=Адрес", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    account = json.loads(result.output)
    assert (account["rows_a"], account["rows_b"], account["pairs"]) == (3, 2, 1)
    shown = compare(
        theirs, ours, "--map", "name=Наименование", "--map", "address=Адрес",
        "--map-b", "name=Firm,address=Street+City",
    )  # fmt: skip
    assert shown.output.splitlines()[-1].split()[:2] == ["2", "3"]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("name=Name", "has no column “Name”. It has: Firm, Street, City, Phone."),
        ("name", "“name” is not of the form WHAT=COLUMN."),
        (",", "--map names no column."),
        ("=", "“=” is not of the form WHAT=COLUMN."),
    ],
)
def test_a_mapping_that_can_not_be_read_is_told(ours: Path, wanted: str, sentence: str) -> None:
    result = compare(ours, "--map", wanted)
    assert result.exit_code == 2
    assert sentence in result.output


def test_mappings_of_two_files_must_fit(ours: Path, theirs: Path) -> None:
    result = compare(ours, theirs, "--map", "name=Firm", "--map-b", "address=Адрес")
    assert result.exit_code == 2
    assert "must name the same things" in result.output


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rest", b"\0\0\0"])
def test_a_file_that_is_no_table_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    result = compare(path, "--map", "name=Firm")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_missing_file_and_a_place_that_can_not_be_written_are_told(ours: Path) -> None:
    assert compare(ours.with_name("none.csv"), "--map", "name=Firm").exit_code == 2
    nowhere = ours.parent / "no" / "pairs.csv"
    result = compare(ours, "--map", "name=Firm", "--out", nowhere)
    assert result.exit_code == 2
    assert "can not be written" in result.output


def test_a_list_without_duplicates_is_no_error(theirs: Path) -> None:
    result = compare(theirs, "--map", "name=Наименование")
    assert result.exit_code == 0
    assert result.output == "2 rows. 0 pairs may be one client.\n"


def test_the_base_is_looked_through(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    call = CliRunner().invoke
    password = ["--admin-password", "a long enough password"]
    assert call(main, ["init", str(folder), *password]).exit_code == 0
    upgraded = compose(load(folder))
    upgrade_installed(upgraded)  # columns that other tests of this process attached
    with upgraded.sessions() as session:
        session.info["actor"] = system("cli")
        for name in ("ООО «Ромашка»", "Romashka LLC", "Кедр"):
            session.add(Client(name=name))
        session.commit()
    upgraded.engine.dispose()
    shown = call(main, ["--dir", str(folder), "duplicates", "find", "--json"])
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.output)
    assert found["clients"] == 3
    (pair,) = found["pairs"]
    assert {one["name"] for one in pair["clients"]} == {"ООО «Ромашка»", "Romashka LLC"}
    told = call(main, ["--dir", str(folder), "duplicates", "find"])
    assert told.output.startswith("3 clients. 1 pair may be one client.")
