"""Read a task from one line: what to do, and when, in English, Russian and Bulgarian words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cache

from kartoteka.errors import Invalid
from kartoteka.i18n import gettext
from kartoteka.services.span_words import (
    MORNING,
    SPAN,
    UNITS,
    ahead,
    looks_like_span,
    not_understood,
)

_DAYS = {
    "today": 0, "сегодня": 0, "днес": 0,
    "tomorrow": 1, "завтра": 1, "утре": 1,
    "day after tomorrow": 2, "послезавтра": 2, "вдругиден": 2,
}  # fmt: skip
_WEEKDAYS = (
    ("monday", "понедельник", "понеделник"), ("tuesday", "вторник"),
    ("wednesday", "среда", "среду", "сряда"), ("thursday", "четверг", "четвъртък"),
    ("friday", "пятница", "пятницу", "петък"), ("saturday", "суббота", "субботу", "събота"),
    ("sunday", "воскресенье", "неделя"),
)  # fmt: skip
_WORDS = "|".join(
    sorted((*_DAYS, *(name for names in _WEEKDAYS for name in names)), key=len, reverse=True)
)
_DAY = rf"(?:(?:on|в|во|на)\s+)?(?P<word>{_WORDS})"
_DATE = r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}))?"
_ISO = r"(?P<iso>\d{4}-\d{2}-\d{2})"
_AT = r"(?:at|в|във)"
_CLOCK = rf"(?:{_AT}\s+)?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?!\d)"
_DOTTED = rf"{_AT}\s+(?P<dotted_hour>\d{{1,2}})\.(?P<dotted_minute>\d{{2}})(?!\d)(?!\.\d)"
# No hour has such a number, but then it is said to be one: "at 25", "в 25 часов".
_NO_HOUR = r"\d{2}(?=\s*(?:h|ч|час(?:а|ов)?)?\s*\.?\s*$|\s*(?:ч|час(?:а|ов)?)(?!\w))"
_HOUR = (
    rf"{_AT}\s+(?P<only_hour>(?:1\d|2[0-3]|0?\d)(?!\d)|{_NO_HOUR})"
    r"(?:\s*(?:h|ч|час(?:а|ов)?)(?!\w)\.?)?"
)
_HALF_OF_DAY = (
    r"(?:\s*(?:(?P<morning>am|утра|ночи|сутринта)"
    r"|(?P<afternoon>pm|дня|вечера|следобед|вечерта))(?!\w))?"
)
_TIME = rf"(?:{_CLOCK}|{_DOTTED}|{_HOUR}){_HALF_OF_DAY}"
_ANY_DAY = rf"(?:{SPAN}|{_DAY}|{_ISO}|{_DATE})"
_EDGE = r"[\s,.:;—–-]"


_DAYS_WITH_TIME = (rf"{_TIME},?\s+{_ANY_DAY}", rf"{_ANY_DAY}(?:,?\s+{_TIME})?")
_TIMES = (rf"{_CLOCK}{_HALF_OF_DAY}",)


@cache
def _at_the_edges(parts: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    shapes = (
        shape
        for part in parts
        for shape in (rf"^\s*{part}(?={_EDGE}|$)", rf"(?:^|(?<=\s)){part}\s*\.?\s*$")
    )
    return tuple(re.compile(shape, re.IGNORECASE) for shape in shapes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a line says: words to keep, and the moment; a line without one means tomorrow."""

    title: str
    due_at: datetime


def planned(line: str, now: datetime, tz: tzinfo) -> Plan:
    """Read a line such as "tomorrow 10:00 call Ivanov" or "позвонить через 3 дня".

    Args:
        line: the time stands at its beginning or end.
        now: this moment, aware.
        tz: time zone of the person; hours are theirs.

    Raises:
        Invalid: the line names a day or an hour there is not, such as 31.02.2026 or 25:00, or
            seems to say when in words that are not understood.
    """
    here = now.astimezone(tz)
    plan = _found(line, here, _DAYS_WITH_TIME)
    if plan is None and looks_like_span(line):
        raise Invalid({"title": not_understood()})
    plan = plan or _found(line, here, _TIMES)
    if plan is not None:
        return plan
    tomorrow = here.date() + timedelta(days=1)
    return Plan(title=line.strip(), due_at=datetime.combine(tomorrow, MORNING, tz))


