"""How each kind of field looks in JSON: its schema, what is accepted, what is answered.

Stricter than forms: a number is a number, a code a code, a moment has its time zone. An amount is
answered as text ("12.50"), because JSON numbers lose cents in many programs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields as ma

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import (
    MAX_INTEGER,
    Choice,
    Choices,
    Currency,
    Day,
    DecimalNumber,
    Email,
    Integer,
    Kind,
    Moment_,
    Phone,
    Reading,
    Reference,
    Url,
    YesNo,
)
from kartoteka.i18n import gettext

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|z|[+-]\d\d:?\d\d)")


class KindField(ma.Field[Any]):
    """A marshmallow field for one field of a record; reads what its kind accepts."""

    def __init__(self, item: Field[Any], reading: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.item = item
        self.reading = reading

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        return ValidationError(gettext("Fill this in."))

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        kind = self.item.kind
        reading: Reading = self.reading() if self.reading else Reading()
        try:
            return kind.parse(accepted(kind, value), reading)
        except ValueError as error:
            raise ValidationError(str(error)) from error


def accepted(kind: Kind[Any], raw: Any) -> Any:
    """Return a JSON value if its type is that of the kind.

    Raises:
        ValueError: with a sentence that says which type is wanted.
    """
    if isinstance(kind, YesNo):
        return _demand(isinstance(raw, bool), raw, gettext("Give true or false."))
    if isinstance(kind, Integer | Reference):
        whole = isinstance(raw, int | Decimal) and not isinstance(raw, bool)
        return _demand(whole, raw, gettext("Give a whole number."))
    if isinstance(kind, DecimalNumber):
        number = isinstance(raw, int | str | Decimal) and not isinstance(raw, bool)
        return _demand(number, raw, gettext('Give an amount as text, such as "12.50".'))
    if isinstance(kind, Choices):
        codes = isinstance(raw, list) and all(isinstance(one, str) for one in raw)
        _demand(codes, raw, gettext("Give a list of codes."))
        for one in raw:
            _known(kind, one)
        return raw
    if isinstance(kind, Day):
        good = isinstance(raw, str) and (not raw or _DAY.fullmatch(raw))
        return _demand(good, raw, gettext("Give a date such as 2026-12-31."))
    if isinstance(kind, Moment_):
        good = isinstance(raw, str) and (not raw or _MOMENT.fullmatch(raw))
        text = gettext("Give a moment with its time zone, such as 2026-12-31T10:00:00Z.")
        return _demand(good, raw, text)
    _demand(isinstance(raw, str), raw, gettext("Give a text."))
    if isinstance(kind, Choice) and raw:
        _known(kind, raw)
    return raw


def json_schema(item: Field[Any], *, writing: bool) -> dict[str, Any]:
    """Return the JSON schema (OpenAPI 3.1) of a field as it is sent or answered."""
    schema = _of_kind(item.kind, writing, item.required)
    if not item.required or not writing:
        schema = _nullable(schema)
    schema["title"] = str(item.title)
    words = [str(item.help), gettext("Unit: %(unit)s", unit=item.unit) if item.unit else ""]
    if text := " ".join(word for word in words if word):
        schema["description"] = text
    return schema


def example(kind: Kind[Any]) -> Any:
    """Return a value that shows how the kind is written."""
    if isinstance(kind, YesNo):
        return True
    if isinstance(kind, Reference | Integer):
        return 1
    if isinstance(kind, DecimalNumber):
        return f"{1250:.{kind.places}f}" if kind.most >= 1250 else f"{10:.{kind.places}f}"
    if isinstance(kind, Choice | Choices):
        first = next(iter(kind.options), "")
        return [first] if isinstance(kind, Choices) and first else first
    for known, text in _EXAMPLES:
        if isinstance(kind, known):
            return text
    return "Ромашка"


_EXAMPLES: tuple[tuple[type[Kind[Any]], str], ...] = (
    (Day, "2026-12-31"), (Moment_, "2026-12-31T10:00:00Z"), (Currency, "EUR"),
    (Phone, "+74951234567"), (Email, "office@example.com"), (Url, "https://example.com"),
)  # fmt: skip


#: Kinds whose values look alike whatever their settings.
_FIXED: Mapping[type[Kind[Any]], Mapping[str, Any]] = {
    YesNo: {"type": "boolean"},
    Reference: {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER},
    Day: {"type": "string", "format": "date"},
    Moment_: {"type": "string", "format": "date-time"},
    Currency: {"type": "string", "pattern": "^[A-Z]{3}$"},
}


def _of_kind(kind: Kind[Any], writing: bool, required: bool) -> dict[str, Any]:
    for fixed, schema in _FIXED.items():
        if isinstance(kind, fixed):
            return dict(schema)
    if isinstance(kind, Integer):
        return {"type": "integer", "minimum": kind.least, "maximum": kind.most}
    if isinstance(kind, DecimalNumber):
        text = {"type": "string", "pattern": rf"^-?[0-9]{{1,18}}(\.[0-9]{{1,{kind.places}}})?$"}
        if not writing:
            return {**text, "format": "decimal"}
        return {"anyOf": [text, {"type": "number"}]}
    if isinstance(kind, Choices):
        one: dict[str, Any] = {"type": "string"}
        if writing and kind.options:
            one["enum"] = list(kind.options)
        return {"type": "array", "items": one}
    if isinstance(kind, Choice):
        # A record may hold a code whose plugin is switched off, so answers are not bounded.
        # Where no plugin brings a choice, nothing fits; a document can not say that.
        bounded = writing and kind.options
        return {"type": "string", "enum": list(kind.options)} if bounded else {"type": "string"}
    line: dict[str, Any] = {"type": "string"}
    if writing and required:
        line["minLength"] = 1
    if kind.max_length is not None:
        line["maxLength"] = kind.max_length
    return line


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    found = dict(schema)
    if "anyOf" in found:
        found["anyOf"] = [*found["anyOf"], {"type": "null"}]
        return found
    found["type"] = [found["type"], "null"]
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found


def _demand(holds: Any, raw: Any, sentence: str) -> Any:
    if not holds:
        raise ValueError(sentence)
    return raw


def _known(kind: Choice | Choices, code: str) -> None:
    if code not in kind.options:
        raise ValueError(
            gettext(
                "%(code)r is not one of the codes: %(codes)s.",
                code=code[:60], codes=", ".join(kind.options),
            )
        )  # fmt: skip


__all__ = ["KindField", "accepted", "example", "json_schema"]
