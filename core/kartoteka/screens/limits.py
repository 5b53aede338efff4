"""Limit how often a password or a token may be tried."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request
from flask_appbuilder.utils.limit import Limit
from flask_limiter.util import get_remote_address

from kartoteka.i18n import gettext

#: Tries that fail: for one account from one place, for one account, from one place.
ACCOUNT_FROM_PLACE = "10 per 5 minutes"
ACCOUNT = "50 per hour"
PLACE = "60 per 5 minutes"
PASSED = "kartoteka_passed"


def login_limits() -> list[Limit]:
    """Return the limits of each way to log in; only tries that fail count.

    A whole office may stand behind one address, so an address alone has a wider limit than an
    account from that address.
    """
    return [
        _limit(ACCOUNT_FROM_PLACE, lambda: f"{get_remote_address()} {_account()}"),
        _limit(ACCOUNT, _account),
        _limit(PLACE, get_remote_address),
    ]


def password_limits() -> list[Limit]:
    """Return the limit of asking for the own password again: a stolen cookie must not guess it."""
    return [_limit(ACCOUNT_FROM_PLACE, lambda: str(getattr(g.user, "id", "")))]


def _limit(value: str, key: Any) -> Limit:
    return Limit(
        limit_value=value, key_func=key, methods=("POST",), deduct_when=_failed,
        error_message=_message,  # pyright: ignore[reportArgumentType]  # Flask-Limiter calls it
    )  # fmt: skip


def _message() -> str:
    return gettext("Too many attempts. Wait a few minutes and try again.")


def _account() -> str:
    body = request.get_json(silent=True) if request.is_json else None
    source: Any = body if isinstance(body, dict) else request.form
    return str(source.get("username") or "")[:64].casefold()


def _failed(response: Response) -> bool:
    """A form answers 302 or 200 whether the password was right or not, so success is marked."""
    if request.path.startswith("/api/"):
        return response.status_code >= 400
    return not g.get(PASSED)
