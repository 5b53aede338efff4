"""`kartoteka plugins new` writes a plugin that works, or nothing at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "s" * 48


def kartoteka(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a person does, in a process of its own."""
    program = Path(sys.executable).with_name("kartoteka")
    return subprocess.run(
        [str(program), "--dir", str(folder), *arguments],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "kartoteka.toml").write_text('plugins = ["wholesale"]\n')
    (tmp_path / ".kartoteka-secret").write_text(SECRET)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["json", "test", "kartoteka", "wholesale", "flask", "core"])
def test_a_name_that_python_knows_already_is_refused(place: Path, name: str) -> None:
    import kartoteka_wholesale

    versions = Path(str(kartoteka_wholesale.__file__)).parent / "migrations"
    before, there = contents(place), sorted(path.name for path in versions.iterdir())
    done = kartoteka(place, "plugins", "new", name)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: There is a Python package or a plugin")
    assert len(done.stderr.splitlines()) == 1
    assert contents(place) == before
    assert sorted(path.name for path in versions.iterdir()) == there


@pytest.mark.parametrize("taken", ["visits/letter.txt", "visits.py", "test_visits.py"])
def test_what_stands_there_already_is_never_replaced(place: Path, taken: str) -> None:
    (place / taken).parent.mkdir(exist_ok=True)
    (place / taken).write_text("mine")
    before = contents(place)
    done = kartoteka(place, "plugins", "new", "visits")
    assert done.returncode == 1
    assert "exists already" in done.stderr
    assert contents(place) == before


@pytest.mark.parametrize(
    "settings", ["plugins = [\n]\n", 'plugins = ["nonsense"]\n', "name = 'x'\n"]
)
def test_a_step_that_fails_takes_everything_back(place: Path, settings: str) -> None:
    (place / "kartoteka.toml").write_text(settings)
    before = contents(place)
    done = kartoteka(place, "plugins", "new", "visits")
    assert (done.returncode, done.stderr[:7]) == (1, "Error: ")
    assert contents(place) == before
    assert not (place / "visits").exists()


def test_a_new_plugin_is_on_the_list_as_enabled(place: Path) -> None:
    (place / "kartoteka.toml").write_text("plugins = []\n")
    made = kartoteka(place, "plugins", "new", "visits")
    assert made.returncode == 0, made.stderr
    rows = json.loads(kartoteka(place, "plugins", "list", "--json").stdout)
    assert [(r["name"], r["state"]) for r in rows if r["name"] == "visits"] == [
        ("visits", "enabled")
    ]
    again = kartoteka(place, "plugins", "new", "visits")
    assert "exists already" in again.stderr
    assert (place / "visits" / "plugin.py").exists()


def test_a_new_plugin_takes_no_table_of_its_neighbours(place: Path) -> None:
    (place / "kartoteka.toml").write_text('plugins = ["wholesale", "funnel_colors"]\n')
    made = kartoteka(place, "plugins", "new", "visits")
    assert made.returncode == 0, made.stderr
    (revision,) = (place / "visits" / "migrations").glob("[!_]*.py")
    assert "create_table" not in revision.read_text()
    upgraded = kartoteka(place, "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
