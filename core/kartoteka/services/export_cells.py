"""Say what a column of values becomes in a file: typed cells in xlsx, plain text in csv.

Values are turned column by column, not row by row: a million rows pass here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import (
    Choice,
    Choices,
    Day,
    DecimalNumber,
    Integer,
    Kind,
    LongText,
    Moment_,
    Percent,
    Phone,
    Reading,
    Reference,
    YesNo,
)
from kartoteka.i18n import gettext

Format = Literal["xlsx", "csv"]
FORMATS: tuple[Format, ...] = ("xlsx", "csv")
Values = Sequence[Any]
Names = Mapping[int, str]
Turn = Callable[[Values, Names], Values]

#: The longest text of a cell in Excel, in UTF-16 units.
MOST_IN_CELL = 32_767
#: Spreadsheets count with so many digits; a longer number is kept as a text, whole.
MOST_DIGITS = 15
#: Excel counts days from 1900.
FIRST_YEAR = 1900
#: What a spreadsheet may take for a formula when it opens a csv file: OWASP, "CSV Injection".
#: Full-width signs too, which Excel with an East Asian keyboard reads as the plain ones.
_DANGER = re.compile("[\\s\"']*[=+\\-@\\uFF1D\\uFF0B\\uFF0D\\uFF20]|[\\t\\r\\n]")

#: A number to call: signs that no spreadsheet can reckon anything harmful from.
_PHONE = re.compile(r"\+\d[\d ()-]{6,18}\d(?:(?:;ext=| ext\. ?)\d{1,7})?")


def turner(field: Field[Any] | None, form: Format, reading: Reading) -> Turn:
    """Return what turns the values of a field into cells; None stands for the number of a record.

    The function takes values and, for references, what the records are called.
    """
    kind = Integer() if field is None else field.kind
    if isinstance(kind, Reference):
        return _referring(form)
    turn = _plain_turn(kind, form, reading)
    return lambda values, _names: turn(values)


def _plain_turn(kind: Kind[Any], form: Format, reading: Reading) -> Callable[[Values], Values]:
    text: Callable[[str], str] = inert if form == "csv" else fitting
    if isinstance(kind, YesNo):
        return _as_is if form == "xlsx" else lambda values: _each(_yes_no, values)
    if form == "xlsx" and isinstance(kind, DecimalNumber):
        least = Decimal(10) ** (MOST_DIGITS - kind.places)

        def exact(value: Decimal) -> Any:
            return value if -least < value < least else str(value)

        return lambda values: _each(exact, values)
    if isinstance(kind, Integer | DecimalNumber):
        return _as_is if form == "xlsx" else lambda values: _each(str, values)
    if isinstance(kind, Day):
        return lambda values: _each(_day_in_xlsx if form == "xlsx" else date.isoformat, values)
    if isinstance(kind, Moment_):
        zone = reading.tz

        def moment(value: datetime) -> Any:
            local = value.astimezone(zone).replace(tzinfo=None, microsecond=0)
            if form == "xlsx" and local.year >= FIRST_YEAR:
                return local
            return local.isoformat(" ")

        return lambda values: _each(moment, values)
    if isinstance(kind, Phone):
        # A checked number in its international form has nothing that could be run.
        return lambda values: _each(kind.show, values)
    if isinstance(kind, Choice):
        titles = {code: text(str(title)) for code, title in kind.options.items()}
        return lambda values: [None if v is None else titles.get(v) or text(v) for v in values]
    if isinstance(kind, Choices):
        return lambda values: [text(kind.show(v, reading)) if v else None for v in values]
    if kind.textual or kind.max_length is not None:
        return lambda values: _each(text, values)
    return lambda values: [None if v is None else text(kind.show(v, reading)) for v in values]


def _referring(form: Format) -> Turn:
    text: Callable[[str], str] = inert if form == "csv" else fitting

    def turn(values: Values, names: Names) -> Values:
        hidden = gettext("hidden")
        return [None if v is None else text(names.get(v, hidden)) for v in values]

    return turn


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula when it opens a csv file.

    An apostrophe is put before it: spreadsheets know it as the sign of a text. A phone number
    stays as it is: it begins with a plus, and has nothing that could be run.
    """
    if not text or not _DANGER.match(text) or _PHONE.fullmatch(text):
        return text
    return f"'{text}"


def fitting(text: str) -> str:
    """Return a text cut to what a cell of Excel holds."""
    if len(text) * 2 <= MOST_IN_CELL:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= MOST_IN_CELL * 2:
        return text
    return units[: (MOST_IN_CELL - 1) * 2].decode("utf-16-le", "ignore") + "…"


def number_format(field: Field[Any] | None, reading: Reading) -> str:
    """Return how Excel shows the values of a field; `@` keeps a text a text, also when edited."""
    kind = Integer() if field is None else field.kind
    day = "dd.mm.yyyy" if reading.babel.language in {"ru", "bg"} else "yyyy-mm-dd"
    if isinstance(kind, Percent):
        return '0.00"\u00a0%"'
    if isinstance(kind, DecimalNumber):
        return "#,##0." + "0" * kind.places if kind.places else "#,##0"
    if isinstance(kind, Integer):
        return "0"
    if isinstance(kind, Day):
        return day
    if isinstance(kind, Moment_):
        return f"{day} hh:mm:ss"
    return "General" if isinstance(kind, YesNo) else "@"


def width(field: Field[Any] | None) -> float:
    """Return how wide the column of a field is, in characters."""
    kind = Integer() if field is None else field.kind
    if isinstance(kind, LongText):
        return 50
    if isinstance(kind, Moment_):
        return 20
    if isinstance(kind, Day | Integer | DecimalNumber | YesNo):
        return 14
    return 28 if (kind.max_length or 100) > 60 else 18


def _each(turn: Callable[[Any], Any], values: Values) -> Values:
    return [None if value is None else turn(value) for value in values]


def _as_is(values: Values) -> Values:
    return values


def _day_in_xlsx(day: date) -> Any:
    return day if day.year >= FIRST_YEAR else day.isoformat()


def _yes_no(value: bool) -> str:
    return "true" if value else "false"


__all__ = ["FORMATS", "Format", "fitting", "inert", "number_format", "turner", "width"]
