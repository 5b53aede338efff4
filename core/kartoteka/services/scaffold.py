"""Write the skeleton of a new plugin: it loads, migrates and has a test that passes."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from kartoteka import __version__
from kartoteka.errors import ConfigError

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


def new_plugin(folder: Path, name: str) -> list[Path]:
    """Write a plugin package into a folder (usually the one with kartoteka.toml).

    Args:
        folder: gets `<name>/` and `test_<name>.py`.
        name: lower-case letters, digits and `_`; prefix of fields and tables for ever.

    Returns:
        the files written.

    Raises:
        ConfigError: the name does not fit, or there is such a folder already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", name) or keyword.iskeyword(name):
        raise ConfigError(
            f"Plugin name {name!r} does not fit: 2 to 30 lower-case letters, digits and '_'."
        )
    package = folder / name
    if package.exists():
        raise ConfigError(f"{package} exists already. Choose another name.")
    values = {"name": name, "title": name.replace("_", " ").capitalize(), "version": __version__}
    texts = {
        package / "__init__.py": f'"""The {name} plugin of Kartoteka."""\n',
        package / "plugin.py": _PLUGIN.format(**values),
        package / "migrations" / "__init__.py": "",
        package / "README.md": _README.format(**values),
        folder / f"test_{name}.py": _TEST.format(**values),
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)