def _found(line: str, here: datetime, parts: tuple[str, ...]) -> Plan | None:
    for pattern in _at_the_edges(parts):
        found = pattern.search(line)
        moment = None if found is None else _moment(found, here)
        if found is not None and moment is not None:
            title = (line[: found.start()] + line[found.end() :]).strip(" \t,;:—–-")
            return Plan(title=title, due_at=moment)
    return None


def _moment(found: re.Match[str], here: datetime) -> datetime | None:
    said = found.groupdict()
    clock = _clock(said)
    moment = ahead(said, here, clock)
    if moment is not None:
        return moment
    if clock is None and not _names_day(said):
        return None
    try:
        day = _day(said, here.date())
    except ValueError:
        if not _means_day(said):
            return None
        raise Invalid({"title": _no_such_day(found)}) from None
    if clock is None and day == here.date():
        return here + timedelta(hours=1)
    moment = datetime.combine(day, clock or MORNING, here.tzinfo)
    if not _names_day(said) and moment <= here:
        return moment + timedelta(days=1)
    return moment


def _clock(said: dict[str, str | None]) -> time | None:
    """Return the hour that was said; None for none, or for digits that mean none.

    Raises:
        Invalid: no day has this hour.
    """
    hour = said.get("hour") or said.get("dotted_hour") or said.get("only_hour")
    if hour is None:
        return None
    minute = said.get("minute") or said.get("dotted_minute") or "0"
    meant = _of_the_day(int(hour), said)
    if meant < 24 and int(minute) < 60:
        return time(meant, int(minute))
    if _means_no_time(said, int(hour)):
        return None
    text = hour if said.get("only_hour") else f"{hour}:{minute}"
    raise Invalid({"title": gettext("There is no such time: %(time)s. Correct it.", time=text)})


def _of_the_day(hour: int, said: dict[str, str | None]) -> int:
    if hour <= 12:
        if said.get("afternoon"):
            return hour % 12 + 12
        if said.get("morning"):
            return hour % 12
    return hour


def _means_no_time(said: dict[str, str | None], hour: int) -> bool:
    """Say that digits apart from a day were no hour: 25:00 was meant as one, 50:50 was not."""
    return not _names_day(said) and not any(said.get(unit) for unit in UNITS) and hour > 29


def _names_day(said: dict[str, str | None]) -> bool:
    return any(said.get(name) for name in ("word", "iso", "day"))


def _day(said: dict[str, str | None], today: date) -> date:
    if word := said.get("word"):
        word = word.casefold()
        if word in _DAYS:
            return today + timedelta(days=_DAYS[word])
        wanted = next(index for index, names in enumerate(_WEEKDAYS) if word in names)
        return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    if iso := said.get("iso"):
        return date.fromisoformat(iso)
    if said.get("day"):
        day, month = int(said["day"] or 0), int(said["month"] or 0)
        if said.get("year"):
            return date(int(said["year"] or 0), month, day)
        return _next_day(day, month, today)
    return today


def _next_day(day: int, month: int, today: date) -> date:
    """Return the nearest such day; 29.02 may be years ahead.

    Raises:
        ValueError: no year has it.
    """
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError


def _means_day(said: dict[str, str | None]) -> bool:
    """Say whether digits that are no day were meant as one: 31.02 was, the size 2.35 was not."""
    if said.get("iso") or said.get("year"):
        return True
    return 1 <= int(said.get("day") or 0) <= 31 and 1 <= int(said.get("month") or 0) <= 12


def _no_such_day(found: re.Match[str]) -> str:
    said = found.groupdict()
    text = said.get("iso") or ".".join(
        part for name in ("day", "month", "year") if (part := said.get(name))
    )
    return gettext("There is no such day: %(day)s. Correct the date.", day=text)
