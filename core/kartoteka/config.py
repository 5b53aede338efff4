"""Read the settings of an installation: kartoteka.toml, then the environment over it."""

from __future__ import annotations

import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from kartoteka.errors import ConfigError
from kartoteka.fields.currencies import currencies

FILE = "kartoteka.toml"
SECRET_FILE = ".kartoteka-secret"
JOB_FOLDER = "kartoteka-jobs"
LANGUAGES = {"en": "English", "ru": "Русский", "bg": "Български"}
TEMPLATE = """\
# Settings of this Kartoteka. Each may be given by the environment too: KARTOTEKA_<NAME>.
name = "{name}"
database_url = {database_url}     # or postgresql://user:password@host/database
plugins = [{plugins}]                       # their order is the order of their work
language = "{language}"                     # en, ru or bg; each person may choose another
time_zone = "{time_zone}"
phone_region = "{phone_region}"             # country of phone numbers written without +
currency = "{currency}"
https_only = false                          # true behind HTTPS: cookies only over it
"""


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one installation, checked.

    Args:
        folder: where kartoteka.toml stands; relative paths start here.
        secret_key: signs sessions; never written into kartoteka.toml.
        trusted_proxies: how many proxies of ours stand before the server; their words on the
            visitor's address and protocol are believed.
        job_broker: what wakes the workers: empty for a file in `folder`, `database` for the
            PostgreSQL database itself, or an address `redis://…` or `postgresql://…`.
        job_lease: seconds after which the job of a worker without a sign of life is taken up by
            another.
        job_folder: where results are kept; several machines share it.
        job_days: how long jobs that are over are remembered.
        job_file_days: how long their files can be downloaded.
        bin_days: how long deleted records lie in the bin; 0: until somebody empties it.
        notification_days: how long notifications are kept.
        site_address: where people open Kartoteka, for links in letters: `https://crm.example`.
        mail_host: the server that takes letters to staff; empty: none are sent.
        mail_security: `starttls`, `tls` or `none`.
        mail_user, mail_password: for servers that ask; the password comes from the environment.
        mail_sender: the address letters come from.
        mail_pause: minutes between two letters to one person; what comes meanwhile is in the next.
        plugin_settings: for each plugin the table `[<plugin>]` of kartoteka.toml.
    """

    folder: Path
    name: str = "Kartoteka"
    database_url: str = "sqlite:///kartoteka.db"
    plugins: tuple[str, ...] = ()
    language: str = "en"
    time_zone: str = "Europe/Moscow"
    phone_region: str = "RU"
    currency: str = "RUB"
    https_only: bool = False
    rate_limits: bool = True
    rate_limit_storage: str = "memory://"
    trusted_proxies: int = 0
    log_level: str = "INFO"
    secret_key: str = ""
    job_broker: str = ""
    job_lease: int = 60
    job_folder: str = JOB_FOLDER
    job_days: int = 90
    job_file_days: int = 7
    bin_days: int = 90
    notification_days: int = 90
    site_address: str = ""
    mail_host: str = ""
    mail_port: int = 587
    mail_security: str = "starttls"
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_sender: str = ""
    mail_pause: int = 15
    plugin_settings: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]]
    )

    @property
    def job_files(self) -> Path:
        """The folder of results of jobs."""
        return self.folder / self.job_folder

    @property
    def url(self) -> str:
        """The database address with a relative SQLite file put under `folder`."""
        prefix = "sqlite:///"
        path = self.database_url.removeprefix(prefix)
        if self.database_url.startswith(prefix) and path and not Path(path).is_absolute():
            return f"{prefix}{self.folder / path}"
        return self.database_url


_NUMBERS = ("trusted_proxies", "job_lease", "job_days", "job_file_days", "bin_days",
            "notification_days", "mail_port", "mail_pause")  # fmt: skip


def load(folder: Path, environment: Mapping[str, str] | None = None, **given: Any) -> Config:
    """Return the settings of the installation in a folder.

    Args:
        folder: with kartoteka.toml; without the file the defaults hold.
        environment: variables KARTOTEKA_<NAME> go over the file; default: those of the process.
        given: settings that go over both.

    Raises:
        ConfigError: an unknown key, a value that does not fit, or no secret key.
    """
    variables = os.environ if environment is None else environment
    folder = folder.resolve()
    read = _file(folder / FILE)
    names = {item.name: item for item in fields(Config)}
    own = {key: value for key, value in read.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in read.items() if isinstance(value, dict)}
    for key in own:
        if key == "mail_password":  # the file is copied, shown and kept in version control
            raise ConfigError(
                f"{folder / FILE}: 'mail_password' does not belong into this file. "
                "Give it as KARTOTEKA_MAIL_PASSWORD."
            )
        if key not in names or key in {"folder", "secret_key", "plugin_settings"}:
            raise ConfigError(f"{folder / FILE}: unknown setting {key!r}. Remove or correct it.")
    for name in names:
        variable = f"KARTOTEKA_{name.upper()}"
        if variable in variables and name not in {"folder", "plugin_settings"}:
            own[name] = _from_text(name, variables[variable])
    own.update(given)
    _check_plugins(folder / FILE, own.get("plugins", ()))
    if "secret_key" not in own:
        own["secret_key"] = _secret(folder)
    for table in tables:
        if table not in {name.rpartition(".")[2] for name in own.get("plugins", ())} and (
            table not in _plugin_names(own.get("plugins", ()))
        ):
            raise ConfigError(
                f"{folder / FILE}: settings [{table}] belong to no enabled plugin. "
                "Add the plugin to plugins or remove the settings."
            )
    own["plugins"] = tuple(own.get("plugins", ()))
    config = Config(folder=folder, plugin_settings=tables, **own)
    _check(config)
    return config


def write_new(folder: Path, **values: str) -> Path:
    """Write kartoteka.toml and a fresh secret key into a folder; return the path of the file.

    The address of the database, when none is given, is that of KARTOTEKA_DATABASE_URL if there is
    one: what the installation begins with is what it goes on with. With a password in it the file
    is for its owner only.

    Raises:
        ConfigError: the folder has a kartoteka.toml already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if path.exists():
        raise ConfigError(f"{path} exists already. Choose another folder.")
    filled = {
        "name": "Kartoteka", "plugins": "", "language": "en", "time_zone": "Europe/Moscow",
        "phone_region": "RU", "currency": "RUB", **values,
    }  # fmt: skip
    filled["name"] = json.dumps(filled["name"], ensure_ascii=False)[1:-1]  # as TOML quotes it
    variable = os.environ.get("KARTOTEKA_DATABASE_URL")
    address = values.get("database_url") or variable or Config.database_url
    filled["database_url"] = json.dumps(address, ensure_ascii=False)
    _write_file(path, TEMPLATE.format(**filled), 0o600 if _has_password(address) else 0o666)
    secret = folder / SECRET_FILE
    if not secret.exists():
        _write_file(secret, secrets.token_urlsafe(48), 0o600)
    return path


