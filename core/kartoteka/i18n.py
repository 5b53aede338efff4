"""Mark texts for translation. Without an application the English text comes back as it is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

import flask_babel
from flask import g, has_app_context
from flask_babel.speaklater import LazyString
from markupsafe import Markup

if TYPE_CHECKING:
    Text = str
else:
    Text = Any  # a str or a lazy string; str() gives it in the reader's language


def gettext(message: str, **variables: Any) -> str:
    """Translate a text now, into the language of the person served."""
    text = _catalogue().ugettext(message) if has_app_context() else message
    return text % variables if variables else text


def ngettext(singular: str, plural: str, num: int, **variables: Any) -> str:
    """Translate a text with a number now, in the plural form of the language."""
    return plural_text(singular, plural, num) % {"num": num, **variables}


def plural_text(singular: str, plural: str, num: int) -> str:
    """Return the plural form for a number, its variables still to be put in (templates do)."""
    if has_app_context():
        return _catalogue().ungettext(singular, plural, num)
    return singular if num == 1 else plural


def in_template(message: str, **variables: Any) -> Markup:
    """Translate a text of a template; what is put into it is escaped.

    Jinja's own `_` goes through the context twice for each text of a page.
    """
    text = Markup(gettext(message))
    return text % variables if variables or "%" in text else text


def _catalogue() -> Any:
    """Return the catalogue of this request; a page asks for it hundreds of times."""
    kept_here: Any = cast("Any", g)._get_current_object()  # a proxy finds it anew at each access
    locale = _locale_of(kept_here)
    kept = kept_here.get("kartoteka_catalogue")
    if kept is None or locale is None or kept[0] is not locale:
        found = flask_babel.get_domain().get_translations()
        kept = _locale_of(kept_here), found
        kept_here.kartoteka_catalogue = kept
    return kept[1]


def _locale_of(kept_here: Any) -> Any:
    asked: Any = kept_here.get("_flask_babel")
    return getattr(asked, "forced_babel_locale", None) or getattr(asked, "babel_locale", None)


def _(message: str, **variables: Any) -> Text:
    """Return a text that is translated each time it is shown."""
    return LazyString(gettext, message, **variables)  # pyright: ignore[reportReturnType]


def in_language(language: str) -> AbstractContextManager[None]:
    """Speak a language for a while, whoever is served; inside an application."""
    return flask_babel.force_locale(language)


def translations_of(text: Text) -> tuple[str, ...]:
    """Return a text in all languages of the interface, where there is an application to ask."""
    return translations_of_all([text])[0]


def translations_of_all(texts: Sequence[Text]) -> list[tuple[str, ...]]:
    """Return each text in all languages; to change the language takes longer than to translate."""
    from kartoteka.config import LANGUAGES

    if not has_app_context():
        return [(str(text),) for text in texts]
    found: list[list[str]] = []
    for locale in LANGUAGES:
        with flask_babel.force_locale(locale):
            found.append([str(text) for text in texts])
    return [tuple(dict.fromkeys(told)) for told in zip(*found, strict=True)]


__all__ = [
    "Text", "_", "gettext", "in_language", "in_template", "ngettext", "plural_text",
    "translations_of", "translations_of_all",
]  # fmt: skip
