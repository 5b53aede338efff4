"""The kinds of field: how each is stored, read from what people type, and shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Generic, Literal, TypeVar, cast
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_decimal_symbol, list_currencies
from sqlalchemy import Boolean, Date, ForeignKey, Integer as SqlInteger, String, Text as SqlText
from sqlalchemy.types import TypeEngine

from kartoteka.fields.contact_values import parse_email, parse_phone, parse_tax_id, show_phone
from kartoteka.fields.text import quoted
from kartoteka.fields.types import CodeSet, Exact, Moment
from kartoteka.i18n import Text, gettext

T = TypeVar("T")
Widget = Literal[
    "text", "textarea", "number", "money", "date", "datetime", "checkbox", "select",
    "checkboxes", "lookup", "tel", "email", "url",
]  # fmt: skip

MAX_INTEGER = 2**31 - 1
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


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
        text = _text(raw)
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
        number = _number(raw)
        if number != number.to_integral_value():
            raise ValueError(gettext("%(value)r is not a whole number.", value=quoted(raw)))
        return int(_between(number, Decimal(self.least), Decimal(self.most)))

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
        number = _between(_number(raw), self.least, self.most)
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
    """A currency by its ISO 4217 code."""

    code = "currency"
    operators = ("eq", "ne", "empty", "filled")
    max_length = 3

    def column_type(self) -> TypeEngine[Any]:
        return String(3)

    def read(self, raw: Any, reading: Reading) -> str:
        text = _text(raw).strip().upper()
        if text not in list_currencies():
            raise ValueError(
                gettext("%(value)r is not a currency code such as EUR or RUB.", value=text)
            )
        return text


class Day(Kind[date]):
    """A calendar day."""

    code = "date"
    widget = "date"
    operators = (
        "eq", "ne", "gt", "ge", "lt", "le", "in_last", "ago", "in_next", "period", "empty",
        "filled",
    )  # fmt: skip

    def column_type(self) -> TypeEngine[Any]:
        return Date()

    def read(self, raw: Any, reading: Reading) -> date:
        if isinstance(raw, datetime):
            return (raw.astimezone(reading.tz) if raw.tzinfo else raw).date()
        return raw if isinstance(raw, date) else _day(_text(raw).strip())

    def show(self, value: date | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else format_date(value, "medium", locale=reading.babel)

    def edit(self, value: date | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else value.isoformat()

    def plain(self, value: date | None) -> Any:
        return None if value is None else value.isoformat()


class Moment_(Kind[datetime]):
    """A moment; typed and shown in the person's time zone, kept in UTC."""

    code = "datetime"
    widget = "datetime"
    operators = (
        "gt", "ge", "lt", "le", "in_last", "ago", "in_next", "period", "empty", "filled",
    )  # fmt: skip

    def column_type(self) -> TypeEngine[Any]:
        return Moment()

    def read(self, raw: Any, reading: Reading) -> datetime:
        moment = raw if isinstance(raw, datetime) else _moment(_text(raw).strip())
        # The first and the last year could not be shown in every time zone.
        if not MINYEAR < moment.year < MAXYEAR:
            raise ValueError(gettext("%(value)r is out of range.", value=quoted(raw)))
        return (moment if moment.tzinfo else moment.replace(tzinfo=reading.tz)).astimezone(UTC)

    def show(self, value: datetime | None, reading: Reading = PLAIN) -> str:
        if value is None:
            return ""
        return format_datetime(value, "medium", tzinfo=reading.tz, locale=reading.babel)

    def edit(self, value: datetime | None, reading: Reading = PLAIN) -> str:
        if value is None:
            return ""
        local = value.astimezone(reading.tz).replace(tzinfo=None)
        return local.isoformat(timespec="minutes")

    def plain(self, value: datetime | None) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat()