def _write_file(path: Path, text: str, mode: int) -> None:
    """Write a new file that never was readable for others than it is meant for."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _has_password(address: str) -> bool:
    """Say whether an address may hold a password; one that can not be read may."""
    try:
        url = make_url(address)
    except ArgumentError:
        return True
    return bool(url.password) or "password" in url.query


def enable_plugin(folder: Path, name: str) -> None:
    """Put a plugin at the end of the list in kartoteka.toml.

    Raises:
        ConfigError: there is no kartoteka.toml with a list of plugins in one line.
    """
    path = folder / FILE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(r"^plugins\s*=\s*\[(.*?)\]", text, re.M)
    if found is None:
        raise ConfigError(f"{path} has no line `plugins = [...]`. Run `kartoteka init` first.")
    listed = found[1].strip().rstrip(",")
    now = f'{listed}, "{name}"' if listed else f'"{name}"'
    path.write_text(text[: found.start(1)] + now + text[found.end(1) :], encoding="utf-8")


def _file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can not be read: {error}.") from error


def _secret(folder: Path) -> str:
    path = folder / SECRET_FILE
    if not path.exists():
        raise ConfigError(
            f"No secret key: neither {path} nor KARTOTEKA_SECRET_KEY. Run `kartoteka init` first."
        )
    return path.read_text().strip()


def _from_text(name: str, text: str) -> Any:
    if name == "plugins":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name in {"https_only", "rate_limits"}:
        if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise ConfigError(f"KARTOTEKA_{name.upper()} must be true or false, got {text!r}.")
        return text.lower() in {"1", "true", "yes"}
    if name in _NUMBERS:
        if not text.isdecimal():
            raise ConfigError(f"KARTOTEKA_{name.upper()} must be a number, got {text!r}.")
        return int(text)
    return text


def _plugin_names(listed: Any) -> set[str]:
    """Return names under which settings may stand: of `acme.crm_plugin` also `acme`."""
    return {part for name in listed for part in name.split(".")}


def _check_plugins(path: Path, listed: Any) -> None:
    if isinstance(listed, list | tuple) and all(isinstance(name, str) for name in listed):
        return
    raise ConfigError(f"{path}: 'plugins' must be a list of names, got {listed!r}.")


def _check(config: Config) -> None:
    for item in fields(Config):
        value = getattr(config, item.name)
        if item.type in {"str", "bool", "int"} and type(value).__name__ != item.type:
            raise ConfigError(f"Setting {item.name!r} must be a {item.type}, got {value!r}.")
    if config.language not in LANGUAGES:
        raise ConfigError(
            f"Setting 'language' must be one of {', '.join(LANGUAGES)}, got {config.language!r}."
        )
    try:
        ZoneInfo(config.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            f"Setting 'time_zone' {config.time_zone!r} is not known. Example: 'Europe/Sofia'."
        ) from None
    if config.currency not in currencies():
        raise ConfigError(
            f"Setting 'currency' {config.currency!r} is not an ISO 4217 code of money."
        )
    if config.phone_region not in phonenumbers.SUPPORTED_REGIONS:
        raise ConfigError(
            f"Setting 'phone_region' {config.phone_region!r} is not a country. Example: 'BG'."
        )
    try:
        backend = make_url(config.database_url).get_backend_name()
    except ArgumentError:
        backend = ""
    if backend not in {"sqlite", "postgresql"}:
        # The address may hold a password, so it is not repeated here.
        raise ConfigError(
            "Setting 'database_url' is no address of SQLite or PostgreSQL. "
            "Example: 'postgresql://user:password@host/database'."
        )
    _check_jobs(config, backend)
    _check_mail(config)
    if len(config.secret_key) < 32:
        raise ConfigError("The secret key is shorter than 32 characters. Make a longer one.")


def _check_jobs(config: Config, backend: str) -> None:
    for name in ("job_lease", "job_days", "job_file_days", "notification_days"):
        if getattr(config, name) < 1:
            raise ConfigError(f"Setting {name!r} must be 1 or more, got {getattr(config, name)!r}.")
    if config.bin_days < 0:
        raise ConfigError(f"Setting 'bin_days' must be 0 or more, got {config.bin_days!r}.")
    scheme = config.job_broker.partition("://")[0]
    if config.job_broker == "database" and backend != "postgresql":
        raise ConfigError(
            "Setting 'job_broker' is 'database', which needs PostgreSQL. Leave it empty for SQLite."
        )
    known = {"", "database", "redis", "rediss", "unix", "postgresql"}
    if scheme not in known:
        raise ConfigError(
            "Setting 'job_broker' must be empty, 'database', or an address redis://… or "
            "postgresql://…."
        )


def _check_mail(config: Config) -> None:
    """Say what is missing before a letter finds it out."""
    if config.site_address and not re.fullmatch(r"https?://[^\s/?#]+/?", config.site_address):
        raise ConfigError(
            "Setting 'site_address' must be like 'https://crm.example', "
            f"got {config.site_address!r}."
        )
    if config.mail_security not in {"starttls", "tls", "none"}:
        raise ConfigError(
            f"Setting 'mail_security' must be starttls, tls or none, got {config.mail_security!r}."
        )
    if not 0 < config.mail_port < 65536:
        raise ConfigError(f"Setting 'mail_port' is no port: {config.mail_port!r}.")
    if not config.mail_host:
        return
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", config.mail_sender):
        raise ConfigError(
            "Setting 'mail_host' is given, so 'mail_sender' is needed: the address letters come "
            f"from, like crm@example.com. Got {config.mail_sender!r}."
        )
    if config.mail_user and not config.mail_password:
        raise ConfigError(
            "Setting 'mail_user' is given, so a password is needed: KARTOTEKA_MAIL_PASSWORD."
        )
