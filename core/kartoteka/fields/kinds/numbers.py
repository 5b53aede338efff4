"""Kinds that keep a number: whole, exact, in percent, of money and its currency."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal, get_decimal_symbol, get_group_symbol
from sqlalchemy import Integer as SqlInteger, String
from sqlalchemy.types import TypeEngine

from kartoteka.fields.currencies import currencies
from kartoteka.fields.kinds.kind import PLAIN, Kind, Reading
from kartoteka.fields.kinds.typed import MAX_INTEGER, between, number_of, text_of
from kartoteka.fields.text import quoted
from kartoteka.fields.types import Exact
from kartoteka.i18n import gettext


class Integer(Kind[int]):
    """A whole number between `least` and `most`."""

    code = "integer"
    widget = "number"
    operators = ("eq", "ne", "gt", "ge", "lt", "le", "empty", "filled")
    numeric = True

    def __init__(self, least: int = -MAX_INTEGER, most: int = MAX_INTEGER) -> None:
        self.least = least
        self.most = most

    def column_type(self) -> TypeEngine[Any]:
        return SqlInteger()

    def read(self, raw: Any, reading: Reading) -> int:
        number = number_of(raw)
        if number != number.to_integral_value():
            raise ValueError(gettext("%(value)r is not a whole number.", value=quoted(raw)))
        return int(between(number, Decimal(self.least), Decimal(self.most)))

    def show(self, value: int | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else format_decimal(value, locale=reading.babel)


class DecimalNumber(Kind[Decimal]):
    """An exact number with `places` decimal places."""

    code = "decimal"
    widget = "number"
    operators = Integer.operators
    numeric = True

    def __init__(
        self, places: int = 2, least: Decimal | None = None, most: Decimal | None = None
    ) -> None:
        self.places = places
        top = Decimal(10) ** (18 - places) - 1
        self.least = -top if least is None else least
        self.most = top if most is None else most

    def column_type(self) -> TypeEngine[Any]:
        return Exact(18, self.places)

    def read(self, raw: Any, reading: Reading) -> Decimal:
        number = between(number_of(raw), self.least, self.most)
        exact = number.quantize(Decimal(1).scaleb(-self.places))
        if exact != number:
            raise ValueError(
                gettext(
                    "%(value)r has more than %(places)s decimal places.",
                    value=quoted(raw),
                    places=self.places,
                )
            )
        return exact

    def show(self, value: Decimal | None, reading: Reading = PLAIN) -> str:
        if value is None:
            return ""
        return format_decimal(value, locale=reading.babel, decimal_quantization=False)

    def edit(self, value: Decimal | None, reading: Reading = PLAIN) -> str:
        return as_typed(value, reading)

    def plain(self, value: Decimal | None) -> Any:
        return None if value is None else str(value)


class Percent(DecimalNumber):
    """A share in percent: 12.5 means 12.5 %."""

    code = "percent"

    def __init__(self, least: Decimal = Decimal(0), most: Decimal = Decimal(100)) -> None:
        super().__init__(2, least, most)

    def read(self, raw: Any, reading: Reading) -> Decimal:
        return super().read(raw.strip().removesuffix("%") if isinstance(raw, str) else raw, reading)

    def show(self, value: Decimal | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else f"{super().show(value, reading)} %"


class Money(DecimalNumber):
    """An amount; its currency stands in the companion column `<name>_currency`.

    With `currency_of` the currency is that of another column of the record: the margin of a
    purchase is in the purchase's own currency.
    """

    code = "money"
    widget = "money"

    def __init__(self, least: Decimal | None = None, currency_of: str = "") -> None:
        super().__init__(2, least)
        self._currency_of = currency_of

    @property
    def has_own_currency(self) -> bool:
        """Say whether the field brings its companion column."""
        return not self._currency_of

    def currency_column(self, name: str) -> str:
        """Return the column that holds the currency of the money field of this name."""
        return self._currency_of or f"{name}_currency"

    def show_in(self, value: Decimal | None, currency: str | None, reading: Reading) -> str:
        """Return the amount with its currency as a person reads it."""
        if value is None:
            return ""
        if not currency:
            return self.show(value, reading)
        whole = value == value.to_integral_value()
        text = format_currency(
            value, currency, locale=reading.babel, currency_digits=whole, decimal_quantization=True
        )
        return code_apart(text)


def code_apart(text: str) -> str:
    """Return an amount with a space after a currency that is shown by its code: `RUB 6,000`."""
    return re.sub(r"([A-Z]{3})(?=[\d-])", "\\1\u00a0", text)


class Currency(Kind[str]):
    """A currency by its ISO 4217 code: money, no gold and no code for tests."""

    code = "currency"
    operators = ("eq", "ne", "empty", "filled")
    max_length = 3

    def column_type(self) -> TypeEngine[Any]:
        return String(3)

    def read(self, raw: Any, reading: Reading) -> str:
        text = text_of(raw).strip().upper()
        if text not in currencies():
            raise ValueError(
                gettext("%(value)r is not a currency code such as EUR or RUB.", value=text)
            )
        return text


def as_grouped(kind: Kind[Any], value: Any, reading: Reading) -> str:
    """Return a value as an input holds it, a long number in groups where a space parts them.

    A comma or a point between the groups would be read as the decimal one.
    """
    is_spaced = get_group_symbol(reading.babel).isspace()
    if not kind.numeric or value is None or not is_spaced:
        return kind.edit(value, reading)
    return format_decimal(value, locale=reading.babel, decimal_quantization=False)


def as_typed(value: Decimal | None, reading: Reading) -> str:
    """Return a number as a person types it: `0,4` where a comma parts it, no zeros behind it."""
    if value is None:
        return ""
    whole, _point, places = f"{value:f}".partition(".")
    places = places.rstrip("0")
    return f"{whole}{get_decimal_symbol(reading.babel)}{places}" if places else whole
