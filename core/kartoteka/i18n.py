"""Mark texts for translation. Without an application the English text comes back as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask_babel
from flask import has_app_context
from flask_babel.speaklater import LazyString

if TYPE_CHECKING:
    Text = str
else:
    Text = Any  # a str or a lazy string; str() gives it in the reader's language


def gettext(message: str, **variables: Any) -> str:
    """Translate a text now, into the language of the person served."""
    if has_app_context():
        return flask_babel.gettext(message, **variables)
    return message % variables if variables else message


def ngettext(singular: str, plural: str, num: int, **variables: Any) -> str:
    """Translate a text with a number now, in the plural form of the language."""
    if has_app_context():
        return flask_babel.ngettext(singular, plural, num, **variables)
    return (singular if num == 1 else plural) % {"num": num, **variables}


def _(message: str, **variables: Any) -> Text:
    """Return a text that is translated each time it is shown."""
    return LazyString(gettext, message, **variables)  # pyright: ignore[reportReturnType]


def translations_of(text: Text) -> tuple[str, ...]:
    """Return a text in all languages of the interface, where there is an application to ask."""
    from kartoteka.config import LANGUAGES

    if not has_app_context():
        return (str(text),)
    found: list[str] = []
    for locale in LANGUAGES:
        with flask_babel.force_locale(locale):
            found.append(str(text))
    return tuple(dict.fromkeys(found))


__all__ = ["Text", "_", "gettext", "ngettext", "translations_of"]
