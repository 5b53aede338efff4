"""`kartoteka excel-import run` and `undo`: the account of every row, and the way back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kartoteka.app import compose
from kartoteka.cli.main import main
from kartoteka.config import load
from kartoteka.testing.bases import upgrade_installed
from tests.plugins.excel_import.making import contents, text_file

LIST = """\
Фирма;ИНН;Телефон;E-mail;Контактное лицо;Должность
ООО «Ромашка»;7707083893;8 (495) 123-45-67, 8 916 123-45-67;info@romashka.ru;Иванова Анна;закупки
АО Василёк;;+7 812 123-45-67;nobody;Пётр Петров;
ООО "Ромашка";7707083893;;;Сидоров Иван;директор
Ландыш;;8 (343) 123-45-67;l@example.com;;
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    made = CliRunner().invoke(main, ["init", str(folder), "--admin-password", "a long password 1"])
    assert made.exit_code == 0, made.output
    settings = folder / "kartoteka.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("plugins = []", 'plugins = ["kartoteka_excel_import"]'), encoding="utf-8"
    )
    upgraded = CliRunner().invoke(main, ["--dir", str(folder), "db", "upgrade"])
    assert upgraded.exit_code == 0, upgraded.output
    installation = compose(load(folder))
    upgrade_installed(installation)  # columns that other tests of this process attached
    installation.engine.dispose()
    return folder


def called(base: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--dir", str(base), "excel-import", *words])


def told(base: Path, *words: str) -> dict[str, Any]:
    found = called(base, *words, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_a_list_is_imported_and_each_row_accounted_for(base: Path, tmp_path: Path) -> None:
    path = text_file(tmp_path / "Клиенты.csv", LIST)
    again = tmp_path / "rejected.xlsx"
    found = told(base, "run", str(path), "--mode", "both", "--rejected", str(again))
    counts = [found[name] for name in ("create", "update", "unchanged", "duplicate", "rejected")]
    assert sum(counts) == found["rows_total"] == 4
    assert counts == [3, 0, 0, 0, 1]
    assert (found["header_row"], found["encoding"], found["state"]) == (1, "utf-8", "done")
    fields = {column["header"]: column["field"] for column in found["columns"]}
    assert fields["ИНН"] == "client.tax_id"
    assert found["problems"] == [
        {"row": 3, "column": "E-mail", "reason": found["problems"][0]["reason"]}
    ]
    # What was rejected comes back, is mended and sent again.
    rejected = contents(again)
    assert rejected.cells[0][:4] == ("АО Василёк", None, "+7 812 123-45-67", "nobody")
    mended = LIST.splitlines()[0] + ";Kartoteka: why it was not imported\n"
    mended += "АО Василёк;;+7 812 123-45-67;v@example.com;Пётр Петров;;E-mail: no address\n"
    second = told(base, "run", str(text_file(tmp_path / "mended.csv", mended)))
    assert (second["create"], second["rejected"]) == (1, 0)
    assert second["columns"][-1]["field"] == ""


def test_the_same_list_twice_changes_nothing_and_an_undo_leaves_nothing(
    base: Path, tmp_path: Path
) -> None:
    path = text_file(tmp_path / "list.csv", LIST)
    first = told(base, "run", str(path))
    second = told(base, "run", str(path))
    assert (second["create"], second["update"], second["unchanged"]) == (0, 0, 3)
    back = told(base, "undo", str(first["import"]))
    assert (back["reversed"], back["kept"], back["failed"]) == (3, 0, 0)
    assert {row["outcome"] for row in back["rows"]} == {"reversed"}
    assert [row["row"] for row in back["rows"]] == [2, 4, 5]
    again = told(base, "run", str(path))
    assert again["create"] == first["create"]


def test_a_list_is_read_once(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    class Counted(subprocess.Popen[bytes]):
        def __init__(self, words: Any, **how: Any) -> None:
            started.append(words)
            super().__init__(words, **how)

    monkeypatch.setattr(subprocess, "Popen", Counted)
    found = told(base, "run", str(text_file(tmp_path / "list.csv", LIST)))
    assert found["rows_total"] == 4
    assert len([words for words in started if "reading_process" in str(words)]) == 1


def test_columns_are_named_on_the_command_line(base: Path, tmp_path: Path) -> None:
    path = text_file(tmp_path / "odd.csv", "X;Y\nРомашка;8 495 123-45-67\n")
    found = told(base, "run", str(path), "--map", "X=client.name,Y=client.phone")
    assert found["create"] == 1
    assert [column["confidence"] for column in found["columns"]] == [1.0, 1.0]


def test_columns_named_once_are_remembered(base: Path, tmp_path: Path) -> None:
    path = text_file(tmp_path / "list.csv", "Кто;Что\nРомашка;цветы\n")

    def fields() -> dict[str, str]:
        return {one["header"]: one["field"] for one in told(base, "preview", str(path))["columns"]}

    told(base, "run", str(path), "--map", "Кто=client.name,Что=")
    before = fields()
    assert before == {"Кто": "client.name", "Что": ""}
    told(base, "run", str(path), "--map", "Что=client.industry")
    assert fields() == {"Кто": "client.name", "Что": "client.industry"}


@pytest.mark.parametrize(
    ("words", "counts"), [((), [0, 0, 1]), (("--strict-names",), [0, 1, 0]),
                          (("--strict-names", "--create-alike"), [1, 0, 0])],
)  # fmt: skip
def test_an_equal_name_is_enough_unless_one_is_strict(
    base: Path, tmp_path: Path, words: tuple[str, ...], counts: list[int]
) -> None:
    path = text_file(tmp_path / "list.csv", "Название\nРомашка\n")
    told(base, "run", str(path))
    if "--create-alike" not in words:
        shown = told(base, "preview", str(path), *words)
        assert [shown[name] for name in ("create", "possible", "by_name")] == counts
    found = told(base, "run", str(path), *words)
    assert [found["create"], found["unchanged"]] == [counts[0], counts[2]]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"PK\x03\x04broken"])
def test_what_can_not_be_read_ends_with_2_and_a_sentence(
    base: Path, tmp_path: Path, content: bytes
) -> None:
    path = text_file(tmp_path / "bad.xlsx", content)
    found = called(base, "run", str(path), "--json")
    assert found.exit_code == 2
    assert set(json.loads(found.stdout)) == {"error"}
    plain = called(base, "run", str(path))
    assert plain.exit_code == 2
    assert "Traceback" not in plain.output


def test_a_file_that_is_not_there_and_a_wrong_column_end_with_2(base: Path, tmp_path: Path) -> None:
    assert called(base, "run", str(tmp_path / "none.csv"), "--json").exit_code == 2
    path = text_file(tmp_path / "list.csv", LIST)
    found = called(base, "run", str(path), "--map", "Nope=client.name", "--json")
    assert found.exit_code == 2
    assert "Nope" in json.loads(found.stdout)["error"]


def test_an_import_that_is_not_there_is_not_undone(base: Path) -> None:
    found = called(base, "undo", "77")
    assert found.exit_code == 1
    assert "no such import" in found.output
