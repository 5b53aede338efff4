"""Kinds that keep a day or a moment."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from sqlalchemy import Date
from sqlalchemy.types import TypeEngine

from kartoteka.fields.kinds.kind import PLAIN, Kind, Reading
from kartoteka.fields.kinds.typed import text_of
from kartoteka.fields.kinds.written_days import written_day
from kartoteka.fields.text import quoted
from kartoteka.fields.types import Moment
from kartoteka.i18n import gettext

_DAYS = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d{1,2}-\d{1,2}")),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("%d.%m.%y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{2}")),
)


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
        return raw if isinstance(raw, date) else _day(text_of(raw).strip())

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
        moment = raw if isinstance(raw, datetime) else _moment(text_of(raw).strip())
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


def _day(text: str) -> date:
    for pattern, shape in _DAYS:
        if shape.fullmatch(text):
            try:
                return datetime.strptime(text, pattern).date()
            except ValueError:
                break
    if (found := written_day(text)) is not None:
        return found
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
