"""Translate the texts of a plugin by its own catalogue, never by the core's.

An integrator writes titles in the language of the business. Were a title of theirs looked up in
the core's catalogue, those that happen to stand there would change with the reader, others not.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import flask_babel
from flask import current_app, has_app_context
from flask_babel.speaklater import LazyString

from kartoteka import i18n

if TYPE_CHECKING:
    from kartoteka.i18n import Text

#: Here an application keeps the folders with catalogues by the module of the plugin.
EXTENSION = "kartoteka.plugin_texts"


def gettext(message: str, **variables: Any) -> str:
    """Translate a text now, into the language of the person served."""
    return _translated(_caller(), message, **variables)


def ngettext(singular: str, plural: str, num: int, **variables: Any) -> str:
    """Translate a text with a number now, in the plural form of the language."""
    own = _own_catalogue(_caller())
    if own is None:
        return i18n.ngettext(singular, plural, num, **variables)
    return own.ungettext(singular, plural, num) % {"num": num, **variables}


def _(message: str, **variables: Any) -> Text:
    """Return a text that is translated each time it is shown."""
    module = _caller()
    return LazyString(_translated, module, message, **variables)  # pyright: ignore[reportReturnType]


def _caller() -> str:
    """Return the name of the module that asked for a text."""
    frame = inspect.currentframe()
    asked = frame and frame.f_back and frame.f_back.f_back
    return asked.f_globals.get("__name__", "") if asked else ""


def _translated(module: str, message: str, /, **variables: Any) -> str:
    own = _own_catalogue(module)
    if own is None:
        return i18n.gettext(message, **variables)
    text = own.ugettext(message)
    return text % variables if variables else text


def _own_catalogue(module: str) -> Any:
    """Return the catalogue of the plugin a module belongs to; None outside of plugins."""
    if not has_app_context():
        return None
    domains: dict[str, flask_babel.Domain | None] = current_app.extensions.setdefault(
        f"{EXTENSION}.domains", {}
    )
    if module not in domains:
        domains[module] = _domain(module)
    domain = domains[module]
    return None if domain is None else domain.get_translations()


def _domain(module: str) -> flask_babel.Domain | None:
    folders: dict[str, str] = current_app.extensions.get(EXTENSION, {})
    for package, folder in folders.items():
        if module == package or module.startswith(f"{package}."):
            return flask_babel.Domain([folder] if folder else [])
    return None


__all__ = ["EXTENSION", "_", "gettext", "ngettext"]
