"""Write the skeleton of a new plugin: it loads, migrates and has a test that passes."""

from __future__ import annotations

import keyword
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from kartoteka import __version__
from kartoteka.config import FILE
from kartoteka.errors import ConfigError
from kartoteka.hooks.manager import installed

_PLUGIN = '''"""The {name} plugin: its table of contents."""

from __future__ import annotations

from kartoteka.api import Client, Field, FieldGroup, Integer, PluginInfo, _, hookimpl

PLUGIN = PluginInfo(
    name="{name}",
    title="{title}",
    version="0.1.0",
    requires_core=">={version},<1",
    migrations="{name}.migrations",
)

EMPLOYEES = Field(
    on=Client,
    name="{name}_employees",
    kind=Integer(0, 1_000_000),
    title=_("Employees"),
    group="{name}",
    listed=True,
)


@hookimpl
def fields():
    """Return the columns this plugin adds to clients."""
    return [EMPLOYEES]


@hookimpl
def field_groups():
    """Return the block of the form these columns stand in."""
    return [FieldGroup(code="{name}", title="{title}", weight=25)]
'''

_TEST = '''"""The {name} plugin at work in a small firm."""

from __future__ import annotations

from {name} import plugin

from kartoteka.api import create
from kartoteka.testing import firm, fresh


def test_a_client_has_employees(tmp_path):
    app = fresh(tmp_path, f"sqlite:///{{tmp_path / 'test.db'}}", (), plugin)
    small = firm(app)
    with small.session("manager1") as session:
        client = create(
            session, small.made.registry.entity("client"),
            {{"name": "Ромашка", "{name}_employees": "12"}},
        )
        session.commit()
        assert plugin.EMPLOYEES.get(client) == 12
'''

_README = """# {title}

What it adds: a field for the number of employees. Hooks used: `fields`, `field_groups`.

After a change of fields or tables write a migration and run it:

    kartoteka db revise {name} "what changed"
    kartoteka db upgrade
"""


@contextmanager
def whole_or_nothing(folder: Path, name: str) -> Generator[None]:
    """Take back a new plugin, and its place in kartoteka.toml, when a step after it fails.

    Raises:
        ConfigError: as `check_name`.
    """
    check_name(folder, name)
    settings = folder / FILE
    before = settings.read_bytes() if settings.exists() else None
    try:
        yield
    except BaseException:
        shutil.rmtree(folder / name, ignore_errors=True)
        _test_of(folder, name).unlink(missing_ok=True)
        if before is not None:
            settings.write_bytes(before)
        raise


def check_name(folder: Path, name: str) -> None:
    """Refuse a name under which a new plugin could not live.

    Raises:
        ConfigError: the name does not fit, or something else has it.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", name) or keyword.iskeyword(name):
        raise ConfigError(
            f"Plugin name {name!r} does not fit: 2 to 30 lower-case letters, digits and '_'."
        )
    for path in (folder / name, folder / f"{name}.py", _test_of(folder, name)):
        if path.exists():
            raise ConfigError(f"{path} exists already. Choose another name.")
    if name == "core" or name in installed() or _is_importable(name):
        raise ConfigError(
            f"There is a Python package or a plugin {name!r} already, and Python would take that "
            "one for yours. Choose another name."
        )


def _is_importable(name: str) -> bool:
    """Say whether `import name` finds something; a folder without `__init__.py` is nothing."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return True  # it is there, though broken
    return spec is not None and spec.origin is not None


def _test_of(folder: Path, name: str) -> Path:
    return folder / f"test_{name}.py"


def new_plugin(folder: Path, name: str) -> list[Path]:
    """Write a plugin package into a folder (usually the one with kartoteka.toml).

    Args:
        folder: gets `<name>/` and `test_<name>.py`.
        name: lower-case letters, digits and `_`; prefix of fields and tables for ever.

    Returns:
        the files written.

    Raises:
        ConfigError: the name does not fit, or something else has it; nothing was written.
    """
    check_name(folder, name)
    package = folder / name
    values = {"name": name, "title": name.replace("_", " ").capitalize(), "version": __version__}
    texts = {
        package / "__init__.py": f'"""The {name} plugin of Kartoteka."""\n',
        package / "plugin.py": _PLUGIN.format(**values),
        package / "migrations" / "__init__.py": "",
        package / "README.md": _README.format(**values),
        _test_of(folder, name): _TEST.format(**values),
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)
