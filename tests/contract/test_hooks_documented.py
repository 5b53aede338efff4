"""Every hook is documented with its exact signature, and somebody uses it."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from kartoteka.hooks import hookspecs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, "kartoteka_spec")
}


def _signatures_on_the_page() -> dict[str, str]:
    found = re.findall(r"^### (\w+)\n\n```text\n(.+?)\n```", PAGE, re.M | re.S)
    return dict(found)


def test_the_page_has_every_hook_with_its_signature() -> None:
    expected = {
        name: f"{name}{inspect.signature(function)}".replace("'", "")
        for name, function in HOOKS.items()
    }
    assert _signatures_on_the_page() == expected


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_a_hook_is_asked_by_the_framework(name: str) -> None:
    calls = re.compile(rf"""(each|first|safely|collect|implementers)\(\s*["']{name}["']""")
    declared = re.compile(rf'^    "{name}": \w+,$', re.M)
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "core").rglob("*.py")]
    assert any(calls.search(text) or declared.search(text) for text in sources)


@pytest.mark.parametrize("name", sorted(HOOKS))
def test_a_hook_is_used_by_the_core_a_bundled_plugin_or_the_dummy(name: str) -> None:
    places = [ROOT / "core" / "kartoteka" / "builtin", ROOT / "plugins", ROOT / "tests"]
    sources = [path for place in places for path in place.rglob("*.py")]
    assert any(_implements(path, name) for path in sources)


@pytest.mark.parametrize(
    "block", re.findall(r"^```python\n(.+?)^```", PAGE, re.M | re.S), ids=lambda _: ""
)
def test_an_example_on_the_page_is_python(block: str) -> None:
    tree = ast.parse(block)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in HOOKS:
            wanted = set(inspect.signature(HOOKS[node.name]).parameters)
            assert {argument.arg for argument in node.args.args} <= wanted


def _implements(path: Path, name: str) -> bool:
    text = path.read_text(encoding="utf-8")
    marked = re.search(rf"@hookimpl\n(@\w+\n)*def {name}\(", text)
    given = re.search(rf"\b{name}=hookimpl\(|hookimpl\({name}\)|hook\({name}\)", text)
    return bool(marked or given)


def test_hooks_are_marked_once() -> None:
    spec: Any = hookspecs
    assert len(HOOKS) == len(re.findall(r"^@hookspec", inspect.getsource(spec), re.M))