class YesNo(Kind[bool]):
    """Yes or no."""

    code = "yes_no"
    widget = "checkbox"
    operators = ("eq",)

    def column_type(self) -> TypeEngine[Any]:
        return Boolean()

    def read(self, raw: Any, reading: Reading) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().casefold()
        if word in {"1", "y", "yes", "true", "on", "да", "+"}:
            return True
        if word in {"0", "n", "no", "false", "off", "нет", "не", "-"}:
            return False
        raise ValueError(gettext("%(value)r is neither yes nor no.", value=quoted(raw)))

    def show(self, value: bool | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else gettext("Yes") if value else gettext("No")

    def edit(self, value: bool | None, reading: Reading = PLAIN) -> str:
        return "1" if value else ""


Choices_ = Mapping[str, Text]


class Choice(Kind[str]):
    """One of several codes. `options` maps code to title; it may be a function, asked when used."""

    code = "choice"
    widget = "select"
    operators = ("eq", "ne", "empty", "filled")
    max_length = 60

    def __init__(self, options: Choices_ | Callable[[], Choices_]) -> None:
        self._options = options

    @property
    def options(self) -> Choices_:
        """Codes and titles in their order."""
        return self._options() if callable(self._options) else self._options

    def column_type(self) -> TypeEngine[Any]:
        return String(60)

    def code_of(self, raw: Any) -> str:
        """Return the code for a code or for a title in the reader's language."""
        text = _text(raw).strip()
        options = self.options
        if text in options:
            return text
        wanted = text.casefold()
        for code, title in options.items():
            if wanted in {code.casefold(), str(title).casefold()}:
                return code
        raise ValueError(
            gettext(
                "%(value)r is not one of: %(options)s.",
                value=quoted(text),
                options=", ".join(str(title) for title in options.values()),
            )
        )

    def read(self, raw: Any, reading: Reading) -> str:
        return self.code_of(raw)

    def show(self, value: str | None, reading: Reading = PLAIN) -> str:
        return "" if value is None else str(self.options.get(value, value))


class Choices(Kind[tuple[str, ...]]):
    """Several of several codes."""

    code = "choices"
    widget = "checkboxes"
    operators = ("has", "has_any", "empty", "filled")

    def __init__(self, options: Choices_ | Callable[[], Choices_]) -> None:
        self._one = Choice(options)

    @property
    def options(self) -> Choices_:
        """Codes and titles in their order."""
        return self._one.options

    def column_type(self) -> TypeEngine[Any]:
        return CodeSet(1000)

    def parse(self, raw: Any, reading: Reading = PLAIN) -> tuple[str, ...] | None:
        parts: Sequence[Any]
        if isinstance(raw, str):
            parts = [part for part in re.split(r"[,;|]", raw) if part.strip()]
        elif raw is None or isinstance(raw, list | tuple | set | frozenset):
            parts = [part for part in cast("Sequence[Any]", raw or ()) if str(part).strip()]
        else:
            raise ValueError(gettext("%(value)r is not a list of choices.", value=quoted(raw)))
        return tuple(dict.fromkeys(self._one.code_of(part) for part in parts)) or None

    def show(self, value: tuple[str, ...] | None, reading: Reading = PLAIN) -> str:
        return ", ".join(self._one.show(code, reading) for code in value or ())

    def edit(self, value: tuple[str, ...] | None, reading: Reading = PLAIN) -> str:
        return ",".join(value or ())

    def plain(self, value: tuple[str, ...] | None) -> Any:
        return list(value or ())


class Reference(Kind[int]):
    """A link to a record of another entity, kept as its id. `target`: class or table name."""

    code = "reference"
    widget = "lookup"
    operators = ("eq", "ne", "empty", "filled")

    def __init__(
        self,
        target: type[Any] | str,
        on_delete: Literal["CASCADE", "SET NULL", "RESTRICT"] = "SET NULL",
    ) -> None:
        self._target = target
        self.on_delete = on_delete
        if relative := _RELATIVE.get(self.table):
            self.operators = (*type(self).operators, relative)

    @property
    def table(self) -> str:
        """The table that is referred to."""
        return self._target if isinstance(self._target, str) else self._target.__tablename__

    def column_type(self) -> TypeEngine[Any]:
        return SqlInteger()

    def foreign_key(self) -> ForeignKey:
        if isinstance(self._target, str):
            return ForeignKey(f"{self._target}.id", ondelete=self.on_delete)
        # Users live in the metadata of Flask-AppBuilder, where a name would not be found.
        return ForeignKey(self._target.__table__.c.id, ondelete=self.on_delete)

    def read(self, raw: Any, reading: Reading) -> int:
        number = _number(raw)
        if number != number.to_integral_value() or not 0 < number <= MAX_INTEGER:
            raise ValueError(gettext("Choose a record from the list."))
        return int(number)


class Phone(Kind[str]):
    """A phone number, kept as E.164 with an extension after `;ext=`."""

    code = "phone"
    widget = "tel"
    operators = ("contains", "eq", "empty", "filled")
    max_length = 40

    def column_type(self) -> TypeEngine[Any]:
        return String(40)

    def read(self, raw: Any, reading: Reading) -> str:
        return parse_phone(_text(raw), reading.region)

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


#: Operators that speak of the reader, by the table referred to.
_RELATIVE = {"ab_user": "mine", "department": "my_department"}
_HOST = re.compile(r"(?=.{1,253}$)[\w-]+(\.[\w-]+)+\.?|localhost|\[?[0-9a-f:]+\]?", re.IGNORECASE)
_DAYS = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d{1,2}-\d{1,2}")),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("%d.%m.%y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{2}")),
)


