"""A plugin that does not fit stops the start with one sentence that names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from kartoteka.cli.main import main

HEAD = "from kartoteka.api import *\n"
INFO = 'PLUGIN = PluginInfo(name="{name}", title="X", version="1", requires_core="{core}"{more})\n'

BROKEN = {
    "unknown_hook": ("@hookimpl\ndef pipelinez():\n    return []\n", ">=0.1,<1", "", "pipelinez"),
    "wrong_type": ("@hookimpl\ndef panels():\n    return ['x']\n", ">=0.1,<1", "", "panels()"),
    "wrong_argument": (
        "@hookimpl\ndef before_save(session, chnge):\n    pass\n", ">=0.1,<1", "", "chnge",
    ),
    "repeated_code": (
        "@hookimpl\ndef activity_kinds():\n"
        "    return [ActivityKind(code='call', title='Call')]\n", ">=0.1,<1", "", "'call'",
    ),
    "missing_need": ("", ">=0.1,<1", ', requires=["telephony"]', "telephony"),
    "other_version": ("", ">=7", "", "needs kartoteka >=7"),
    "no_version": ("", "seven", "", "not a version range"),
    "import_error": ("import no_such_module\n", ">=0.1,<1", "", "no_such_module"),
    "syntax_error": ("def (:\n", ">=0.1,<1", "", "SyntaxError"),
    "failing_hook": ("@hookimpl\ndef panels():\n    return 1 / 0\n", ">=0.1,<1", "", "panels()"),
    "wrong_default": (
        "", ">=0.1,<1", ", settings=[Setting(name='goal', kind=int, default='twelve')]",
        "its default is 'twelve'",
    ),
    "no_manifest": ("PLUGIN = dict(name='x')\n", ">=0.1,<1", "", "PLUGIN is a dict"),
    "foreign_field": (
        "@hookimpl\ndef fields():\n"
        "    return [Field(on=Client, name='colour', kind=Text(20), title='C')]\n",
        ">=0.1,<1", "", "'colour'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", [["run", "--port", "0"], ["plugins", "check"]], ids=" ".join)
def test_start_stops_with_one_sentence(
    name: str, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, core, more, said = BROKEN[name]
    module = f"broken_{name}_{command[0]}"
    text = HEAD + INFO.format(name=module, core=core, more=more) + body
    (tmp_path / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kartoteka.toml").write_text(f'plugins = ["{module}"]\n')
    result = CliRunner().invoke(
        main, ["--dir", str(tmp_path), *command], env={"KARTOTEKA_SECRET_KEY": "s" * 48}
    )
    assert result.exit_code == 1
    assert module in result.output
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert "Traceback" not in result.output


NO_TEMPLATE = """
@hookimpl
def panels():
    return [Panel(code="x", title="X", template="no/such.html", data=lambda s, c: {})]
"""
OWN_FIELD = """
class Visit(Record):
    __tablename__ = "lonely_visit"
    secret: Mapped[int | None] = field(Integer(), "Secret", hidden_from=("king",))

@hookimpl
def entities():
    return [Entity(code="lonely_visit", model=Visit, title="V", plural="V", label="id")]
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [(NO_TEMPLATE, "'no/such.html', which does not exist"), (OWN_FIELD, "hidden from 'king'")],
    ids=["template", "field of its own record"],
)
def test_check_names_the_plugin_that_brings_what_does_not_fit(
    body: str, said: str, tmp_path: Path
) -> None:
    head = f"from sqlalchemy.orm import Mapped\n{HEAD}"
    (tmp_path / "lonely.py").write_text(head + INFO.format(name="lonely", core="", more="") + body)
    (tmp_path / "kartoteka.toml").write_text('plugins = ["lonely"]\n')
    # A process of its own: the class of a record stays in this one.
    done = subprocess.run(
        [sys.executable, "-m", "kartoteka", "--dir", str(tmp_path), "plugins", "check"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "KARTOTEKA_SECRET_KEY": "s" * 48},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Plugin 'lonely': ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_plugin_that_is_not_installed_is_named_and_the_others_are_listed(tmp_path: Path) -> None:
    (tmp_path / "kartoteka.toml").write_text('plugins = ["wholesale", "nonsense"]\n')
    environment = {"KARTOTEKA_SECRET_KEY": "s" * 48}
    runner = CliRunner()
    checked = runner.invoke(main, ["--dir", str(tmp_path), "plugins", "check"], env=environment)
    listed = runner.invoke(main, ["--dir", str(tmp_path), "plugins", "list"], env=environment)
    assert checked.exit_code == 1
    assert "'nonsense': is not installed" in checked.output
    assert listed.exit_code == 0
    assert "wholesale" in listed.output
    assert "broken" in listed.output
