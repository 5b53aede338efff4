"""The address to which web sites send requests: JSON of a script or server, or a plain form."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import RequestEntityTooLarge

from kartoteka.access.actor import system
from kartoteka.errors import Invalid
from kartoteka.fields.text import unkeepable
from kartoteka.i18n import gettext
from kartoteka.models.intake import IntakeSite
from kartoteka.rest.answers import BadRequest, NotJson, answer, refusal
from kartoteka.rest.bodies import json_object
from kartoteka.screens import requests
from kartoteka.services import intake, intake_sites

blueprint = Blueprint("intake", __name__)
PATH = "/api/v1/intake/"
LONGEST_BODY = 64 * 1024
#: Everything goes into the note of a deal at worst, and must fit there.
MOST_TEXT = 15_000
MOST_FIELDS = 100
LONGEST_NAME = 100
#: People do not see it, so whoever fills it is a program.
TRAP = "leave_empty"
_OWN = frozenset({TRAP, "idempotency_key", "page", "referrer", "csrf_token"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@blueprint.route(f"{PATH}<key>", methods=["POST"], provide_automatic_options=False)
def take(key: str) -> ResponseReturnValue:
    """Take a request of the site with this key."""
    request.max_content_length = request.max_form_memory_size = LONGEST_BODY
    session = requests.db()
    session.rollback()  # whoever is logged in here by chance sends as a stranger all the same
    session.info["actor"] = system("api")
    session.info["reading"] = session.info["firm_reading"]
    site: IntakeSite | None = None
    try:
        site = intake_sites.site_of_key(session, key)
        if site is None:
            return _said(None, 404, gettext("There is no site with this key, or not any more."))
        _demand_origin(site)
        taken = intake.take(session, site, _sent())
        thanks, name = site.thanks_url, site.name
        allowed = _allowed(site)
        session.commit()
    except Exception as error:
        allowed = _allowed(site) if site is not None else ""
        session.rollback()
        return _refused(error, allowed)
    if _is_form() and thanks:
        return redirect(thanks, 303)
    words = gettext("Thank you. We have your request and will answer soon.")
    status = 200 if taken.is_repeat else 201
    if _wants_page():
        return _page(200, gettext("Thank you"), words, title=name)
    body = {"message": words, "request": taken.id, "repeated": taken.is_repeat}
    return _open(answer(status, body), allowed)


@blueprint.route(f"{PATH}<key>", methods=["OPTIONS"])
def preflight(key: str) -> ResponseReturnValue:
    """Tell a browser whether a script of its page may send here."""
    session = requests.db()
    session.info["actor"] = system("api")
    site = intake_sites.site_of_key(session, key, lock=False)
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key"
    response.headers["Access-Control-Max-Age"] = "600"
    return _open(response, _allowed(site) if site is not None else "")


@blueprint.route(f"{PATH}<key>", methods=["GET"], provide_automatic_options=False)
def form(key: str) -> ResponseReturnValue:
    """Show a plain form to send to, or to be shown inside a page of the site."""
    session = requests.db()
    session.info["actor"] = system("api")
    site = intake_sites.site_of_key(session, key, lock=False)
    if site is None:
        return _said(None, 404, gettext("There is no site with this key, or not any more."))
    origin = {name: request.args[name][:500] for name in _origin_names() if name in request.args}
    origin.setdefault("referrer", (request.referrer or "")[:500])
    page = render_template(
        "kartoteka/intake/form.html", title=site.name, problem="", typed={},
        form_address=url_for(".take", key=key), origin=origin,
        inputs=[
            ("name", gettext("Your name"), "text", "name", 200),
            ("company", gettext("Company"), "text", "organization", 200),
            ("phone", gettext("Phone"), "tel", "tel", 100),
            ("email", gettext("E-mail"), "email", "email", 200),
            ("message", gettext("Message"), "textarea", "off", 5000),
        ],
    )  # fmt: skip
    return Response(page)


def _origin_names() -> list[str]:
    return ["page", "referrer", *(f"utm_{name}" for name in intake.UTM)]


def _sent() -> intake.Sent:
    """Return what was sent, checked.

    Raises:
        Invalid, BadRequest, NotJson, RequestEntityTooLarge: with a sentence.
    """
    fields = _of_form() if _is_form() else _of_json()
    errors: dict[str, str] = {}
    for name, text in fields.items():
        if len(name) > LONGEST_NAME or unkeepable(name):
            errors[name[:LONGEST_NAME]] = gettext("The name of this field can not be kept.")
        elif wrong := unkeepable(text):
            errors[name] = wrong
    if errors:
        raise Invalid(errors)
    if len(fields) > MOST_FIELDS or sum(len(n) + len(t) for n, t in fields.items()) > MOST_TEXT:
        raise RequestEntityTooLarge
    if fields.get(TRAP, "").strip():
        raise Invalid({TRAP: gettext("Leave this field empty.")})
    key = (request.headers.get("Idempotency-Key") or fields.get("idempotency_key", "")).strip()
    if len(key) > 100 or unkeepable(key):
        raise Invalid({"idempotency_key": gettext("At most 100 characters.")})
    utm = {name: fields.get(f"utm_{name}", "").strip() for name in intake.UTM}
    apart = _OWN | {f"utm_{name}" for name in intake.UTM}
    secret = str(current_app.config["SECRET_KEY"]).encode()
    address = hmac.digest(secret, f"intake {get_remote_address()}".encode(), hashlib.sha256).hex()
    return intake.Sent(
        fields={name: text for name, text in fields.items() if name not in apart},
        key=key, page=fields.get("page", "") or _clean(request.referrer),
        referrer=fields.get("referrer", ""), utm=utm, address_hash=address,
    )  # fmt: skip


def _clean(text: str | None) -> str:
    return "" if not text or unkeepable(text) else text


def _of_form() -> dict[str, str]:
    if request.files:
        raise BadRequest(gettext("Files can not be sent here."))
    return {name: ", ".join(request.form.getlist(name)) for name in request.form}


def _of_json() -> dict[str, str]:
    errors: dict[str, str] = {}
    found: dict[str, str] = {}
    for name, value in json_object().items():
        text = _text(value)
        if text is None:
            errors[name[:LONGEST_NAME]] = gettext("Give a text, a number, or a list of these.")
        else:
            found[name] = text
    if errors:
        raise Invalid(errors)
    return found


def _text(value: Any) -> str | None:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | Decimal | float | date):
        return str(value)
    if isinstance(value, list):
        parts = [_text(part) for part in cast("list[Any]", value) if not isinstance(part, list)]
        known = [part for part in parts if part is not None]
        return ", ".join(known) if len(known) == len(cast("list[Any]", value)) else None
    return None


def _is_form() -> bool:
    return request.mimetype in _FORMS


def _wants_page() -> bool:
    return (
        _is_form()
        and request.accept_mimetypes["text/html"] > 0
        and "X-Requested-With" not in (request.headers)
    )


def _own_origin() -> str:
    return request.host_url.rstrip("/").lower()


def _demand_origin(site: IntakeSite) -> None:
    """Refuse pages that are none of the site's; servers and old browsers name no origin."""
    origin = (request.headers.get("Origin") or "").lower()
    known = intake_sites.origins_of(site)
    is_plain = _is_form() and (not known or origin == "null")
    if not origin or is_plain or origin in known or origin == _own_origin():
        return
    raise _Stranger(gettext("Forms of %(page)s may not send here.", page=origin[:200]))


