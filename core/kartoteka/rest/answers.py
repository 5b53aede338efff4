"""Answer in JSON, refusals too: each says what is wrong and, where it can, with which field."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import Response, current_app, request
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from kartoteka.errors import EditConflict, Invalid, Merged, NotAllowed, Refused, Rejected
from kartoteka.i18n import gettext
from kartoteka.screens import requests

log = logging.getLogger(__name__)
P = ParamSpec("P")
A = TypeVar("A", bound=Any)


class BadRequest(Refused):
    """The request can not be understood; `errors` names parameters or fields."""

    def __init__(self, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.errors: dict[str, str] = dict(errors or {})


class NotFound(Refused):
    """There is no such record for this person; it is not said whether for others there is."""


class NotJson(Refused):
    """The body is announced as something else than JSON."""


def answer(code: int, body: Mapping[str, Any]) -> Response:
    """Return an answer that no cache keeps."""
    # In the order of the fields: a person who tries the API reads it.
    text = current_app.json.dumps(body, sort_keys=False, separators=(",", ":"))
    response = Response(text + "\n", code, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def problem(code: int, message: Any, **more: Any) -> Response:
    """Return a refusal: `{"message": …}` with what else is known."""
    return answer(code, {"message": str(message), **more})


def guarded(
    permission: str,
) -> Callable[[Callable[Concatenate[A, P], Response]], Callable[Concatenate[A, P], Response]]:
    """Let a method of an API run only for who has a permission, and turn refusals into answers.

    Args:
        permission: as in Flask-AppBuilder without `can_`; empty when it is enough to be logged in.
    """

    def decorate(
        method: Callable[Concatenate[A, P], Response],
    ) -> Callable[Concatenate[A, P], Response]:
        @wraps(method)
        def run(self: A, *args: P.args, **kwargs: P.kwargs) -> Response:
            user: Any = current_user
            if not user.is_authenticated:
                return problem(401, gettext("Log in, or send a token or an API key."))
            manager: Any = self.appbuilder.sm
            if permission and not manager.has_access(
                f"can_{permission}", self.class_permission_name
            ):
                return problem(403, gettext("You have no right to do this."))
            try:
                return method(self, *args, **kwargs)
            except Exception as error:
                requests.db().rollback()
                return refusal(error)

        if permission:
            run._permission_name = permission  # pyright: ignore[reportAttributeAccessIssue]
        return run

    return decorate


def refusal(error: Exception) -> Response:
    """Return the answer to an error; what nobody foresaw is logged and tells nothing."""
    if isinstance(error, EditConflict):
        return _conflict(error)
    if isinstance(error, StaleDataError):
        return _conflict(EditConflict((), 0))
    if isinstance(error, BadRequest):
        return problem(400, error, errors=error.errors)
    if isinstance(error, NotJson):
        return problem(415, error)
    if isinstance(error, Merged):
        return _merged(error)
    if isinstance(error, NotFound):
        return problem(404, error)
    if isinstance(error, NotAllowed):
        return problem(403, error, **({"errors": {error.field: str(error)}} if error.field else {}))
    if isinstance(error, Invalid):
        return problem(422, gettext("Some values do not pass."), errors=error.errors)
    if isinstance(error, Rejected):
        errors = {error.field: str(error)} if error.field else {}
        return problem(422, error, errors=errors)
    if isinstance(error, Refused):
        return problem(422, error, errors={})
    if isinstance(error, IntegrityError):
        log.warning("The database refused a record: %s", error.orig)
        return problem(422, gettext("The database refused the record."), errors={})
    if isinstance(error, HTTPException):
        return refused(error)
    log.error("A request to the API failed", exc_info=error)
    return problem(500, gettext("Something went wrong here. It was written down."))


def refused(error: HTTPException) -> Response:
    """Return the answer to what the web server refuses, in the language of whoever asks."""
    code = error.code or 400
    said = {
        400: gettext("The request is damaged."),
        404: gettext("There is no such address."),
        405: gettext("This address does not know this method."),
        413: gettext("The body is too long."),
    }
    return problem(code, said.get(code, error.description))


def _merged(error: Merged) -> Response:
    """Send a program that reads to the record that is left; whoever writes is told its number."""
    known = {"merged_into": error.kept_id}
    if request.method not in requests.SAFE_METHODS:
        return problem(410, error, **known)
    response = problem(301, error, **known)
    response.headers["Location"] = re.sub(
        rf"/{error.record_id}(?=/|$)", f"/{error.kept_id}", request.full_path.rstrip("?"), count=1
    )
    return response


def _conflict(error: EditConflict) -> Response:
    return problem(
        409,
        gettext("The record was changed by somebody else while you were editing it."),
        version=error.version,
        by=error.by,
        clashes=[
            {"field": one.name, "base": one.base, "theirs": one.theirs, "mine": one.mine}
            for one in error.clashes
        ],
    )
