"""Days and moments of the demo as whole numbers, and as the database keeps them.

A day is counted from three years before today; a moment is counted in minutes from the first
minute of the first day, in UTC. Nothing lies in the future unless it is planned.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

#: Three years of dealings up to today.
HORIZON = 1096
_AHEAD = 1200
_BEFORE = 4000
#: How much is bought in each month: little in January and in summer, most before the New Year.
_SEASON = (4, 6, 9, 9, 7, 6, 5, 8, 11, 12, 13, 12)
Random = Callable[[], float]


class Calendar:
    """The days around one today."""

    def __init__(self, today: date) -> None:
        base = today - timedelta(days=HORIZON)
        self.today = HORIZON
        self.base = base
        self._days = [
            (base + timedelta(days=number)).isoformat()
            for number in range(-_BEFORE, HORIZON + _AHEAD)
        ]
        self._clock = [f" {m // 60:02d}:{m % 60:02d}:00.000000" for m in range(1440)]
        #: The working day on or before each day.
        self.working = [
            number - max(0, (base + timedelta(days=number)).weekday() - 4)
            for number in range(HORIZON + _AHEAD)
        ]
        self._season: list[int] = []
        self._starts: list[int] = []
        for number in range(HORIZON):
            self._starts.append(len(self._season))
            day = base + timedelta(days=number)
            if day.weekday() < 5:
                self._season.extend([number] * _SEASON[day.month - 1])
        self._starts.append(len(self._season))

    def day(self, number: int) -> str:
        """Return a day as the database keeps it."""
        return self._days[number + _BEFORE]

    def moment(self, minutes: int) -> str:
        """Return a moment as the database keeps it."""
        return self._days[minutes // 1440 + _BEFORE] + self._clock[minutes % 1440]

    def at_work(self, day: int, random: Random) -> int:
        """Return a minute in the working hours of a day, or of the Friday before it."""
        return self.working[day if day > 0 else 0] * 1440 + 360 + int(random() * 540)

    def trading_day(self, first: int, last: int, random: Random) -> int:
        """Return a day between two days, more often in the season."""
        low, high = self._starts[max(0, first)], self._starts[min(HORIZON, last)]
        return self._season[low + int(random() * (high - low))] if high > low else max(0, first)