class _Stranger(BadRequest):
    """A page that is none of the site's."""


def _allowed(site: IntakeSite) -> str:
    origin = (request.headers.get("Origin") or "").lower()
    return origin if origin in intake_sites.origins_of(site) else ""


def _open(response: Response, origin: str) -> Response:
    response.headers["Vary"] = "Origin"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _refused(error: Exception, allowed: str) -> ResponseReturnValue:
    if isinstance(error, intake.TooOften):
        response = _said(None, 429, str(error))
        response.headers["Retry-After"] = str(error.seconds)
        return _open(response, allowed)
    if isinstance(error, _Stranger):
        return _said(None, 403, str(error))
    if isinstance(error, RequestEntityTooLarge):
        return _open(_said(None, 413, gettext("This is too long.")), allowed)
    if isinstance(error, NotJson):
        return _open(_said(None, 415, gettext("Send JSON or a plain form.")), allowed)
    if not _wants_page():
        return _open(refusal(error), allowed)
    told = refusal(error)
    body: Mapping[str, Any] = told.get_json()
    return _said(body.get("errors") or None, told.status_code, str(body["message"]))


def _said(errors: Mapping[str, str] | None, status: int, sentence: str) -> Response:
    if _wants_page():
        return _page(status, gettext("This can not be sent"), sentence, errors=errors)
    return answer(status, {"message": sentence, **({"errors": errors} if errors else {})})


def _page(
    status: int, heading: str, sentence: str, *, errors: Mapping[str, str] | None = None,
    title: str = "",
) -> Response:  # fmt: skip
    page = render_template(
        "kartoteka/intake/said.html", status=status, heading=heading, sentence=sentence,
        errors=errors or {}, title=title or heading,
    )  # fmt: skip
    return Response(page, status)


__all__ = ["PATH", "blueprint"]
