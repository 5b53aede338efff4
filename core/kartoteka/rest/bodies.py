"""Read what a program sends: a JSON object, strictly, and the values of a record from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError

from kartoteka.errors import Invalid
from kartoteka.fields.field import Field
from kartoteka.fields.kinds import MAX_INTEGER
from kartoteka.fields.text import unkeepable
from kartoteka.i18n import Text, gettext
from kartoteka.rest.answers import BadRequest, NotJson
from kartoteka.rest.values import KindField
from kartoteka.screens import requests

DEEPEST = 20


def json_object() -> dict[str, Any]:
    """Return the body of the request; numbers with a point come as exact decimals.

    Raises:
        NotJson: another content type is announced.
        BadRequest: it is not JSON, not an object, or nested too deep.
    """
    if not request.is_json:
        raise NotJson(gettext("Send the body as JSON, with Content-Type: application/json."))
    try:
        body = json.loads(
            request.get_data().decode("utf-8"), parse_float=Decimal, parse_constant=_no_number
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise BadRequest(_unreadable(error)) from error
    if not isinstance(body, dict):
        raise BadRequest(gettext("The body must be a JSON object."))
    found = cast("dict[str, Any]", body)
    if _depth(found, DEEPEST) < 0:
        raise BadRequest(gettext("The body is nested too deep."))
    return found


def schema_for(fields: Mapping[str, Field[Any]], *, new: bool) -> Schema:
    """Return the marshmallow schema of what may be written; of a new record some is demanded."""
    made = {
        name: KindField(
            item,
            requests.reading,
            required=new and item.required and item.default is None,
            allow_none=not item.required,
        )
        for name, item in fields.items()
        if not item.readonly
    }
    return Schema.from_dict(cast("Any", made))(unknown=EXCLUDE)


def record_values(
    schema: Schema,
    body: Mapping[str, Any],
    readonly: Mapping[str, Text],
    known: Mapping[str, Field[Any]],
) -> dict[str, Any]:
    """Return the values of a record from a body.

    Args:
        schema: of `schema_for`.
        body: field name to JSON value.
        readonly: fields with a sentence of their own that says why they are not written here.
        known: all fields that exist for the person.

    Raises:
        Invalid: with a sentence for each value, each unknown and each computed field.
    """
    errors: dict[str, str] = {}
    for name in body:
        if name not in schema.fields:
            if name in readonly and name in known:
                errors[name] = str(readonly[name])
            elif name in known or name == "id":
                errors[name] = gettext("This field is computed and can not be written.")
            else:
                errors[name] = gettext("There is no such field.")
    values: dict[str, Any] = {}
    try:
        values = cast("dict[str, Any]", schema.load(body))
    except ValidationError as error:
        found = cast("dict[str, list[str]]", error.messages)
        errors.update({name: str(texts[0]) for name, texts in found.items()})
    if errors:
        raise Invalid(errors)
    return values


def number(
    body: Mapping[str, Any], name: str, errors: dict[str, str], required: bool = False
) -> int | None:
    """Return a positive whole number of a body; what is wrong with it goes into `errors`."""
    raw = body.get(name)
    if raw is None and not required:
        return None
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw <= MAX_INTEGER:
        return raw
    errors[name] = gettext("Give a whole number above 0.")
    return None


def text(
    body: Mapping[str, Any], name: str, errors: dict[str, str], most: int, required: bool = False
) -> str:
    """Return a text of a body; what is wrong with it goes into `errors`."""
    raw = body.get(name)
    if raw is None and not required:
        return ""
    if not isinstance(raw, str) or len(raw) > most or (required and not raw.strip()):
        errors[name] = gettext("Give a text of at most %(most)s characters.", most=most)
    elif unkeepable(raw):
        errors[name] = gettext("The text has a character that can not be kept.")
    else:
        return raw
    return ""


def keepable(value: Any) -> bool:
    """Say whether no text in a JSON value holds what no database keeps."""
    if isinstance(value, str):
        return not unkeepable(value)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        return all(keepable(key) and keepable(part) for key, part in pairs.items())
    if isinstance(value, list):
        return all(keepable(part) for part in cast("list[Any]", value))
    return True


def refuse_unknown(body: Mapping[str, Any], known: set[str], errors: dict[str, str]) -> None:
    """Name the keys of a body that mean nothing here."""
    errors.update({name: gettext("There is no such field.") for name in body if name not in known})


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


def _unreadable(error: Exception) -> str:
    """Say in plain words why a body can not be read as JSON."""
    if isinstance(error, RecursionError):
        return gettext("The body is nested too deep.")
    if isinstance(error, UnicodeDecodeError):
        return gettext("The body is not text in UTF-8.")
    if isinstance(error, json.JSONDecodeError):
        return gettext("The body is not JSON: %(why)s", why=str(error)[:120])
    return gettext("The body holds a number that JSON does not have.")


def _depth(value: Any, left: int) -> int:
    """Return how many levels are left below the deepest part; less than 0: too deep."""
    if left < 0:
        return left
    if isinstance(value, dict):
        parts: Any = cast("dict[str, Any]", value).values()
    elif isinstance(value, list):
        parts = cast("list[Any]", value)
    else:
        return left
    return min((_depth(part, left - 1) for part in parts), default=left)
