"""The plugin is accepted by the application, without tables or settings of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from kartoteka.cli.main import main
from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import


def test_it_starts_and_offers_its_hook(make: Callable[..., Firm]) -> None:
    plugins = make(excel_import).made.registry.plugins
    assert plugins.infos["excel_import"].version == "0.1.0"
    assert plugins.implementers("readers") == []


def test_it_is_listed_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    run = CliRunner().invoke
    made = run(main, ["init", str(folder), "--admin-password", "a long password 1"])
    assert made.exit_code == 0, made.output
    settings = folder / "kartoteka.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("plugins = []", 'plugins = ["kartoteka_excel_import"]'), encoding="utf-8"
    )
    listed = run(main, ["--dir", str(folder), "plugins", "list"])
    assert listed.exit_code == 0, listed.output
    assert "excel_import" in listed.output
    checked = run(main, ["--dir", str(folder), "plugins", "check"])
    assert checked.exit_code == 0, checked.output
