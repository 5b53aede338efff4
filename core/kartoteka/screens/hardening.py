"""Harden every answer: cookies, headers, forged requests, links that must not change anything."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, NoReturn

from flask import Flask, Response, current_app, flash, g, has_request_context, request, session
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.baseviews import BaseModelView
from flask_appbuilder.security.sqla.models import ApiKey
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from kartoteka.app import Kartoteka
from kartoteka.config import LANGUAGES, Config
from kartoteka.errors import PluginError
from kartoteka.i18n import gettext
from kartoteka.models.record import Record
from kartoteka.rest.model_api import ModelApi
from kartoteka.screens import errors, health, language, request_log
from kartoteka.screens.requests import SAFE_METHODS
from kartoteka.services.many_known import checks_many

LARGEST_UPLOAD = 64 * 2**20
#: Everything comes from us; inline script and style do not run, in whatever way they got there.
POLICY = (
    "default-src 'none'; script-src 'self'{nonce}; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
    ),
}


def settings(config: Config) -> dict[str, Any]:
    """Return Flask's and Flask-AppBuilder's settings for an installation."""
    return {
        "SECRET_KEY": config.secret_key,
        "JWT_SECRET_KEY": derived_key(config.secret_key, "tokens"),
        "WTF_CSRF_SECRET_KEY": derived_key(config.secret_key, "forms"),
        "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open as long as the session lives
        "SESSION_COOKIE_NAME": "kartoteka_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.https_only,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "PREFERRED_URL_SCHEME": "https" if config.https_only else "http",
        "MAX_CONTENT_LENGTH": LARGEST_UPLOAD,
        "MAX_FORM_MEMORY_SIZE": 4 * 2**20,
        "MAX_FORM_PARTS": 5000,
        "RATELIMIT_ENABLED": config.rate_limits,
        "RATELIMIT_STORAGE_URI": config.rate_limit_storage,
        "RATELIMIT_HEADERS_ENABLED": True,
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "APP_NAME": config.name,
        "AUTH_USER_REGISTRATION": False,
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_BASE_TEMPLATE": "kartoteka/layout.html",
        "FAB_API_SWAGGER_UI": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_MENU_API": False,  # the navigation is our own
        "FAB_API_KEY_ENABLED": False,  # rest.identity knows keys before any view is asked
        "LANGUAGES": {code: {"flag": code, "name": name} for code, name in LANGUAGES.items()},
        "BABEL_DEFAULT_LOCALE": config.language,
    }


def derived_key(secret: str, label: str) -> str:
    """Return a key for one purpose, made from the secret key; neither tells the other."""
    return hmac.digest(secret.encode(), f"kartoteka {label}".encode(), hashlib.sha256).hex()


def harden(app: Flask, made: Kartoteka) -> None:
    """Put the protections on a finished application."""
    if made.config.trusted_proxies:
        count = made.config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)
    app.add_template_global(_nonce, "csp_nonce")
    app.after_request(_headers_for(made.config.https_only))
    # Limits are checked before Flask-AppBuilder names the user, and their page shows the menu.
    manager = app.extensions["appbuilder"].sm
    app.before_request_funcs.setdefault(None, []).insert(0, manager.before_request)
    app.register_error_handler(TooManyRequests, _too_often)
    _refuse_bare_bases(manager.appbuilder.baseviews)
    Csrf(app)
    language.install(app)
    request_log.install(app)
    _keep_safe_methods_safe(app, made)
    app.register_blueprint(health.blueprint(made))


class Csrf(CSRFProtect):
    """Refuse changing requests that another site could have sent in a person's name.

    Forged requests live on cookies, which the browser adds by itself. So screens always need a
    token; under /api/ only requests that come with a logged-in cookie do. A request with a bearer
    token can not be forged: no other site can make a browser send that header.
    """

    def protect(self, apply_exemptions: bool = False) -> None:
        if request.headers.get("Authorization", "").lower().startswith("bearer "):
            return
        if request.path.startswith("/api/") and "_user_id" not in session:
            return
        if request.path.startswith("/api/v1/intake/"):
            return  # strangers send there with the key of a site; who is logged in does not count
        super().protect()

    def _error_response(self, reason: str) -> NoReturn:
        raise CSRFError(
            gettext("This page is too old or did not come from here. Load it again and repeat.")
        )


def _nonce() -> str:
    """Let the inline scripts of Flask-AppBuilder's own pages run; ours have none."""
    if "kartoteka_nonce" not in g:
        g.kartoteka_nonce = secrets.token_urlsafe(16)
    return g.kartoteka_nonce


