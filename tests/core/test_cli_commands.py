"""The command line as a person uses it: exit codes, sentences, JSON, help."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from kartoteka.app import compose
from kartoteka.cli.main import COMMANDS, main
from kartoteka.config import load, write_new
from kartoteka.testing.bases import upgrade_installed

SECRET = "a long enough password"


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    clean = {"KARTOTEKA_DIR": None, "KARTOTEKA_DATABASE_URL": None, **(env or {})}
    return CliRunner().invoke(main, [str(item) for item in arguments], env=clean)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation made by `kartoteka init`."""
    folder = tmp_path_factory.mktemp("cli") / "base"
    made = run("init", folder, "--plugins", "wholesale", "--admin-password", SECRET, "--json")
    assert made.exit_code == 0, made.output
    installation = compose(load(folder))
    upgrade_installed(installation)  # columns that other tests of this process attached
    installation.engine.dispose()
    return folder


def _every_command() -> Iterator[list[str]]:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        yield [name]
        if isinstance(command, click.Group):
            yield from ([name, sub] for sub in command.commands)


@pytest.mark.parametrize("path", list(_every_command()), ids=" ".join)
def test_every_command_has_help_with_an_example(path: list[str], tmp_path: Path) -> None:
    result = run("--dir", tmp_path, *path, "--help")
    assert result.exit_code == 0
    assert f"Example: kartoteka {path[0]}" in " ".join(result.output.split())


def test_lists_of_commands_say_whole_sentences(tmp_path: Path) -> None:
    for path in _every_command():
        help_ = run("--dir", tmp_path, *path, "--help", env={"COLUMNS": "80"}).output
        assert "..." not in help_.replace("[ARGS]...", "").replace("]...", ""), help_
    assert "in FOLDER (default" in " ".join(run("init", "--help").output.split())


def test_init_makes_settings_secret_database_and_account(tmp_path: Path) -> None:
    made = run("init", tmp_path / "a", "--name", 'The "best" firm', "--language", "bg", "--json")
    found = json.loads(made.stdout)
    assert made.exit_code == 0
    assert len(found["password"]) == 19
    assert (tmp_path / "a" / ".kartoteka-secret").stat().st_mode & 0o077 == 0
    users = json.loads(run("--dir", tmp_path / "a", "user", "list", "--json").stdout)
    assert [(user["username"], user["roles"]) for user in users] == [("admin", ["Admin"])]
    again = run("init", tmp_path / "a")
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_init_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    for options in (["--plugins", "nonsense"], ["--language", "xx"], ["--admin-password", "1"]):
        result = run("init", tmp_path / "a", *options)
        assert (result.exit_code, result.output[:7]) == (1, "Error: "), result.output
        assert list(tmp_path.iterdir()) == []
    result = run("init", tmp_path / "a" / "b" / "c", "--plugins", "nonsense")
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])


