"""When is scheduled work due: five words of cron, in the time zone of the firm."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

#: A schedule that was missed for longer is left out; the next one comes.
LOOK_BACK = timedelta(days=1)
#: Once a day, a week, a month or a year.
_PLAIN = re.compile(r"[1-5]?\d (1?\d|2[0-3]) (\*|[1-9]|[12]\d|3[01]) (\*|[1-9]|1[0-2]) (\*|[0-6])")


def is_cron(words: str) -> bool:
    """Say whether a schedule can be read: minute, hour, day, month, day of the week."""
    if _PLAIN.fullmatch(words):
        return True  # nearly all are, and every start asks
    try:
        _matcher(words)
    except ValueError:
        return False
    return True


def last_due(words: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the last minute up to `at` on which a schedule is due; None when a day ago or more.

    Hours are those of the firm. An hour that summer time leaves out is not due that day, and one
    that comes twice is due once (see `slot_of`).
    """
    matches = _matcher(words)
    minute = at.replace(second=0, microsecond=0)
    for back in range(int(LOOK_BACK.total_seconds() // 60)):
        local = (minute - timedelta(minutes=back)).astimezone(zone)
        if matches(local):
            return local
    return None


def slot_of(code: str, due: datetime) -> str:
    """Return the name of a due moment; the hour that comes twice in autumn has one name."""
    return f"{code}@{due:%Y-%m-%dT%H:%M}"


def _matcher(words: str) -> Callable[[datetime], bool]:
    from huey import crontab  # takes long to load; see jobs.broker

    parts = words.split()
    if len(parts) != 5:
        raise ValueError(words)
    minute, hour, day, month, day_of_week = parts
    return crontab(minute, hour, day, month, day_of_week, strict=True)
