"""Read how far ahead a moment is: "in 5 days", "через полгода", "след 2 седмици"."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from kartoteka.errors import Invalid
from kartoteka.i18n import gettext

#: A task without an hour is due in the morning.
MORNING = time(9, 0)
#: Such a short sign of a unit means one only after a number.
MOST_SIGN = 2
#: Farther ahead is a slip of the keyboard.
MOST_YEARS = 100

#: Each form of a unit, whole words; a month is a month of the calendar.
_UNITS = {
    "minutes": r"minutes?|mins?|минут(?:а|ы|у|и|ок|ку)?|мин",
    "hours": r"hours?|hrs?|h|час(?:а|ов|ове|ик|ика)?|ч",
    "days": r"days?|d|день|дня|дней|денёк|денек|сутки|суток|ден|дни|дена|дн|д",
    "weeks": r"weeks?|wks?|w|недел(?:я|ю|и|ь|ьку)|нед|седмиц[аи]|седм",
    "months": r"months?|mos?|месяц(?:а|ев)?|месец(?:а|и)?|мес",
    "years": r"years?|yrs?|y|год(?:а|ов|ик)?|лет|годин[аи]|г",
}
_NUMBERS = {
    1: r"an?|one|один|одну|одни|един|една|едно", 2: r"two|два|две|пару|a\s+couple\s+of",
    3: r"three|три", 4: r"four|четыре|четири", 5: r"five|пять|пет", 6: r"six|шесть|шест",
    7: r"seven|семь|седем", 8: r"eight|восемь|осем", 9: r"nine|девять|девет",
    10: r"ten|десять|десет", 11: r"eleven|одиннадцать", 12: r"twelve|двенадцать",
    14: r"fourteen|четырнадцать", 15: r"fifteen|пятнадцать", 20: r"twenty|двадцать",
    30: r"thirty|тридцать",
}  # fmt: skip
#: Names of the groups in `SPAN` that say a unit.
UNITS = tuple(_UNITS)
_HALVES = {
    "hours": r"half\s+an\s+hour|полчаса|половин\s+час",
    "years": r"half\s+a\s+year|полгода|половин\s+година",
}
_BEGINS = r"(?:in|через|спустя|след)"
_DIGITS = r"\d+(?:[.,]\d+)?"
_COUNT = rf"(?P<count>{_DIGITS}|{'|'.join(_NUMBERS.values())})"
_UNIT = "|".join(rf"(?P<{name}>{forms})" for name, forms in _UNITS.items())
_HALF = "|".join(rf"(?P<half_{name}>{forms})" for name, forms in _HALVES.items())

#: A span inside a longer pattern; `ahead` reads what it found.
SPAN = rf"(?<!\w){_BEGINS}\s+(?:(?:(?:{_COUNT})\s*)?(?:{_UNIT})|{_HALF})(?!\w)\.?"

_VAGUE = r"несколько|пару|пара|няколко|few|several|some"
_NEXT = r"next|следующ\w{2,3}|следващ\w{1,3}|идн\w{2,3}|друг(?:ата|ия)"
_LIKE_A_SPAN = re.compile(
    rf"(?<!\w)(?:(?:через|спустя|след)\s+(?:\d|(?:{_VAGUE})\s)"
    rf"|{_BEGINS}\s+(?:a\s+)?(?:{_COUNT}|{_VAGUE})\s*[-–—]?\s*(?:{_DIGITS})?\s*(?:{'|'.join(_UNITS.values())})(?!\w)"
    rf"|(?:{_NEXT})\s+(?:week|month|year|недел|месяц|год|седмица|месец))"
    rf"|^\s*in\s+\d|(?<!\w)in\s+\d\S*(?:\s+\w+)?\s*$",
    re.IGNORECASE,
)


def looks_like_span(line: str) -> bool:
    """Say whether a line seems to tell when, in words that are not understood."""
    return _LIKE_A_SPAN.search(line) is not None


def ahead(said: dict[str, str | None], here: datetime, clock: time | None) -> datetime | None:
    """Return the moment a span leads to; None when the words hold no span.

    Args:
        said: groups of a pattern that holds `SPAN`.
        here: this moment in the person's time zone.
        clock: the hour that was named, for spans of days and more.

    Raises:
        Invalid: there is no such moment, such as in one and a half months.
    """
    for name in _HALVES:
        if said.get(f"half_{name}"):
            return _step(name, Decimal("0.5"), here, clock)
    for name in _UNITS:
        unit, count = said.get(name), said.get("count")
        if unit and (count or len(unit) > MOST_SIGN):  # "in d" is no day, "in 5 d" is
            return _step(name, _number(count), here, clock)
    return None


def _number(count: str | None) -> Decimal:
    if count is None:
        return Decimal(1)
    if count[0].isdigit():
        return Decimal(count.replace(",", "."))
    found = (n for n, forms in _NUMBERS.items() if re.fullmatch(forms, count, re.IGNORECASE))
    return Decimal(next(found))


def _step(unit: str, number: Decimal, here: datetime, clock: time | None) -> datetime:
    try:
        if unit in ("minutes", "hours"):
            far = timedelta(minutes=float(number) * (60 if unit == "hours" else 1))
            moment = (here.astimezone(UTC) + far).astimezone(here.tzinfo)
        else:
            moment = _on_day(unit, number, here, clock)
    except (OverflowError, ValueError):
        raise Invalid({"title": _too_far()}) from None
    if moment.year > here.year + MOST_YEARS:
        raise Invalid({"title": _too_far()})
    return moment


def _on_day(unit: str, number: Decimal, here: datetime, clock: time | None) -> datetime:
    count = number * {"weeks": 7, "years": 12}.get(unit, 1)
    if count != int(count):
        raise Invalid({"title": not_understood()})
    today = here.date()
    if unit in ("days", "weeks"):
        day = today + timedelta(days=int(count))
    else:
        years, month = divmod(today.month - 1 + int(count), 12)
        year = today.year + years
        # A month after 31 January is the last day of February.
        last = monthrange(year, month + 1)[1]
        day = today.replace(year=year, month=month + 1, day=min(today.day, last))
    if clock is None and day == today:
        return here + timedelta(hours=1)
    return datetime.combine(day, clock or MORNING, here.tzinfo)


def _too_far() -> str:
    return gettext("That is too far ahead. Name a nearer day.")


def not_understood() -> str:
    """Return the sentence that asks when a task is due."""
    return gettext(
        "It is not clear when. Begin with the time: tomorrow 10:00, in 5 days, 25.12 14:30."
    )


__all__ = ["MORNING", "SPAN", "UNITS", "ahead", "looks_like_span", "not_understood"]
