"""Read a task from one line: what to do, and when, in English, Russian and Bulgarian words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from kartoteka.errors import Invalid
from kartoteka.i18n import gettext

#: A task without an hour is due in the morning.
MORNING = time(9, 0)

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
_UNITS = (
    (re.compile(r"мин|min"), timedelta(minutes=1)),
    (re.compile(r"час|hour"), timedelta(hours=1)),
    (re.compile(r"д[ен]н|ден|дня|дни|day"), timedelta(days=1)),
    (re.compile(r"недел|седмиц|week"), timedelta(days=7)),
    (re.compile(r"мес|month"), timedelta(days=30)),
)
_SPAN = (
    r"(?:in|через|след)\s+(?P<count>\d{1,3}|an?|един|една)?\s*"
    r"(?P<unit>minutes?|mins?|hours?|days?|weeks?|months?|мин(?:уту|уты|ут|ути|ута)?|час(?:а|ов)?"
    r"|день|дня|дней|ден|дни|недел[юиья]|недель|седмиц[аи]|месяц(?:а|ев)?|месец[аи]?)"
)
_WORDS = "|".join(
    sorted((*_DAYS, *(name for names in _WEEKDAYS for name in names)), key=len, reverse=True)
)
_DAY = rf"(?:(?:on|в|во|на)\s+)?(?P<word>{_WORDS})"
_DATE = r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4}))?"
_ISO = r"(?P<iso>\d{4}-\d{2}-\d{2})"
_CLOCK = r"(?:(?:at|в|във)\s+)?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
_HOUR = r"(?:at|в|във)\s+(?P<only_hour>[01]?\d|2[0-3])(?:\s*(?:h|ч\.?))?"
_WHEN = rf"(?:{_SPAN}|{_DAY}|{_ISO}|{_DATE})(?:,?\s+(?:{_CLOCK}|{_HOUR}))?"
_TIME_ONLY = r"(?:(?:at|в|във)\s+)?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
_EDGE = r"[\s,.:;—–-]"
_PATTERNS = tuple(
    re.compile(shape, re.IGNORECASE)
    for part in (_WHEN, _TIME_ONLY)
    for shape in (rf"^\s*{part}(?={_EDGE}|$)", rf"(?:^|(?<=\s)){part}\s*\.?\s*$")
)


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
        Invalid: the line names a day the calendar does not have, such as 31.02.2026.
    """
    here = now.astimezone(tz)
    for pattern in _PATTERNS:
        found = pattern.search(line)
        if found is None:
            continue
        moment = _moment(found, here)
        if moment is None:
            continue
        title = (line[: found.start()] + line[found.end() :]).strip(" \t,;:—–-")
        return Plan(title=title, due_at=moment)
    tomorrow = here.date() + timedelta(days=1)
    return Plan(title=line.strip(), due_at=datetime.combine(tomorrow, MORNING, tz))


def _moment(found: re.Match[str], here: datetime) -> datetime | None:
    said = found.groupdict()
    if said.get("unit"):
        return _after(said["unit"].casefold(), said["count"], here, _clock(said))
    try:
        day = _day(said, here.date())
    except ValueError:
        if not _means_day(said):
            return None
        raise Invalid({"title": _no_such_day(found)}) from None
    clock = _clock(said)
    if clock is None and day == here.date():
        return here + timedelta(hours=1)
    moment = datetime.combine(day, clock or MORNING, here.tzinfo)
    if said.get("hour") and not _names_day(said) and moment <= here:
        return moment + timedelta(days=1)
    return moment


def _clock(said: dict[str, str | None]) -> time | None:
    if said.get("hour"):
        return time(int(said["hour"] or 0), int(said["minute"] or 0))
    return time(int(said["only_hour"] or 0)) if said.get("only_hour") else None


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


def _after(unit: str, count: str | None, here: datetime, clock: time | None) -> datetime | None:
    number = int(count) if count and count.isdigit() else 1
    for pattern, step in _UNITS:
        if pattern.search(unit):
            moment = here + number * step
            if step < timedelta(days=1):
                return moment
            return datetime.combine(moment.date(), clock or MORNING, here.tzinfo)
    return None
