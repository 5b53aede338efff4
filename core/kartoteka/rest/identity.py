"""Find out whose request to the API it is: a token, an API key, or the cookie of a browser."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request
from flask_jwt_extended import get_current_user, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from werkzeug.routing import RequestRedirect

from kartoteka.i18n import gettext
from kartoteka.rest.answers import problem, refused
from kartoteka.screens import requests
from kartoteka.services import api_keys

API = "/api/"
#: Here people ask for tokens, so they have none yet.
TOKENS = "/api/v1/security/"
#: Longer bodies are refused before they are read.
LONGEST_BODY = 2 * 1024 * 1024


def watch(app: Flask) -> None:
    """Name the actor of every request under /api/ before anything else happens in it.

    A header `Authorization: Bearer …` with a token or an API key goes before the cookie. A browser
    that comes with its cookie must send the CSRF token (header `X-CSRFToken`) to change anything,
    see screens.hardening.
    """
    app.before_request(_begin)


def _begin() -> Response | None:
    if not request.path.startswith(API):
        return None
    error: Any = request.routing_exception
    if error is not None and not isinstance(error, RequestRedirect):
        return refused(error)
    request.max_content_length = LONGEST_BODY
    if request.path.startswith(TOKENS):
        return None
    header = request.headers.get("Authorization", "")
    if header:
        return _by_token(header)
    requests.become("api")
    return None


def _by_token(header: str) -> Response | None:
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return problem(401, gettext("Send the header Authorization: Bearer <token or API key>."))
    if token.strip().startswith(api_keys.PREFIX):
        user = api_keys.user_of(requests.db(), token.strip())
    else:
        user = _user_of_token()
    if user is None:
        return problem(401, gettext("The token or API key is not valid, or no longer."))
    # This is where Flask-Login keeps the user of a request; the cookie is not looked at any more.
    g._login_user = user
    requests.become("api")
    return None


def _user_of_token() -> Any:
    try:
        verify_jwt_in_request(locations=["headers"])
        return get_current_user()
    except (JWTExtendedException, PyJWTError, ValueError):
        return None
