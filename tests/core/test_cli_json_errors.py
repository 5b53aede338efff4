"""With --json a command that refuses says so as JSON, in the language of the installation."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kartoteka.app import compose
from kartoteka.cli.main import main
from kartoteka.config import load
from kartoteka.testing.bases import upgrade_installed


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("json") / "base"
    made = CliRunner().invoke(main, ["init", str(folder), "--admin-password", "a long password 1"])
    assert made.exit_code == 0, made.output
    settings = folder / "kartoteka.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("plugins = []", 'plugins = ["funnel_colors"]')
    settings.write_text(text.replace('language = "en"', 'language = "ru"'), encoding="utf-8")
    upgraded = CliRunner().invoke(main, ["--dir", str(folder), "db", "upgrade"])
    assert upgraded.exit_code == 0, upgraded.output
    installation = compose(load(folder))
    upgrade_installed(installation)  # columns that other tests of this process attached
    installation.engine.dispose()
    return folder


def called(base: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--dir", str(base), *words])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("criteria", "explain", "{"), 1, ""),
        (("criteria", "explain", "{}", "--entity", "nope"), 2, "Списка «nope» нет"),
        (("criteria", "explain", "@/nowhere/tree.json"), 2, "«/nowhere/tree.json»"),
        (("criteria", "explain"), 2, ""),
        (("funnel-colors", "explain", "777"), 1, "Такой записи нет"),
        (("funnel-colors", "explain", "many"), 2, ""),
        (("export", "nothing", "-o", "x.csv"), 2, "Списка «nothing» нет"),
        (("export", "clients", "-o", "x.doc"), 2, "--format"),
        (("export", "clients", "-o", "/nowhere/x.csv"), 2, "«/nowhere»"),
        (("duplicates", "merge", "1", "2"), 1, ""),
        (("duplicates", "unmerge", "7"), 1, ""),
        (("duplicates", "compare", "/nowhere.csv", "--map", "name=Name"), 2, "nowhere.csv"),
    ],
)
def test_a_refusal_is_json_with_its_exit_code(
    base: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    found = called(base, *words, "--json")
    assert found.exit_code == code, found.output
    answer = json.loads(found.stdout)
    assert list(answer) == ["error"]
    assert said in answer["error"]
    assert found.stderr == ""
    plain = called(base, *words)
    assert (plain.exit_code, plain.stdout) == (code, "")
    assert plain.stderr


def test_a_missing_folder_is_named_and_no_file_of_our_own(base: Path, tmp_path: Path) -> None:
    found = called(base, "export", "clients", "-o", str(tmp_path / "none" / "x.csv"))
    assert found.exit_code == 2
    assert str(tmp_path / "none") in found.stderr
    assert ".part" not in found.stderr
    assert f"{os.getpid()}" not in found.stderr.replace(str(tmp_path), "")


def test_what_an_export_did_is_said_in_the_language_of_the_installation(
    base: Path, tmp_path: Path
) -> None:
    found = called(base, "export", "clients", "-o", str(tmp_path / "x.csv"))
    assert found.exit_code == 0, found.output
    assert "0 строк" in found.stdout
