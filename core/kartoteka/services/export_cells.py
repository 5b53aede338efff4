"""Say what a column of values becomes in a file: typed cells in xlsx, plain text in csv.

Values are turned column by column, not row by row: a million rows pass here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Boolean, Date, type_coerce
from sqlalchemy.types import NullType

from kartoteka.fields.contact_values import show_phone
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
from kartoteka.fields.text import digits
from kartoteka.fields.types import Exact, Moment

Format = Literal["xlsx", "csv"]
FORMATS: tuple[Format, ...] = ("xlsx", "csv")
Values = Sequence[Any]
Names = Mapping[int | None, str | None]
Turn = Callable[[Values, Names], Values]

#: The longest text of a cell in Excel, in UTF-16 units.
MOST_IN_CELL = 32_767
#: Spreadsheets count with so many digits; a longer number is kept as a text, whole.
MOST_DIGITS = 15
#: Excel counts days from 1900.
FIRST_YEAR = 1900
_EXCEL_EPOCH = datetime(1899, 12, 30)
_BEFORE_EXCEL = _EXCEL_EPOCH.toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
#: Excel has a 29 February 1900; days before it are counted from one later.
_NO_LEAP_DAY = 60
#: So many days or hours are kept at hand.
MOST_KEPT = 50_000
#: Kinds whose values `turner` takes as the driver gives them, with the type of their columns.
_KNOWN = ((YesNo, Boolean), (DecimalNumber, Exact), (Day, Date), (Moment_, Moment))
#: What a spreadsheet may take for a formula when it opens a csv file: OWASP, "CSV Injection".
#: Full-width signs too, which Excel with an East Asian keyboard reads as the plain ones.
_DANGER = re.compile("[\\s\"']*[=+\\-@\\uFF1D\\uFF0B\\uFF0D\\uFF20]|[\\t\\r\\n]")

#: A number to call: signs that no spreadsheet can reckon anything harmful from, an extension.
_PHONE = re.compile(
    r"\+[0-9][0-9 ()-]{6,18}[0-9](?:(?:;ext=|[ ,]{1,2}(?:доб|вн|внутр|вътр|ext)\.? ?)[0-9]{1,7})?",
    re.I,
)
#: One that a spreadsheet takes for an amount, or for a subtraction.
_LIKE_AMOUNT = re.compile(r"\+[0-9-]+")


def as_stored(field: Field[Any]) -> Any:
    """Return the column of a field so that values come as the database driver gives them.

    `turner` knows them: what SQLAlchemy would make of each is undone by the file again.
    """
    column, kind = field.column(), field.kind
    if any(isinstance(kind, one) and isinstance(column.type, kept) for one, kept in _KNOWN):
        return type_coerce(column, NullType())
    return column


def turner(field: Field[Any] | None, form: Format, reading: Reading, dialect: str) -> Turn:
    """Return what turns the values of a field into cells; None stands for the number of a record.

    The function takes values as `as_stored` fetches them and, for references, texts of all names.
    """
    kind = Integer() if field is None else field.kind
    if isinstance(kind, Reference):
        return lambda values, names: list(map(names.__getitem__, values))
    in_units = field is not None and dialect == "sqlite" and isinstance(field.column().type, Exact)
    turn = _plain_turn(kind, form, reading, in_units)
    return lambda values, _names: turn(values)


def _plain_turn(
    kind: Kind[Any], form: Format, reading: Reading, in_units: bool
) -> Callable[[Values], Values]:
    text = text_of(form)
    if isinstance(kind, YesNo):
        said: dict[Any, Any] = {None: None, False: False, True: True}
        if form == "csv":
            said = {None: None, False: "false", True: "true"}
        return lambda values: list(map(said.__getitem__, values))
    if isinstance(kind, DecimalNumber):
        return _number_turn(kind.places, form, in_units)
    if isinstance(kind, Integer):
        return _as_is if form == "xlsx" else lambda values: _each(str, values)
    if isinstance(kind, Day):
        return _few_different(_day_in_xlsx if form == "xlsx" else str)
    if isinstance(kind, Moment_):
        return _moment_turn(reading.tz, form)
    if isinstance(kind, Phone):
        return lambda values: _each(lambda value: text(kind.show(value)), values)
    if isinstance(kind, Choice):
        titles = {code: text(str(title)) for code, title in kind.options.items()}
        return lambda values: [None if v is None else titles.get(v) or text(v) for v in values]
    if isinstance(kind, Choices):
        return lambda values: [text(kind.show(v, reading)) if v else None for v in values]
    if kind.textual or kind.max_length is not None:
        return _all_inert if form == "csv" else _all_fitting
    return lambda values: [None if v is None else text(kind.show(v, reading)) for v in values]


def _number_turn(places: int, form: Format, in_units: bool) -> Callable[[Values], Values]:
    """Turn exact numbers; SQLite has them as whole numbers of the smallest unit."""
    if form == "csv":

        def written(value: Any) -> str:
            return str(Decimal(value).scaleb(-places) if in_units else value)

        return lambda values: _each(written, values)
    unit = 10**places if in_units else 1
    most = 10 ** (MOST_DIGITS - (0 if in_units else places))

    def counted(value: Any) -> float | str:
        number = value if in_units else float(value)
        if -most < number < most:
            return number / unit if in_units else number
        return str(Decimal(value).scaleb(-places) if in_units else value)

    return lambda values: _each(counted, values)


def _moment_turn(zone: tzinfo, form: Format) -> Callable[[Values], Values]:
    """Turn moments; SQLite has them as texts in UTC."""
    cell = _moment_in_xlsx if form == "xlsx" else _moment_in_csv
    later = _later_in_xlsx if form == "xlsx" else _later_in_csv
    # Most of the work is to ask for the time zone, so it is asked once for each hour.
    hours = _Kept(lambda hour: _hour(hour, zone, form))

    def turn(values: Values) -> Values:
        hours.forget()
        found: list[Any] = []
        for value in values:
            if value is None:
                found.append(None)
                continue
            if isinstance(value, str):
                hour, passed = value[:13], int(value[14:16]) * 60 + int(value[17:19])
            else:
                hour, passed = divmod(int(value.timestamp() // 1), 3600)
            if (begin := hours[hour]) is not None:
                found.append(later(begin, passed))
            else:
                moment = datetime.fromisoformat(value) if isinstance(value, str) else value
                moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                found.append(cell(moment.astimezone(zone).replace(tzinfo=None, microsecond=0)))
        return found

    return turn


def _hour(hour: str | int, zone: tzinfo, form: Format) -> Any:
    """Return the begin of an hour on the clock of a zone, as `_later_in_…` takes it.

    Args:
        hour: as SQLite writes it in UTC, or hours since 1970.

    Returns:
        None when the clock changes within the hour, or Excel does not count so far back.
    """
    if isinstance(hour, str):
        begin = datetime.fromisoformat(f"{hour}:00:00+00:00")
    else:
        begin = _EPOCH + timedelta(hours=hour)
    local, end = (
        (begin + timedelta(seconds=passed)).astimezone(zone) for passed in (0, 3599)
    )  # fmt: skip
    if local.utcoffset() != end.utcoffset():
        return None
    local = local.replace(tzinfo=None)
    if form == "csv":
        return local
    if local.year <= FIRST_YEAR:
        return None
    since = local - _EXCEL_EPOCH
    return since.days * _DAY + since.seconds


def _later_in_xlsx(begin: int, passed: int) -> float:
    days, seconds = divmod(begin + passed, _DAY)
    return days + seconds / _DAY


def _later_in_csv(begin: datetime, passed: int) -> str:
    return _moment_in_csv(begin + timedelta(seconds=passed))


class _Kept(dict[Any, Any]):
    """Answers by question; each is found once, until there are too many."""

    def __init__(self, find: Callable[[Any], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, asked: Any) -> Any:
        answer = self[asked] = self._find(asked)
        return answer

    def forget(self) -> None:
        if len(self) > MOST_KEPT:
            self.clear()


def _few_different(turn: Callable[[date], Any]) -> Callable[[Values], Values]:
    """Turn days, which SQLite has as texts; the same ones come again and again."""

    def cell(day: Any) -> Any:
        if day is None:
            return None
        return turn(date.fromisoformat(day) if isinstance(day, str) else day)

    known = _Kept(cell)

    def turn_all(values: Values) -> Values:
        known.forget()
        return list(map(known.__getitem__, values))

    return turn_all


def text_of(form: Format) -> Callable[[str], str]:
    """Return what makes a text fit for a file of this format."""
    return inert if form == "csv" else fitting


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula when it opens a csv file.

    An apostrophe is put before it: spreadsheets know it as the sign of a text. A phone number has
    nothing that could be run and stays as it is; one without spaces gets them, because it would
    become an amount without its plus.
    """
    if not text or not _DANGER.match(text):
        return text
    if _PHONE.fullmatch(text):
        if not _LIKE_AMOUNT.fullmatch(text):
            return text
        spaced = show_phone(f"+{digits(text)}")
        if not _LIKE_AMOUNT.fullmatch(spaced):
            return spaced
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


def _all_fitting(values: Values) -> Values:
    if max(map(len, filter(None, values)), default=0) * 2 <= MOST_IN_CELL:
        return values
    return _each(fitting, values)


def _all_inert(values: Values) -> Values:
    # No text that begins with a letter or a digit is a formula.
    return [v if v is None or v[:1].isalnum() else inert(v) for v in values]


def _day_in_xlsx(day: date) -> int | str:
    """Return a day as Excel counts it, or as a text where Excel can not."""
    if day.year < FIRST_YEAR:
        return day.isoformat()
    number = day.toordinal() - _BEFORE_EXCEL
    return number if number > _NO_LEAP_DAY else number - 1


def _moment_in_xlsx(local: datetime) -> float | str:
    whole = _day_in_xlsx(local)
    if isinstance(whole, str):
        return local.isoformat(" ")
    return whole + (local.hour * 3600 + local.minute * 60 + local.second) / _DAY


def _moment_in_csv(local: datetime) -> str:
    return local.isoformat(" ")


__all__ = [
    "FORMATS", "Format", "as_stored", "fitting", "inert", "number_format", "text_of", "turner",
    "width",
]  # fmt: skip
