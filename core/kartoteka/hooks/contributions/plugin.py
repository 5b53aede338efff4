"""What a plugin says of itself: its description, settings and demonstration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kartoteka.i18n import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One configuration key of a plugin, checked when the application starts."""

    name: str
    kind: type[Any]
    default: Any = None
    required: bool = False
    help: Text = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginInfo:
    """The plugin's description of itself; read before any of its hooks is called.

    Args:
        name: stable code; prefix of its fields, tables, settings and commands.
        requires_core: versions of kartoteka it works with, such as `>=0.1,<1`.
        requires: plugins that must be listed before it, with their versions where these matter:
            `wholesale>=0.1,<1`.
        migrations: package with its Alembic revisions; empty when it owns no schema.
        translations: folder beside its `plugin.py` with compiled catalogues, if it has any.
    """

    name: str
    title: Text
    version: str
    requires_core: str
    requires: Sequence[str] = ()
    settings: Sequence[Setting] = ()
    migrations: str = ""
    translations: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoBase:
    """A realistic base for `kartoteka demo <code>`.

    `build` gets a system session and keywords: clients (int), seed (int), password (str).
    `language` is that of its records and its staff.
    `plugins` names further plugins that are shown with it.
    """

    code: str
    title: Text
    build: Callable[..., None]
    language: str = "en"
    plugins: Sequence[str] = ()
