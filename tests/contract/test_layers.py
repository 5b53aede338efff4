"""Each layer imports what stands below it, plugins the public surface; files stay short."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "kartoteka"
BELOW_THE_SCREENS = ("services", "models", "fields", "access", "history", "db", "hooks/registry.py",
                     "hooks/manager.py", "hooks/contributions")  # fmt: skip
WEB = ("flask", "werkzeug", "jinja2", "wtforms", "kartoteka.screens", "kartoteka.rest")
#: Accounts are Flask-AppBuilder's: its tables are part of ours.
ACCOUNTS = ("flask_appbuilder.security.sqla", "flask_appbuilder.Model")
MOST_LINES = 400


def imports(path: Path) -> set[str]:
    """Return the dotted names a file imports, those inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(*places: Path) -> list[Path]:
    """Return the Python files of folders and files."""
    return [path for place in places for path in
            (sorted(place.rglob("*.py")) if place.is_dir() else [place])]  # fmt: skip


@pytest.mark.parametrize("place", BELOW_THE_SCREENS)
def test_below_the_screens_nothing_knows_of_the_web(place: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files(CORE / place)
        for name in imports(path)
        if name.startswith(WEB)
        and not name.startswith(ACCOUNTS)
        and name != "werkzeug.security.generate_password_hash"
        and not name.startswith("werkzeug.security")
        and not (path.name == "setup.py" and name == "flask.Flask")
    }
    assert wrong == set()


def test_models_and_fields_know_no_services() -> None:
    wrong = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files(CORE / "models", CORE / "fields")
        for name in imports(path)
        if name.startswith(("kartoteka.services", "kartoteka.history", "kartoteka.db"))
    }
    assert wrong == set()


@pytest.mark.parametrize(
    "place", [*sorted((ROOT / "plugins").glob("*/kartoteka_*")), ROOT / "tests" / "dummy_plugin"],
    ids=lambda path: path.name,
)  # fmt: skip
def test_plugins_import_only_the_public_surface(place: Path) -> None:
    own = {path.name for path in (ROOT / "plugins").glob("*/kartoteka_*")}
    wrong: set[str] = set()
    for path in files(place):
        allowed = ("kartoteka.api.", "kartoteka.testing.", *(f"{name}" for name in own))
        if "migrations" in path.parts:
            allowed = (*allowed, "kartoteka.fields.types.", "kartoteka.db.search")
        wrong |= {
            f"{path.relative_to(ROOT)}: {name}"
            for name in imports(path)
            if name.startswith("kartoteka") and not name.startswith(allowed)
        }
    assert wrong == set()


def test_what_the_public_surface_promises_is_there() -> None:
    from kartoteka import api

    assert [name for name in api.__all__ if not hasattr(api, name)] == []
    assert len(set(api.__all__)) == len(api.__all__)


def test_files_answer_one_question_and_stay_short() -> None:
    ours = files(CORE, ROOT / "plugins", ROOT / "tests")
    ours = [path for path in ours if "migrations" not in path.parts or "tests" in path.parts]
    long = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
            for path in ours}  # fmt: skip
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}
    mute = [
        str(path.relative_to(ROOT))
        for path in ours
        if path.read_text(encoding="utf-8").strip()
        and not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert mute == []


def test_no_file_is_named_after_nothing() -> None:
    nameless = {"utils.py", "helpers.py", "common.py", "base.py", "misc.py", "tools.py"}
    assert [str(path) for path in files(CORE, ROOT / "plugins") if path.name in nameless] == []
