"""`kartoteka excel-import preview` says what an import would do, and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kartoteka.app import compose
from kartoteka.cli.main import main
from kartoteka.config import load
from kartoteka.testing.bases import upgrade_installed

LIST = "Фирма;ИНН;Телефон\nРомашка;7743842112;8 495 123-45-67\nЛютик;1;\nООО Ромашка;;84951234567\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation with the plugin of imports."""
    place = tmp_path / "base"
    made = CliRunner().invoke(main, ["init", str(place), "--admin-password", "a long password 1"])
    assert made.exit_code == 0, made.output
    settings = place / "kartoteka.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("plugins = []", 'plugins = ["excel_import"]'), encoding="utf-8"
    )
    upgraded = CliRunner().invoke(main, ["--dir", str(place), "db", "upgrade"])
    assert upgraded.exit_code == 0, upgraded.output
    installation = compose(load(place))
    upgrade_installed(installation)  # columns that other tests of this process attached
    installation.engine.dispose()
    return place


def call(folder: Path, *words: Any) -> tuple[int, str]:
    done = CliRunner().invoke(
        main, ["--dir", str(folder), "excel-import", "preview", *map(str, words)]
    )
    return done.exit_code, done.stdout + (done.stderr or "")


def test_a_list_is_previewed_as_json(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(LIST.encode("cp1251"))
    code, told = call(folder, path, "--json")
    assert code == 0, told
    found = json.loads(told)
    assert found["rows_total"] == 3
    assert [found[key] for key in ("create", "update", "unchanged", "duplicate", "rejected")] == [
        1, 0, 0, 1, 1,
    ]  # fmt: skip
    assert (found["encoding"], found["header_row"], found["sheet"]) == ("cp1251", 1, "")
    assert [(c["header"], c["field"]) for c in found["columns"]] == [
        ("Фирма", "client.name"), ("ИНН", "client.tax_id"), ("Телефон", "client.phone"),
    ]  # fmt: skip
    assert all(0 <= column["confidence"] <= 1 for column in found["columns"])
    rejected = [problem for problem in found["problems"] if problem["is_rejection"]]
    assert [(problem["row"], problem["column"]) for problem in rejected] == [(3, "ИНН")]
    assert found["examples"]["create"][0]["cells"][0] == "Ромашка"
    again = json.loads(call(folder, path, "--json")[1])
    assert again["create"] == 1  # nothing was written


def test_columns_and_mode_are_ordered(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(LIST, encoding="utf-8")
    code, told = call(
        folder, path, "--map", "ИНН=,Телефон=client.fax", "--mode", "update", "--json"
    )
    assert code == 0, told
    found = json.loads(told)
    assert [column["field"] for column in found["columns"]] == ["client.name", "", "client.fax"]
    assert (found["create"], found["rejected"]) == (0, 3)
    code, told = call(folder, path, "--header-row", "0", "--map", "A=name", "--json")
    assert json.loads(told)["rows_total"] == 4


def test_what_can_not_be_read_is_said_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "clients.xlsx"
    path.write_bytes(b"PK\x03\x04 nonsense")
    code, told = call(folder, path, "--json")
    assert code == 2
    assert "clients.xlsx" in json.loads(told)["error"]
    code, told = call(folder, tmp_path / "nowhere.xlsx", "--json")
    assert code == 2
    assert json.loads(told)["error"]
    path = tmp_path / "clients.csv"
    path.write_text(LIST, encoding="utf-8")
    code, told = call(folder, path, "--map", "Цвет=client.name", "--json")
    assert code == 2
    assert "has no column 'Цвет'" in json.loads(told)["error"]
    code, told = call(folder, path, "--sheet", "x")
    assert code in (0, 2)
    assert "Traceback" not in told


def test_people_read_it_as_lines(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(LIST, encoding="utf-8")
    code, told = call(folder, path, "--as", "admin")
    assert code == 0, told
    assert told.startswith("3 rows: 1 to be created")
    assert "Фирма → client.name (100%)" in told


def test_the_country_of_phones_is_guessed_or_ordered(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "offices.csv"
    path.write_text("Name,Phone\nFirst,02/982-27-35\nSecond,02/862-61-08\nThird,0888 123 456\n")
    assert json.loads(call(folder, path, "--json")[1])["create"] == 3
    assert json.loads(call(folder, path, "--phone-region", "ru", "--json")[1])["rejected"] == 2
    code, told = call(folder, path, "--phone-region", "XX", "--json")
    assert code == 2
    assert "'XX'" in json.loads(told)["error"]


def test_bad_cells_and_the_country_are_told_on_the_command_line(
    folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(LIST, encoding="utf-8")
    found = json.loads(call(folder, path, "--json")[1])
    assert (found["rejected"], found["rejected_for_cells"], found["left_out"]) == (1, 1, 0)
    found = json.loads(call(folder, path, "--bad-cells", "leave", "--json")[1])
    five = [found[key] for key in ("create", "update", "unchanged", "duplicate", "rejected")]
    assert (sum(five), found["rejected"], found["left_out"]) == (3, 0, 1)
    assert [one["row"] for one in found["problems"] if one["is_left_out"]] == [3]
    path.write_text("Name;Phone\nA;02/982-27-35\nB;02/862-61-08\nC;02/862-61-09\n")
    found = json.loads(call(folder, path, "--phone-region", "RU", "--json")[1])
    assert found["phone_region_hint"] == "BG"
    assert "--phone-region BG" in call(folder, path, "--phone-region", "RU")[1]
    assert json.loads(call(folder, path, "--json")[1])["phone_region_hint"] == ""
