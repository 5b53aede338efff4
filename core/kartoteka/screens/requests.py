"""Serve a request: its session, who acts in it, their language and time zone."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_app_context, request
from flask.globals import app_ctx
from flask_login import current_user
from sqlalchemy.orm import scoped_session

from kartoteka.access.actor import Actor, Way
from kartoteka.access.people import actor_for
from kartoteka.access.scope import unscoped
from kartoteka.app import Kartoteka, kartoteka
from kartoteka.db.session import RecordSession
from kartoteka.fields.kinds import Reading
from kartoteka.models import catalog
from kartoteka.models.people import Staff
from kartoteka.services.reading import FORMATS

#: Requests that change nothing, whatever they are asked.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def scope_key() -> int:
    """Return what a session belongs to: one application context, which is one request."""
    return id(app_ctx._get_current_object())  # pyright: ignore[reportAttributeAccessIssue,reportPrivateUsage]


def db() -> RecordSession:
    """Return the session of this request. It knows who acts."""
    return cast("scoped_session[RecordSession]", current_app.extensions["kartoteka.session"])()


def close_session(_error: BaseException | None = None) -> None:
    """Give the connection back at the end of a request."""
    cast("scoped_session[Any]", current_app.extensions["kartoteka.session"]).remove()


def serve(app: Flask, made: Kartoteka) -> None:
    """Make every request begin with its registry, and end with its session closed."""

    writing = made.engine.execution_options(writes=True)

    @app.before_request
    def _begin() -> None:
        catalog.use(made.registry)
        if request.method not in SAFE_METHODS:
            # SQLite refuses a transaction that begins reading and then wants to write after
            # somebody else wrote; one that will write takes its turn at the start.
            db().bind = writing


def become(way: Way | None = None) -> Actor | None:
    """Tell the session of this request who acts; called once the user is known.

    Flask-AppBuilder knows the user from the cookie, a token or an API key. Nobody logged in
    means no actor, and a session without an actor shows no records.
    """
    user: Any = current_user
    if not has_app_context() or not user.is_authenticated:
        return None
    kept: Actor | None = g.get("kartoteka_actor")
    if kept is None or kept.user_id != user.id:
        by = way or ("api" if request.path.startswith("/api/") else "screen")
        # A session holds its rows weakly; held here, the person is read once for the request.
        with unscoped(db(), "who is this?"):
            g.kartoteka_staff = db().get(Staff, user.id)
        kept = actor_for(db(), user, kartoteka().registry.roles, by)
        g.kartoteka_actor = kept
    session = db()
    session.info["actor"] = kept
    session.info["reading"] = reading()
    return kept


def actor() -> Actor:
    """Return who acts in this request."""
    return db().info["actor"]


def reading() -> Reading:
    """Return language, time zone and phone region of the person served."""
    kept: Reading | None = g.get("kartoteka_reading")
    if kept is None:
        from flask_babel import get_locale

        config = kartoteka().config
        language = str(get_locale() or config.language)
        zone = config.time_zone
        user: Any = current_user
        if user.is_authenticated:
            staff = db().get(Staff, user.id)
            zone = (staff.time_zone if staff else None) or zone
        kept = Reading(
            locale=FORMATS.get(language, language),
            tz=ZoneInfo(zone),
            region=config.phone_region,
        )
        g.kartoteka_reading = kept
    return kept
