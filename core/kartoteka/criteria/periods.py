"""Stretches of days told relative to today: this week, last month, next year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from kartoteka.i18n import Text, _

PERIODS: Mapping[str, Text] = {
    "today": _("today"),
    "yesterday": _("yesterday"),
    "tomorrow": _("tomorrow"),
    "this_week": _("this week"),
    "last_week": _("last week"),
    "next_week": _("next week"),
    "this_month": _("this month"),
    "last_month": _("last month"),
    "next_month": _("next month"),
    "this_quarter": _("this quarter"),
    "last_quarter": _("last quarter"),
    "this_year": _("this year"),
    "last_year": _("last year"),
    "next_year": _("next year"),
}
_SHIFTS = {"last": -1, "this": 0, "next": 1}
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def days_of(period: str, today: date) -> tuple[date, date]:
    """Return the first and the last day of a period; weeks begin on Monday."""
    if period in _DAYS:
        day = today + timedelta(days=_DAYS[period])
        return day, day
    which, _sep, unit = period.partition("_")
    shift = _SHIFTS[which]
    if unit == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=shift)
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    place = today.year * 12 + today.month - 1
    start = place - place % months + shift * months
    return _first(start), _first(start + months) - timedelta(days=1)


def _first(place: int) -> date:
    return date(place // 12, place % 12 + 1, 1)


__all__ = ["PERIODS", "days_of"]
