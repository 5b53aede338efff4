"""What every kind of field answers: how it is stored, read, shown and edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from typing import Any, Generic, Literal, TypeVar

from babel import Locale
from sqlalchemy import ForeignKey
from sqlalchemy.types import TypeEngine

T = TypeVar("T")
Widget = Literal[
    "text", "textarea", "number", "money", "date", "datetime", "checkbox", "select",
    "checkboxes", "lookup", "tel", "email", "url",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Who types and reads a value: language, time zone, region of phones without a country."""

    locale: str = "en"
    tz: tzinfo = UTC
    region: str = "RU"

    @property
    def babel(self) -> Locale:
        """The locale with its formats; read once for the process, not for every value."""
        return _locale(self.locale)


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


PLAIN = Reading()


class Kind(Generic[T]):
    """One kind of field. `operators` are codes of the criteria it offers: `criteria.operators`."""

    code: str = ""
    widget: Widget = "text"
    operators: Sequence[str] = ("eq", "ne", "empty", "filled")
    textual: bool = False
    numeric: bool = False
    max_length: int | None = None

    def column_type(self) -> TypeEngine[Any]:
        """Return the SQLAlchemy type of the column."""
        raise TypeError(f"{type(self).__name__} has no column type.")

    def foreign_key(self) -> ForeignKey | None:
        """Return the foreign key of the column, if the kind is a reference."""
        return None

    def parse(self, raw: Any, reading: Reading = PLAIN) -> T | None:
        """Read a typed text or a Python value; empty means None.

        Raises:
            ValueError: with a sentence for the person who typed it.
        """
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.read(raw, reading)

    def read(self, raw: Any, reading: Reading) -> T:
        """Read a value that is not empty."""
        raise TypeError(f"{type(self).__name__} can not read values.")

    def show(self, value: T | None, reading: Reading = PLAIN) -> str:
        """Return the value as a person reads it; empty text for None."""
        return "" if value is None else str(value)

    def edit(self, value: T | None, reading: Reading = PLAIN) -> str:
        """Return the value as an input element of a form holds it."""
        return "" if value is None else str(value)

    def plain(self, value: T | None) -> Any:
        """Return the value for JSON: history, REST, command line."""
        return value
