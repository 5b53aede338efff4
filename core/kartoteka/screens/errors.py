"""Turn what went wrong into a page with a sentence, or into JSON for programs and scripts."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from kartoteka.app import kartoteka
from kartoteka.db.busy import is_busy
from kartoteka.errors import EditConflict, Invalid, Merged, NoActor, NotAllowed, Refused
from kartoteka.i18n import gettext
from kartoteka.screens.page_view import log_in_first, wants_json
from kartoteka.screens.requests import SAFE_METHODS, db

logger = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Show every error in our own words and look."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NoActor, _unknown)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _broken)


def sentence_of(status: int) -> tuple[str, str]:
    """Return heading and sentence for a status."""
    return {
        400: (gettext("This can not be done"),
              gettext("The address or the form is damaged. Go back and try again.")),
        403: (gettext("No right"), gettext("You have no right to this.")),
        404: (gettext("There is no such page"),
              gettext("The address is wrong, or the record is gone.")),
        405: (gettext("Not this way"),
              gettext("This address works only through its button. Go back and press it.")),
        409: (gettext("Somebody was faster"),
              gettext("The record was changed by somebody else. Open it again.")),
        413: (gettext("Too large"), gettext("What was sent is too large.")),
        429: (gettext("Too often"), gettext("Too many tries. Wait a minute and try again.")),
        500: (gettext("Something broke"),
              gettext("The fault is ours and was written down. Your last change was not saved.")),
        503: (gettext("Busy"),
              gettext("Much is being written just now, so your change was not saved. "
                      "Go back and press the button again in a minute.")),
    }.get(status, (gettext("This can not be done"), gettext("Go back and try again.")))  # fmt: skip


def status_of(error: Refused) -> int:
    """Return the HTTP status of a refusal."""
    if isinstance(error, NotAllowed):
        return 403
    return 409 if isinstance(error, EditConflict) else 400


def page(
    status: int, sentence: str = "", errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Return an error as a page, or as `{"message", "errors"}`."""
    heading, usual = sentence_of(status)
    if wants_json():
        return jsonify({"message": sentence or usual, "errors": errors or {}}), status
    text = render_template(
        "kartoteka/error.html", status=status, heading=heading, sentence=sentence or usual,
        errors=errors or {}, title=heading,
    )  # fmt: skip
    return text, status


def _refused(error: Refused) -> ResponseReturnValue:
    if isinstance(error, Merged) and request.method in SAFE_METHODS and not wants_json():
        return _sent_on(error)
    db().rollback()
    errors = error.errors if isinstance(error, Invalid) else {}
    return page(status_of(error), "" if errors else str(error), errors)


def _sent_on(error: Merged) -> ResponseReturnValue:
    """Send whoever has an old address to the record it is one with now, on the same page."""
    values: dict[str, Any] = dict(request.view_args or {})
    endpoint = request.endpoint or ""
    if endpoint.partition(".")[0] == error.entity and values.get("pk") == error.record_id:
        values["pk"] = error.kept_id
        return redirect(url_for(endpoint, **values))
    return redirect(url_for(f"{error.entity}.show", pk=error.kept_id))


def _unknown(_error: NoActor) -> ResponseReturnValue:
    return log_in_first()


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400 or request.path.startswith("/static/"):
        return error
    if isinstance(error, CSRFError):
        late = gettext("The page stood open too long. Go back, reload it and send it again.")
        return page(400, late)
    return page(status)


def _broken(error: InternalServerError) -> ResponseReturnValue:
    original = error.original_exception
    logger.error("%s %s failed", request.method, request.path, exc_info=original)
    try:
        db().rollback()
        db().bind = kartoteka().engine  # a page only reads, and need not wait for those who write
        return page(503 if is_busy(original) else 500)
    except Exception:
        # The page itself needs the database for the menu; when that is what broke, say it plainly.
        logger.exception("The error page could not be shown")
        return " — ".join(sentence_of(500)), 500


__all__ = ["install", "page", "sentence_of", "status_of"]
