"""Choose the language a person is served in."""

from __future__ import annotations

from typing import cast

from flask import Flask, has_request_context, request, session

from kartoteka.app import kartoteka
from kartoteka.config import LANGUAGES

#: Where the cookie keeps a language that was chosen; Flask-AppBuilder's name for it.
KEY = "locale"


def served_language() -> str:
    """Return the language of this request: chosen, else the browser's, else the firm's."""
    if not has_request_context():
        return kartoteka().config.language
    chosen = request.args.get("_l_") or session.get(KEY)
    if chosen in LANGUAGES:
        return cast("str", chosen)
    return request.accept_languages.best_match(LANGUAGES) or kartoteka().config.language


def install(app: Flask) -> None:
    """Let every text follow `served_language`.

    Flask-AppBuilder's own choice writes the firm's language into the cookie at the first request,
    so the browser's would never be asked.
    """
    app.extensions["babel"].locale_selector = served_language
