"""Wrong settings are refused with a sentence that names the setting and the place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from kartoteka.config import SECRET_FILE, Config, load, write_new
from kartoteka.errors import ConfigError
from kartoteka.i18n import _, gettext, ngettext

SECRET = {"KARTOTEKA_SECRET_KEY": "s" * 48}


def written(folder: Path, text: str) -> Path:
    """Write kartoteka.toml; return its folder."""
    (folder / "kartoteka.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_new_installation_can_be_read(tmp_path: Path) -> None:
    path = write_new(tmp_path / "new", name='Рога "и" \\копыта', plugins='"wholesale"')
    config = load(path.parent, {})
    assert (config.name, config.plugins) == ('Рога "и" \\копыта', ("wholesale",))
    assert len(config.secret_key) >= 32
    assert os.stat(path.parent / SECRET_FILE).st_mode & 0o077 == 0
    assert config.url == f"sqlite:///{path.parent / 'kartoteka.db'}"
    with pytest.raises(ConfigError, match="exists already"):
        write_new(path.parent)


def test_two_installations_get_different_keys(tmp_path: Path) -> None:
    keys = {load(write_new(tmp_path / name).parent, {}).secret_key for name in ("a", "b")}
    assert len(keys) == 2


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    folder = written(tmp_path, 'name = "file"\nplugins = ["wholesale"]\nhttps_only = true\n')
    variables = {**SECRET, "KARTOTEKA_NAME": "environment", "KARTOTEKA_PLUGINS": " a , b,",
                 "KARTOTEKA_HTTPS_ONLY": "no"}  # fmt: skip
    config = load(folder, variables)
    assert (config.name, config.plugins, config.https_only) == ("environment", ("a", "b"), False)
    assert load(folder, variables, name="given").name == "given"


def test_without_a_key_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Run `kartoteka init` first"):
        load(tmp_path, {})
    with pytest.raises(ConfigError, match="shorter than 32"):
        load(tmp_path, {"KARTOTEKA_SECRET_KEY": "short"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nmae = 1", "unknown setting 'nmae'"),
        ('secret_key = "x"', "unknown setting 'secret_key'"),
        ("name = 5", "'name' must be a str, got 5"),
        ('https_only = "yes"', "'https_only' must be a bool, got 'yes'"),
        ('language = "fr"', "'language' must be one of en, ru, bg, got 'fr'"),
        ('time_zone = "Moon/Sea"', "'time_zone' 'Moon/Sea' is not known"),
        ('time_zone = "../etc"', "'time_zone' '../etc' is not known"),
        ('currency = "ROUBLE"', "'ROUBLE' is not an ISO 4217 code"),
        ("[shop]\na = 1", r"settings \[shop\] belong to no enabled plugin"),
        ("name = ", "can not be read"),
        ('plugins = "wholesale"', "'plugins' must be a list"),
        ("plugins = [5]", "'plugins' must be a list"),
        ('database_url = "nonsense"', "'database_url'"),
        ('database_url = "mysql://x/y"', "'database_url'"),
        ('phone_region = "Russia"', "'phone_region'"),
        ('mail_password = "x"', "KARTOTEKA_MAIL_PASSWORD"),
        ('mail_host = "mail.example"', "'mail_sender' is needed"),
        ('mail_security = "ssl"', "starttls, tls or none"),
        ('site_address = "crm"', "'site_address' must be like"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        load(written(tmp_path, text), SECRET)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    "variables", [{"KARTOTEKA_HTTPS_ONLY": "perhaps"}, {"KARTOTEKA_CURRENCY": "x"}]
)
def test_a_wrong_environment_is_refused(tmp_path: Path, variables: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"(?i)https_only|currency"):
        load(tmp_path, {**SECRET, **variables})


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kartoteka.toml").write_bytes('name = "Ёлка"'.encode("cp1251"))
    with pytest.raises(ConfigError, match="can not be read"):
        load(tmp_path, SECRET)


def test_settings_of_a_plugin_stand_under_its_name(tmp_path: Path) -> None:
    text = 'plugins = ["wholesale", "acme.crm_plugin"]\n[wholesale]\na = 1\n[acme]\nb = 2\n'
    config = load(written(tmp_path, text), SECRET)
    assert config.plugin_settings == {"wholesale": {"a": 1}, "acme": {"b": 2}}


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("sqlite:////var/x.db", "sqlite:////var/x.db"),
        ("sqlite:///x.db", "sqlite:///{folder}/x.db"),
        ("sqlite://", "sqlite://"),
        ("postgresql://u:p@h/d", "postgresql://u:p@h/d"),
    ],
)
def test_relative_files_stand_in_the_folder(tmp_path: Path, given: str, url: str) -> None:
    config = Config(folder=tmp_path, database_url=given)
    assert config.url == url.format(folder=tmp_path)


# Texts


@pytest.mark.parametrize("value", ["100%", "%s", "%(name)s", "%%", "{0}"])
def test_values_in_texts_stay_as_they_are(value: Any) -> None:
    assert gettext("%(value)r is not a date.", value=value) == f"{value!r} is not a date."
    assert str(_("Say %(what)s.", what=value)) == f"Say {value}."
    assert gettext("100% sure") == "100% sure"


def test_numbers_choose_their_form() -> None:
    assert ngettext("%(num)s row", "%(num)s rows", 1) == "1 row"
    assert ngettext("%(num)s row", "%(num)s rows", 5) == "5 rows"