def test_init_that_fails_leaves_the_folder_and_the_files_that_were_there(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    assert run("init", tmp_path, "--plugins", "nonsense").exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_folder_without_installation_gets_a_sentence(tmp_path: Path) -> None:
    for command in (["run"], ["check-totals"], ["db", "upgrade"], ["user", "list"]):
        result = run("--dir", tmp_path, *command)
        assert result.exit_code == 1
        assert "kartoteka init" in result.output


def test_unknown_command_and_option_are_usage_errors(base: Path) -> None:
    assert run("--dir", base, "nonsense").exit_code == 2
    assert run("--dir", base, "user", "add").exit_code == 2


def test_run_refuses_a_database_that_is_behind(tmp_path: Path, base: Path) -> None:
    for name in ("kartoteka.toml", ".kartoteka-secret"):
        (tmp_path / name).write_bytes((base / name).read_bytes())
    result = run("--dir", tmp_path, "run", "--port", "0")
    assert result.exit_code == 1
    assert "kartoteka db upgrade" in result.output
    assert "Traceback" not in result.output


def test_database_that_does_not_answer_gets_a_sentence(base: Path) -> None:
    nowhere = {"KARTOTEKA_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    result = run("--dir", base, "check-totals", env=nowhere)
    assert result.exit_code == 1
    assert "The database does not work" in result.output


def test_upgrade_and_check_say_that_all_is_well(base: Path) -> None:
    assert run("--dir", base, "db", "upgrade").exit_code == 0
    # A process of its own: fields that plugins of other tests attached stay in this one.
    for command in (["db", "check"], ["plugins", "diff", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "kartoteka", "--dir", str(base), *command],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_plugin_enabled_later_is_added_to_a_base_in_use_and_a_copy_is_kept(tmp_path: Path) -> None:
    assert run("init", tmp_path).exit_code == 0
    settings = tmp_path / "kartoteka.toml"
    settings.write_text(settings.read_text().replace("plugins = []", 'plugins = ["wholesale"]'))
    assert run("--dir", tmp_path, "run", "--port", "0").exit_code == 1
    upgraded = run("--dir", tmp_path, "db", "upgrade")
    assert upgraded.exit_code == 0, upgraded.output
    assert "wholesale: nothing" in upgraded.output
    (copy,) = tmp_path.glob("kartoteka.db.before-upgrade-*")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM ab_user").fetchone() == (1,)


def test_accounts_are_made_changed_and_shut(base: Path) -> None:
    made = run("--dir", base, "user", "add", "maria", "--role", "manager", "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["password"]
    assert run("--dir", base, "user", "password", "maria").exit_code == 0
    key = run("--dir", base, "user", "api-key", "maria", "web").stdout.strip()
    assert key.startswith("kart_")
    assert run("--dir", base, "user", "api-key", "maria", "web", "--revoke").exit_code == 0
    assert run("--dir", base, "user", "deactivate", "maria").exit_code == 0
    users = json.loads(run("--dir", base, "user", "list", "--json").stdout)
    assert [u["active"] for u in users if u["username"] == "maria"] == [False]
    with sqlite3.connect(Path(base) / "kartoteka.db") as connection:
        acts = connection.execute(
            "SELECT action, way FROM change WHERE entity = 'staff' AND record_id = ? ORDER BY id",
            (json.loads(made.stdout)["id"],),
        ).fetchall()
    assert acts[0] == ("create", "cli")
    for bad in (
        ["add", "maria", "--role", "manager"],
        ["add", "x", "--role", "boss"],
        ["add", "x", "--role", "manager", "--language", "xx"],
        ["deactivate", "admin"],
        ["add", "x", "--role", "manager", "--department", "Moon"],
        ["password", "nobody"],
        ["password", "admin", "--password", "1"],
    ):
        result = run("--dir", base, "user", *bad)
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")


def test_import_answers_in_json_and_by_exit_code(base: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Phone\nAlpha,+74951234567\nBeta,nothing\n")
    command = ["--dir", base, "import", path, "--entity", "client", "--json"]
    dry = run(*command, "--dry-run")
    real = run(*command, "--map", "Name=name,Phone=phone", "--set", "industry=Toys")
    found = json.loads(real.stdout)
    assert (dry.exit_code, real.exit_code) == (0, 0)
    assert json.loads(dry.stdout)["created"] == found["created"] == 1
    assert found["problems"] == [
        {"row": 3, "column": "Phone", "reason": "'nothing' is not a phone number."}
    ]
    with sqlite3.connect(base / "kartoteka.db") as connection:
        rows = connection.execute("SELECT name, industry FROM client").fetchall()
    assert rows == [("Alpha", "Toys")]
    path.write_text("Name,Phone\nBeta,nothing\n")
    assert run(*command).exit_code == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--entity", "nonsense"],
        ["--entity", "client", "--map", "Name"],
        ["--entity", "client", "--map", "Name=nonsense"],
        ["--entity", "client", "--map", "Nonsense=name"],
        ["--entity", "client", "--encoding", "utf-99"],
        ["--entity", "client", "--delimiter", "ab"],
        ["--entity", "client", "--phone-region", "XX"],
        ["--entity", "indicator", "--indicator", "grp"],
        ["--entity", "indicator", "--indicator", "nonsense", "--region-column", "Name"],
    ],
)
def test_import_that_can_not_be_meant_is_a_usage_error(
    base: Path, tmp_path: Path, options: list[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Phone\nAlpha,+74951234567\n")
    result = run("--dir", base, "import", path, *options)
    assert (result.exit_code, result.output[:7]) == (2, "Error: "), result.output


def test_plugins_are_listed_and_their_contributions_shown(base: Path) -> None:
    rows = json.loads(run("--dir", base, "plugins", "list", "--json").stdout)
    assert [(r["name"], r["state"]) for r in rows if r["name"] == "wholesale"] == [
        ("wholesale", "enabled")
    ]
    found = json.loads(run("--dir", base, "plugins", "check", "--json").stdout)
    assert found[1]["name"] == "wholesale"
    assert "pipelines" in found[1]["brings"]


def test_purge_shows_then_refuses_while_enabled_then_removes(base: Path, tmp_path: Path) -> None:
    folder = _copy(base, tmp_path)
    dry = json.loads(run("--dir", folder, "plugins", "purge", "wholesale", "--json").stdout)
    assert "client.wholesale_type" in dry["columns"]
    assert (dry["removed"], dry["enabled"]) == (False, True)
    said = run("--dir", folder, "plugins", "purge", "wholesale").output
    assert said.splitlines()[0] == "Plugin 'wholesale' is enabled and works with:"
    assert "Take it off plugins in kartoteka.toml first" in said.splitlines()[-1]
    refused = run("--dir", folder, "plugins", "purge", "wholesale", "--yes")
    assert refused.exit_code == 1
    assert "Take it off plugins" in refused.output
    settings = folder / "kartoteka.toml"
    settings.write_text(settings.read_text().replace('"wholesale"', ""))
    rows = json.loads(run("--dir", folder, "plugins", "list", "--json").stdout)
    assert {"installed, left data behind"} == {
        row["state"] for row in rows if row["name"] == "wholesale"
    }
    gone = run("--dir", folder, "plugins", "purge", "wholesale", "--yes")
    assert gone.exit_code == 0, gone.output
    with sqlite3.connect(folder / "kartoteka.db") as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(client)")}
        users = connection.execute("SELECT count(*) FROM ab_user").fetchone()
    assert not any(name.startswith("wholesale_") for name in columns)
    assert users[0] >= 1


@pytest.mark.parametrize("more", [[], ["--yes"], ["--json"]], ids=str)
def test_purge_of_a_plugin_that_left_nothing_is_refused(base: Path, more: list[str]) -> None:
    result = run("--dir", base, "plugins", "purge", "nosuch", *more)
    assert result.exit_code == 1
    assert "There is no plugin 'nosuch' in the database." in result.output
    assert "--yes" not in result.output


def test_demo_refuses_a_folder_with_something_else(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    result = run("demo", "wholesale", "--dir", tmp_path, "--no-serve")
    assert result.exit_code == 1
    assert (tmp_path / "letter.txt").exists()
    assert run("demo", "nonsense", "--dir", tmp_path / "x", "--no-serve").exit_code == 1


LOOK = """
import sys
from pathlib import Path
from kartoteka.app import create_app
from kartoteka.config import load

app = create_app(load(Path(sys.argv[1]), {}))
app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
browser = app.test_client()
browser.post("/login/", data={"username": "manager1", "password": sys.argv[2]})
print(browser.get("/client/list/").text)
"""


def test_a_demo_is_built_in_its_own_database_with_users_of_all_roles(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    options = ["--dir", folder, "--password", SECRET, "--clients", "20", "--no-serve"]
    elsewhere = {"KARTOTEKA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    # In a process of its own: others' columns, attached in this one, are not in its database.
    command = [sys.executable, "-m", "kartoteka", "demo", "wholesale", *map(str, options)]
    built, again = (
        subprocess.run(
            [*command, *form], env={**os.environ, **elsewhere}, capture_output=True, text=True,
            check=True,
        )
        for form in ([], ["--json"])
    )  # fmt: skip
    assert "KARTOTEKA_DATABASE_URL is set" in built.stdout
    assert load(folder, {}).url == f"sqlite:///{folder / 'kartoteka.db'}"
    users = {user["user"] for user in json.loads(again.stdout)["users"]}
    assert users >= {"director", "curator1", "curator2", "manager1", "manager6", "assistant1"}
    with sqlite3.connect(folder / "kartoteka.db") as connection:
        assert connection.execute("SELECT count(*) FROM client").fetchone()[0] == 20
    words = [sys.executable, "-c", LOOK, str(folder), SECRET]
    seen = subprocess.run(words, capture_output=True, text=True, check=True)
    assert 'href="/import/"' in seen.stdout
    assert run("--dir", folder, "check-totals").exit_code == 0
    with sqlite3.connect(folder / "kartoteka.db") as connection:
        connection.execute("UPDATE client SET purchase_count = purchase_count + 1 WHERE id = 1")
    wrong = run("--dir", folder, "check-totals", "--json")
    assert wrong.exit_code == 1
    assert len(json.loads(wrong.stdout)["differences"]) == 1
    assert run("--dir", folder, "check-totals", "--repair").exit_code == 0
    assert run("--dir", folder, "check-totals").exit_code == 0


PLUGIN = """
import click
from kartoteka.api import Client, PluginInfo, hookimpl, with_session
from sqlalchemy import func, select

PLUGIN = PluginInfo(name="{name}", title="Counting", version="1", requires_core=">=0.1,<1")

@click.command()
@click.argument("word")
@with_session
def add(session, word):
    session.add(Client(name=word))
    session.flush()
    click.echo(session.scalar(select(func.count()).select_from(Client)))
    if word == "Refused":
        raise click.UsageError("Not this one.")

@hookimpl
def commands():
    return [add]
"""


def test_plugin_brings_commands_that_act_as_a_person(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _copy(base, tmp_path)
    (tmp_path / "counting_plugin.py").write_text(PLUGIN.format(name="counting"))
    monkeypatch.syspath_prepend(tmp_path)
    settings = folder / "kartoteka.toml"
    settings.write_text(
        settings.read_text().replace('"wholesale"', '"wholesale", "counting_plugin"')
    )
    assert run("--dir", folder, "user", "add", "peter", "--role", "manager").exit_code == 0
    assert "counting" in run("--dir", folder, "--help").output
    first = int(run("--dir", folder, "counting", "add", "One").output)
    assert run("--dir", folder, "counting", "add", "Two", "--as", "peter").output.strip() == "1"
    assert int(run("--dir", folder, "counting", "add", "Three").output) == first + 2
    nobody = run("--dir", folder, "counting", "add", "Four", "--as", "nobody")
    assert nobody.exit_code == 1
    assert "no active user 'nobody'" in nobody.output
    refused = run("--dir", folder, "counting", "add", "Refused")
    assert refused.exit_code == 2
    assert str(first + 3) not in refused.output, "it announces what was not kept"


def _copy(base: Path, folder: Path) -> Path:
    for name in ("kartoteka.toml", ".kartoteka-secret"):
        (folder / name).write_bytes((base / name).read_bytes())
    with (
        sqlite3.connect(base / "kartoteka.db") as read,
        sqlite3.connect(folder / "kartoteka.db") as written,
    ):
        read.backup(written)
    return folder


def test_init_writes_the_database_it_used(tmp_path: Path, empty_url: str) -> None:
    folder = tmp_path / "a"
    variable = {"KARTOTEKA_DATABASE_URL": empty_url}
    made = run("init", folder, "--admin-password", SECRET, env=variable)
    assert made.exit_code == 0, made.output
    assert load(folder, {}).url == empty_url
    users = json.loads(run("--dir", folder, "user", "list", "--json").stdout)
    assert [user["username"] for user in users] == ["admin"]
    assert not (folder / "kartoteka.db").exists()


def test_a_password_of_the_database_is_for_the_owner_of_the_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = 'postgresql://me:"\\{secret}@host/base'
    monkeypatch.setenv("KARTOTEKA_DATABASE_URL", secret)
    path = write_new(tmp_path / "a")
    assert path.stat().st_mode & 0o077 == 0
    assert tomllib.loads(path.read_text(encoding="utf-8"))["database_url"] == secret
