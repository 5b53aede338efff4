"""Kinds that keep a text: lines, addresses, phones, tax numbers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import String, Text as SqlText
from sqlalchemy.types import TypeEngine

from kartoteka.fields.contact_values import parse_email, parse_phone, parse_tax_id, show_phone
from kartoteka.fields.kinds.kind import PLAIN, Kind, Reading
from kartoteka.fields.kinds.typed import text_of
from kartoteka.fields.text import quoted
from kartoteka.i18n import gettext

_HOST = re.compile(r"(?=.{1,253}$)[\w-]+(\.[\w-]+)+\.?|localhost|\[?[0-9a-f:]+\]?", re.IGNORECASE)


class Text_(Kind[str]):
    """One line of text."""

    code = "text"
    operators = ("contains", "starts", "eq", "ne", "empty", "filled")
    textual = True

    def __init__(self, length: int = 255) -> None:
        self.max_length = length

    def column_type(self) -> TypeEngine[Any]:
        return String(self.max_length)

    def read(self, raw: Any, reading: Reading) -> str:
        text = text_of(raw)
        if self.max_length is not None and len(text) > self.max_length:
            raise ValueError(
                gettext(
                    "This is %(length)s characters long, at most %(limit)s fit.",
                    length=len(text),
                    limit=self.max_length,
                )
            )
        return text


class LongText(Text_):
    """Text of several lines."""

    code = "long_text"
    widget = "textarea"

    def __init__(self, length: int = 20_000) -> None:
        super().__init__(length)

    def column_type(self) -> TypeEngine[Any]:
        return SqlText()


class Phone(Kind[str]):
    """A phone number, kept as E.164 with an extension after `;ext=`."""

    code = "phone"
    widget = "tel"
    operators = ("contains", "eq", "empty", "filled")
    max_length = 40

    def column_type(self) -> TypeEngine[Any]:
        return String(40)

    def read(self, raw: Any, reading: Reading) -> str:
        return parse_phone(text_of(raw), reading.region)

    def show(self, value: str | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else show_phone(value)

    edit = show


class Email(Text_):
    """An e-mail address with its domain in lower-case ASCII."""

    code = "email"
    widget = "email"

    def __init__(self) -> None:
        super().__init__(320)

    def read(self, raw: Any, reading: Reading) -> str:
        return parse_email(super().read(raw, reading))


class Url(Text_):
    """A web address; `https://` is put before one that has no scheme."""

    code = "url"
    widget = "url"

    def __init__(self) -> None:
        super().__init__(1000)

    def read(self, raw: Any, reading: Reading) -> str:
        text = super().read(raw, reading).strip()
        address = text if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", text) else f"https://{text}"
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            host, parts = "", None
        fits = parts is not None and parts.scheme in {"http", "https"} and _HOST.fullmatch(host)
        if not fits or re.search(r"[\s\x00-\x1f\x7f]", address):
            raise ValueError(gettext("%(value)r is not a web address.", value=quoted(text)))
        return super().read(address, reading)


class TaxId(Text_):
    """A tax number, checked by its check digits: RU INN (10, 12), BG EIK/BULSTAT (9, 13)."""

    code = "tax_id"

    def __init__(self) -> None:
        super().__init__(20)

    def read(self, raw: Any, reading: Reading) -> str:
        return parse_tax_id(super().read(raw, reading), reading.region)