def _headers_for(https_only: bool) -> Any:
    def add(response: Response) -> Response:
        nonce = g.get("kartoteka_nonce")
        policy = POLICY.format(nonce=f" 'nonce-{nonce}'" if nonce else "")
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if https_only:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not response.cache_control and (request.endpoint or "").rpartition(".")[2] != "static":
            response.headers["Cache-Control"] = "no-store"  # cards of clients stay off the disk
        return response

    return add


def _too_often(error: HTTPException) -> Any:
    """Say it where the person is: beside the form of the login, else on a page or in JSON."""
    reason = str(error.description)
    manager = current_app.extensions["appbuilder"].sm
    if request.endpoint == f"{manager.auth_view.endpoint}.login":
        flash(reason, "warning")
        return manager.auth_view.login_page(), 429
    return errors.page(429, reason)


def _refuse_bare_bases(views: list[Any]) -> None:
    """Refuse classes of Flask-AppBuilder that mix up requests, load whole tables and leak columns.

    Raises:
        PluginError: names the view and what to use instead.
    """
    for view in views:
        ours = "EntityView or PageView" if isinstance(view, BaseModelView) else "ModelApi"
        if isinstance(view, BaseModelView | ModelRestApi) and not isinstance(view, ModelApi):
            kind = type(view)
            raise PluginError(
                kind.__module__.partition(".")[0],
                f"{kind.__name__} is a bare class of Flask-AppBuilder, whose requests see each "
                f"other's filters. Use {ours} of kartoteka.api.",
            )


def _keep_safe_methods_safe(app: Flask, made: Kartoteka) -> None:
    """Make it impossible that a link changes anything: its request can not write.

    A link is followed by previews, crawlers and forged pages, and carries no token. Routes that
    are known to change do not even accept it.
    """
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[2] in {"delete", "action"} and rule.methods:
            rule.methods -= {"GET", "HEAD"}
    event.listen(made.sessions, "before_flush", _refuse_flush)
    event.listen(made.sessions, "do_orm_execute", _refuse_statement)


def _refuse_many(session: Session, model: type[Record]) -> None:
    if has_request_context() and request.method in SAFE_METHODS:
        _say_unsafe(model.__name__)


@checks_many(_refuse_many)
def _refuse_flush(session: Session, context: UOWTransaction, instances: Any) -> None:
    if has_request_context() and request.method in SAFE_METHODS:
        changed = [item for item in session.dirty if session.is_modified(item)]
        for item in [*session.new, *changed, *session.deleted]:
            if not isinstance(item, ApiKey):  # Flask-AppBuilder notes when a key was used
                _say_unsafe(type(item).__name__)


def _refuse_statement(state: ORMExecuteState) -> None:
    if state.is_select or not has_request_context() or request.method not in SAFE_METHODS:
        return
    if state.is_insert or state.is_update or state.is_delete:
        table = str(getattr(state.statement, "table", "a table"))
        if table != ApiKey.__tablename__:
            _say_unsafe(table)


def _say_unsafe(what: str) -> NoReturn:
    raise RuntimeError(
        f"{request.method} {request.path} tries to change {what}. "
        "Only POST, PUT, PATCH and DELETE may change anything."
    )
