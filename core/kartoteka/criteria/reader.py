"""Who reads criteria: the person, the day it is for them, the application, the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kartoteka.access.actor import Actor
from kartoteka.fields.kinds import Reading
from kartoteka.hooks.registry import Registry

_FIRST, _LAST = date(2, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Everything the meaning of a tree hangs on, beside the data.

    Args:
        registry: fields, facts and choices of the application.
        actor: whose rights decide what exists, and who "mine" speaks of.
        today: the day for which relative dates hold.
        reading: language, time zone and country of phones.
        dialect: name of the database's dialect.
    """

    registry: Registry
    actor: Actor
    today: date
    reading: Reading
    dialect: str

    def day(self, days: int) -> date:
        """Return the day so many days from today; beyond the calendar its first or last day."""
        try:
            return min(max(self.today + timedelta(days=days), _FIRST), _LAST)
        except OverflowError:
            return _FIRST if days < 0 else _LAST

    def start(self, day: date) -> datetime:
        """Return the moment at which a day begins where the reader is."""
        return datetime.combine(day, time.min, tzinfo=self.reading.tz).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        """Return the day on which a moment falls where the reader is."""
        return moment.astimezone(self.reading.tz).date()


__all__ = ["Reader"]