def _text(raw: Any) -> str:
    if not isinstance(raw, str | int | float | Decimal) or isinstance(raw, bool):
        raise ValueError(gettext("%(value)r is not a text.", value=quoted(raw)))
    text = raw if isinstance(raw, str) else str(raw)
    if bad := _FORBIDDEN.search(text):
        raise ValueError(
            gettext(
                "The character U+%(code)s can not be kept. Remove it.", code=f"{ord(bad[0]):04X}"
            )
        )
    return text


def _number(raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise ValueError(gettext("%(value)r is not a number.", value=str(raw)))
    if isinstance(raw, int | Decimal):
        number = Decimal(raw)
    else:
        text = re.sub(r"[\s\u00a0\u202f']", "", str(raw))
        if text.count(",") == 1 and "." not in text:
            text = text.replace(",", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(gettext("%(value)r is not a number.", value=quoted(raw)))
    return number


def as_typed(value: Decimal | None, reading: Reading) -> str:
    """Return a number as a person types it: `0,4` where a comma parts it, no zeros behind it."""
    if value is None:
        return ""
    whole, _point, places = f"{value:f}".partition(".")
    places = places.rstrip("0")
    return f"{whole}{get_decimal_symbol(reading.babel)}{places}" if places else whole


def _between(number: Decimal, least: Decimal, most: Decimal) -> Decimal:
    if not least <= number <= most:
        raise ValueError(
            gettext(
                "%(value)s is out of range: %(least)s to %(most)s.",
                value=f"{number:.20g}",
                least=least,
                most=most,
            )
        )
    return number


def _day(text: str) -> date:
    for pattern, shape in _DAYS:
        if shape.fullmatch(text):
            try:
                return datetime.strptime(text, pattern).date()
            except ValueError:
                break
    raise ValueError(
        gettext("%(value)r is not a date. Write it as 31.12.2026.", value=quoted(text))
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    day, _gap, time = text.partition(" ")
    shape = "%H:%M:%S" if time.count(":") == 2 else "%H:%M"
    try:
        clock = (
            datetime.strptime(time.strip(), shape).time() if time.strip() else datetime.min.time()
        )
    except ValueError:
        raise ValueError(
            gettext(
                "%(value)r is not a date and time. Write it as 31.12.2026 14:30.",
                value=quoted(text),
            )
        ) from None
    return datetime.combine(_day(day), clock)


__all__ = [
    "PLAIN", "Choice", "Choices", "Currency", "Day", "DecimalNumber", "Email", "Integer", "Kind",
    "LongText", "Moment_", "Money", "Percent", "Phone", "Reading", "Reference", "TaxId", "Text_",
    "Url", "Widget", "YesNo", "code_apart",
]  # fmt: skip
