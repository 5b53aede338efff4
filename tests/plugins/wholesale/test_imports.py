"""The plugin is made from the public surface alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import kartoteka_wholesale

FOLDER = Path(kartoteka_wholesale.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the modules a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_plugin_imports_nothing_of_the_core_but_its_api(path: Path) -> None:
    # A revision must not see models, so it takes its column types from where they are defined.
    allowed = {"kartoteka.fields.types"} if path.parent.name == "migrations" else {"kartoteka.api"}
    core = {name for name in imported(path) if name.split(".")[0] == "kartoteka"}
    assert core <= allowed


def test_table_of_contents_holds_only_the_manifest_and_hooks() -> None:
    tree = ast.parse((FOLDER / "plugin.py").read_text())
    kinds = [type(node) for node in tree.body[1:]]
    assert set(kinds) == {ast.ImportFrom, ast.Assign, ast.FunctionDef}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert all(ast.unparse(node.decorator_list[0]) == "hookimpl" for node in functions)
